/*
 * What the C++ units behind ngx_invoke_v8.h share, over V8's API of versions
 * 10.2 to 11.3. Nothing of it is seen outside of the module.
 *
 * A unit is one of a topic. Those under tricks/ rely on more than V8's API:
 * on symbols that the library happens to export, or on definitions of the
 * module that come before the library's own. Where that is not so each of
 * them goes without, and the start of nginx tells.
 */

#ifndef _NGX_INVOKE_V8_INT_H_INCLUDED_
#define _NGX_INVOKE_V8_INT_H_INCLUDED_


#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include <v8.h>

#include "ngx_invoke_v8.h"
#include "ngx_invoke_js_files.h"


using v8::Local;
using v8::MaybeLocal;
using v8::Value;


class Tasks;
struct Holder;
struct Modules;
struct Text;


static_assert(sizeof(Local<Value>) == sizeof(ngx_invoke_v8_value_t),
              "a handle is one pointer");


enum {
    kHooksSlot = 1,
    kRejectSlot = 2,
    kContextSlot = 3,
    kStackSlot = 4,
    kSeldomSlot = 5,
    kInitSlot = 6,              /* V8's hooks of promises */
    kBeforeSlot = 7,
    kAfterSlot = 8
};


/* The old generation is collected at this size first; later V8 goes by what
 * was alive. Early is cheap: most of it are contexts that were dropped. */
static const size_t  kFirstHeap = 12 * 1024 * 1024;


/* A single block of this size is looked at before it is allocated. */
static const size_t  kLargeBlock = 64 * 1024;


/* A sum that one thread alone changes, and others read. */

class OwnSum {
  public:
    void Add(int64_t n) { Set(Get() + n); }
    void Set(int64_t n) { value_.store(n, std::memory_order_relaxed); }
    int64_t Get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<int64_t>  value_ { 0 };
};


/*
 * An account outlives its isolate, for what is left of that may be freed
 * later: it is used again once nothing is.
 */

class Account {
  public:
    /* what V8 allocates as pages, and on whichever thread */
    typedef std::atomic<size_t>  Sum;

    Sum  heap { 0 };        /* pages of the heap */
    Sum  memories { 0 };    /* of WebAssembly */
    Sum  code { 0 };        /* of WebAssembly */
    Sum  zones { 0 };       /* of the parser and the compilers */
    Sum  buffers { 0 };     /* ArrayBuffers */

    /* of operator new and ICU, the isolate's thread alone */
    OwnSum  blocks;

    /* of a single call, the same */
    OwnSum  passing;

    /* what a parser needs when it has read its text, at most */
    size_t  later = 0;

    /* An isolate takes it and gives it back. */

    static Account *Take(size_t limit);
    void Give() { free_.store(true); }

    /* Between these JavaScript runs. */
    void Start(ngx_invoke_v8_isolate_t *isolate) { isolate_ = isolate; }
    void Stop() { isolate_ = nullptr; }

    bool Started() const { return isolate_ != nullptr; }

    size_t limit() const { return limit_; }

    /*
     * What it may hold at most: twice the limit, less some for what malloc()
     * and the kernel take for it.
     */
    size_t most() const { return 2 * limit_ - limit_ / 4; }

    /* Beside V8's heap, but for what nothing of a function is. */

    size_t Blocks() const {
        int64_t  n = blocks.Get() - rest_.Get();

        return n > 0 ? static_cast<size_t>(n) : 0;
    }

    size_t Outside() const {
        return Blocks() + memories.load(std::memory_order_relaxed)
               + code.load(std::memory_order_relaxed)
               + zones.load(std::memory_order_relaxed)
               + buffers.load(std::memory_order_relaxed);
    }

    size_t Total() const {
        return heap.load(std::memory_order_relaxed) + Outside()
               + static_cast<size_t>(passing.Get());
    }

    bool Fits(size_t n) const { return Below(n, most()); }

    /* Of what a library can go on without, which nothing has to end for. */
    bool LibraryFits(size_t n) const { return Below(n, limit_ + limit_ / 4); }

    /* Of what V8 may not go on without. */
    bool BlockFits(size_t n) const { return Below(n, 2 * limit_); }

    /*
     * An object of the heap that has pages of its own, of which V8 would take
     * the first one however large it is. Where it gets none it collects
     * garbage and asks again; then JavaScript ends where there is more than
     * the limit, and V8 cannot go on where that would be far too much. What
     * one collection finds dead is freed when the next one begins.
     */

    bool ObjectFits(size_t n) {
        if (Below(n, limit_ + limit_ / 8)) {
            wanted_ = 0;
            return true;
        }

        if (wanted_ != n) {
            wanted_ = n;
            collections_ = 0;
        }

        if (collections_ < 2) {
            return false;
        }

        if (BlockFits(n) && Yields()) {
            return true;
        }

        if (!Fits(n)) {
            return false;
        }

        Full();
        return true;
    }

    /* It is for an object that was refused that V8 has no more room. */

    bool Refused(size_t used) const {
        return wanted_ != 0 && collections_ < 2
               && used + wanted_ <= limit_;
    }

    /* V8 has marked all that lives. */
    void Collected() { collections_++; }

    /* Of a compiler that has not ended. */

    bool ZoneFits(size_t n) const {
        return zones.load(std::memory_order_relaxed) < limit_ / 2
               ? BlockFits(n) : later ? Fits(n)
                                      : Below(n, limit_ + limit_ / 2);
    }

    /* Whether a memory of WebAssembly may: as ArrayBuffers do. */
    bool MayGrow(size_t n);

    /* No context is left, so that no function holds anything. */
    void Rest() { rest_.Set(blocks.Get()); }

    /*
     * To be called when a sum has grown, on the isolate's thread: garbage is
     * collected at the next safe point once that may be worth it, and the
     * isolate ends where it holds too much.
     */

    void Grown() {
        if (static_cast<int64_t>(Native()) > look_) {
            Look();
        }
    }

    void Freed(size_t n) { blocks.Add(-static_cast<int64_t>(n)); }

    void Block(size_t n) {
        blocks.Add(static_cast<int64_t>(n));

        if (blocks.Get() > look_) {
            Look();
        }
    }

    /* JavaScript ends, since there is no more room. */
    void Full();

    /*
     * Whether it does not have to: contexts that are not in use give up theirs
     * at the next safe point, where memory is looked at again.
     */
    bool Yields();

    /*
     * A zone has grown: a parser that takes too much is ended, which nothing
     * else does; until it comes upon that it needs some more. What it does when
     * it has read its text nothing ends.
     */

    void ZoneGrown() {
        size_t  n = zones.load(std::memory_order_relaxed);

        if (n > limit_ / 4
            && (!Below(n < later ? n : later, limit_ + limit_ / 4)
                || (Total() > limit_ && !Yields())))
        {
            EndParser();

        } else {
            Grown();
        }
    }

    /* Asks for a look at the next safe point, unless in one. */
    void WantLook();

    /* At a safe point: does what was asked for. */
    void LookNow();

    /*
     * At a safe point of any thread, before garbage is collected: contexts that
     * are not in use become some. Whether there were any.
     */
    bool GiveUp();

    /* Garbage is gone. */
    void Looked();

    /* The interrupt that was asked for is here. */
    void Interrupted() { interrupting_ = false; }

  private:
    bool Below(size_t n, size_t top) const {
        return n <= top && Total() <= top - n;
    }

    size_t Native() const {
        return Blocks() + code.load(std::memory_order_relaxed)
               + zones.load(std::memory_order_relaxed);
    }

    void Look();
    void EndParser();
    void Interrupt();

    Account                  *next_ = nullptr;
    size_t                    limit_ = 0;
    OwnSum                    rest_;
    int64_t                   look_ = 0;
    size_t                    wanted_ = 0;
    unsigned                  collections_ = 0;
    bool                      asked_ = false;
    bool                      looking_ = false;
    bool                      interrupting_ = false;
    ngx_invoke_v8_isolate_t  *isolate_ = nullptr;
    std::atomic<bool>         free_ { false };
};


class Allocator : public v8::ArrayBuffer::Allocator {
  public:
    Allocator(size_t limit, Account *account)
        : limit_(limit), account_(account), zeroing_(true) {}

    void *Allocate(size_t n) override { return Take(n, zeroing_); }
    void *AllocateUninitialized(size_t n) override { return Take(n, false); }

    void Free(void *data, size_t n) override {
        free(data);
        account_->buffers.fetch_sub(n);
    }

    /* Off, for memory that is written at once, on the isolate's thread. */
    void set_zeroing(bool zeroing) { zeroing_ = zeroing; }

    size_t used() const { return account_->buffers.load(); }
    bool fits(size_t n) const { return n <= limit_; }
    bool has_room(size_t n) const {
        return n <= limit_ && used() <= limit_ - n && account_->Fits(n);
    }

  private:
    void *Take(size_t n, bool zero) {
        if (!account_->Fits(n)) {
            account_->GiveUp();
            return nullptr;
        }

        if (account_->buffers.fetch_add(n) + n > limit_) {
            account_->buffers.fetch_sub(n);
            account_->GiveUp();
            return nullptr;
        }

        void *data = zero ? calloc(n ? n : 1, 1) : malloc(n ? n : 1);
        if (data == nullptr) {
            account_->buffers.fetch_sub(n);
        }

        return data;
    }

    size_t    limit_;
    Account  *account_;
    bool      zeroing_;
};


/* Of the embedded files, in their order. */
typedef std::vector<v8::Global<v8::UnboundScript>>  FileScripts;
typedef std::vector<std::unique_ptr<v8::ScriptCompiler::CachedData>>
    FileCodes;


struct ngx_invoke_v8_isolate_s {
    v8::Isolate                 *isolate;
    FileScripts                  scripts;
    std::vector<v8::Global<v8::FunctionTemplate>>  natives;
    std::shared_ptr<Allocator>   allocator;
    ngx_invoke_v8_conf_t         conf;
    Account                     *account;
    bool                         heap_full;
    bool                         raised;        /* the heap's limit */
    size_t                       lifted;        /* what it was before contexts
                                                   were to give up theirs */
    size_t                       live;          /* after a collection */
    size_t                       held;          /* with what is external */
    size_t                       collections;
    std::shared_ptr<Tasks>       tasks;
    bool                         in_tasks;      /* one of them runs */
    int32_t                      owner;         /* whose JavaScript runs */
    Holder                      *holders;
    Text                        *texts;         /* long ones, to be parsed */
    bool                         spoilt;        /* they are */
    uintptr_t                    stack_limit;
    v8::Global<v8::ObjectTemplate>  holder;
};

struct ngx_invoke_v8_context_s {
    ngx_invoke_v8_isolate_t      *iso;
    v8::Global<v8::Context>       context;
    std::unique_ptr<v8::MicrotaskQueue>  queue;
    Modules                      *modules;      /* nullptr: none yet */
    void                         *data;
};

struct ngx_invoke_v8_script_s {
    v8::Isolate                     *isolate;
    v8::Global<v8::UnboundScript>    script;
    int                              span;  /* of its function; 0: it is so */

    /* of an ES module, instead of a script */
    v8::Global<v8::String>               text;
    v8::Global<v8::UnboundModuleScript>  module;
};

/* Most natives never ask for their context. */

struct LazyContext {
    v8::Isolate  *isolate;

    operator Local<v8::Context>() const {
        return isolate->GetCurrentContext();
    }

    Local<v8::Context> operator->() const {
        return isolate->GetCurrentContext();
    }
};

struct ngx_invoke_v8_call_s {
    v8::Isolate                              *isolate;
    LazyContext                               context;
    const v8::FunctionCallbackInfo<Value>    *info;
};


/* None of these is for others in the process. */

#pragma GCC visibility push(hidden)


/* Of this thread, as long as there are any. */

extern __thread ngx_invoke_v8_isolate_t  *current
    __attribute__((tls_model("initial-exec")));
extern __thread Account                  *account
    __attribute__((tls_model("initial-exec")));


static inline ngx_invoke_v8_value_t
wrap(Local<Value> v)
{
    ngx_invoke_v8_value_t  p;

    memcpy(&p, &v, sizeof(p));
    return p;
}


static inline Local<Value>
unwrap(ngx_invoke_v8_value_t p)
{
    Local<Value>  v;

    memcpy(static_cast<void *>(&v), &p, sizeof(p));
    return v;
}


/* Small integers, the most common numbers, are seen without a call of V8. */

static inline bool
is_smi(ngx_invoke_v8_value_t p)
{
    return !v8::internal::Internals::HasHeapObjectTag(
                *reinterpret_cast<const v8::internal::Address *>(p));
}


static inline int32_t
smi(ngx_invoke_v8_value_t p)
{
    return v8::internal::Internals::SmiValue(
               *reinterpret_cast<const v8::internal::Address *>(p));
}


static inline ngx_invoke_v8_value_t
wrap(MaybeLocal<Value> v)
{
    Local<Value>  local;

    return v.ToLocal(&local) ? wrap(local) : nullptr;
}


/* A result that does not matter, of a call that must not be ignored. */

template <class T>
static inline void
drop(T &&)
{
}


static inline Local<v8::String>
latin1(v8::Isolate *isolate, const char *s, size_t len)
{
    return v8::String::NewFromOneByte(isolate,
               reinterpret_cast<const uint8_t *>(s),
               v8::NewStringType::kNormal, static_cast<int>(len))
           .FromMaybe(v8::String::Empty(isolate));
}


static inline Local<v8::String>
name(v8::Isolate *isolate, const char *s)
{
    return v8::String::NewFromUtf8(isolate, s,
                                   v8::NewStringType::kInternalized)
           .ToLocalChecked();
}


static inline Local<v8::Object>
null_object(v8::Isolate *isolate)
{
    return v8::Object::New(isolate, v8::Null(isolate), nullptr, nullptr, 0);
}


/*
 * The end of JavaScript goes on by itself: thrown again it would be a null
 * that a function may catch.
 */

static inline void
rethrow(v8::TryCatch *caught)
{
    if (!caught->HasTerminated()) {
        caught->ReThrow();
    }
}


static inline void
copy_message(char *dst, size_t size, const char *src)
{
    size_t  n = strlen(src);

    if (size == 0) {
        return;
    }

    n = n < size ? n : size - 1;
    memcpy(dst, src, n);
    dst[n] = '\0';
}


static inline ngx_invoke_v8_context_t *
context_of(Local<v8::Context> context)
{
    return static_cast<ngx_invoke_v8_context_t *>(
               context->GetAlignedPointerFromEmbedderData(kContextSlot));
}


static inline ngx_invoke_v8_isolate_t *
isolate_of(v8::Isolate *isolate)
{
    return static_cast<ngx_invoke_v8_isolate_t *>(isolate->GetData(0));
}


/* process */

/* 0, or -1 with a message in err. */
int start_v8(const char *flags, int threads, char *err, size_t errlen);
void stop_v8();


/* platform */

void start_platform(int threads);
void stop_platform();
std::shared_ptr<Tasks> tasks_of(v8::Isolate *isolate);
/* The isolate is about to end: none is taken any more. */
void close_tasks(ngx_invoke_v8_isolate_t *iso);
/* It has ended. */
void forget_tasks(v8::Isolate *isolate);


/* native */

typedef enum {
    kBindingNative = 0,
    kCompileNative,
    kLazyNative,
    kOwnNatives
} OwnNative;

/* The natives that bootstrap.js is given. */
Local<v8::Function> own_native(Local<v8::Context> context, OwnNative which);
/* Their number, and that of all others. */
size_t natives_number();
/* What a snapshot refers to, ended by 0. */
const intptr_t *external_references();


/* files: FileScripts are of all embedded ones, in their order */

/* The index of a file, or -1. */
int find_file(const std::string &file_name);
/* With compiled code, which it takes, or without: nullptr. */
MaybeLocal<v8::UnboundScript> compile_unbound(v8::Isolate *isolate,
    int index, v8::ScriptCompiler::CachedData *code);
/* Behind the snapshot: the code of the files that it does not have. */
void add_file_codes(std::string *blob, const FileCodes &codes);
/* The length of the snapshot at the begin of a blob, which must stay. */
size_t read_file_codes(const uint8_t *blob, size_t len);
MaybeLocal<v8::Function> file_function(Local<v8::Context> context,
    FileScripts *scripts, int index);
void compile_native(ngx_invoke_v8_call_t *call);
void add_file_references(std::vector<intptr_t> *references);


/* snapshot */

/* The scripts of the isolate that makes it, while it does. */
extern FileScripts  *building;


/* isolate */

/* The blob that isolates are made of. */
extern v8::StartupData  snapshot;

/* What was to give up memory has done so. */
void lower_heap_limit(ngx_invoke_v8_isolate_t *iso);


/* stack: V8's callbacks */

void promise_rejected(v8::PromiseRejectMessage message);
MaybeLocal<Value> prepare_stack_trace(Local<v8::Context> context,
    Local<Value> error, Local<v8::Array> sites);
void uncaught(Local<v8::Message> message, Local<Value> error);


/* script */

MaybeLocal<v8::String> source_string(v8::Isolate *isolate,
    const ngx_invoke_v8_source_t *source);
Local<v8::String> source_name(ngx_invoke_v8_call_t *call, const char *s);
/*
 * The error is thrown on; with "quiet" only what ends JavaScript is. "column"
 * is that of the source.
 */
void rethrow_syntax_error(ngx_invoke_v8_call_t *call, v8::TryCatch *caught,
    int quiet, int column);


/* context */

/* In the order of ngx_invoke_v8_hook_e. */
extern const char *const  hook_names[NGX_INVOKE_V8_HOOKS];

/* Calls what is no function of its own among the hooks, with four at most. */
MaybeLocal<Value> seldom(Local<v8::Context> context, const char *what,
    int argc, Local<Value> *argv);


/* module */

void free_modules(Modules *modules);
/* V8's callbacks. */
MaybeLocal<v8::Promise> import_module(Local<v8::Context> context,
    Local<v8::Data> options, Local<Value> referrer,
    Local<v8::String> specifier, Local<v8::FixedArray> assertions);
void import_meta(Local<v8::Context> context, Local<v8::Module> module,
    Local<v8::Object> meta);


/* async */

static const int  kPromiseHooks = 3;

extern const v8::FunctionCallback  promise_hooks[kPromiseHooks];

/* In each context of the snapshot, and in one that was made of it. */
void make_promise_hooks(Local<v8::Context> context);
void set_promise_hooks(Local<v8::Context> context, bool after);


/* text */

/* For shorter texts vector code is not worth it. */
static const size_t  kVectorText = 32;

/* Whether there is any. */
extern const bool  vector_text;
extern const bool  vector_base64;

size_t utf8_length(v8::Isolate *isolate, Local<v8::String> s);
/* Throws, and returns NULL. */
ngx_invoke_v8_value_t too_long(ngx_invoke_v8_call_t *call);


/* source: long texts to be compiled */

bool long_text(size_t length);

/* The same text, where it can be changed; empty: there is no room. */
MaybeLocal<v8::String> long_text_of(v8::Isolate *isolate,
    Local<v8::String> source);

/*
 * Whether there is room for what a module exports; else JavaScript ends. The
 * parser is to be known to need it later.
 */
bool exports_fit(Local<v8::String> text);

MaybeLocal<v8::String> long_latin1(v8::Isolate *isolate, const void *data,
    size_t length);
void spoil_texts(ngx_invoke_v8_isolate_t *iso, bool spoil);
/* V8's callback. */
v8::ModifyCodeGenerationFromStringsResult may_compile(
    Local<v8::Context> context, Local<Value> source, bool is_code_like);


/* holder */

void free_holders(ngx_invoke_v8_isolate_t *iso);


/* memory */

void count_icu();
void settle_malloc();
/*
 * A buffer that grows for one call, and with which "factor" times its size has
 * to fit; NULL: it does not.
 */
void *reallocate_counted(void *old, size_t n, size_t factor);
void free_counted(void *p);
void *reallocate_block(void *old, size_t n);
void free_block(void *p);


/* tricks/tricks */

/*
 * In the process that makes the snapshot, before it is written: looks what of
 * them is in force. Of V8's heap nothing may change afterwards.
 */
void try_tricks(v8::Isolate *isolate);


/* tricks/new, tricks/external, tricks/zones */

bool new_is_counted();
bool external_is_looked_at(v8::Isolate *isolate);
bool zones_are_counted();

#if V8_MAJOR_VERSION < 11
v8::ZoneBackingAllocator *zone_backing();
#endif


/* tricks/pages */

/* of a page of a heap, and its alignment */
static const size_t  kHeapPage = 256 * 1024;

/* The pages that heaps have, and how many bytes of each are there. */
typedef std::unordered_map<v8::internal::Address, size_t>  HeapPages;

/* Before the platform and its threads are made, and after. */
void make_pages();
void install_pages();
/* An isolate with that limit of memory is made. */
void limit_pages(size_t limit);
/* Unmaps what is kept. */
void trim_pages();
/* Empty, where V8 does not ask for them here. */
HeapPages heap_pages();
/* The words of an object of the heap; nullptr: it is in none of its pages. */
v8::internal::Address *heap_words(v8::internal::Address object,
    const HeapPages &heap);


/* tricks/closures */

/*
 * In the process that makes the snapshot, before it is written. False: V8's
 * closures are not as they are taken to be.
 */
bool share_closure_cells(v8::Isolate *isolate);


/* tricks/interrupts */

/* What runs on this thread, while V8 takes steps that nothing may end. */
extern __thread v8::Isolate  *held_in
    __attribute__((tls_model("initial-exec")));

/* As long as it is there; nullptr: they are let in. */
class HoldInterrupts {
  public:
    explicit HoldInterrupts(v8::Isolate *isolate) : before_(held_in) {
        held_in = isolate;
    }

    ~HoldInterrupts() {
        held_in = before_;
    }

  private:
    v8::Isolate  *before_;
};

bool interrupts_can_wait(v8::Isolate *isolate);


/* tricks/doubles */

/*
 * In the process that makes the snapshot, before it is written. False: V8's
 * objects are not as they are taken to be.
 */
bool unbox_doubles(v8::Isolate *isolate);


/* tricks/wasm */

bool wasm_can_be_lazy();
/* Before V8 starts. */
void init_wasm(const char *flags);
/* In each context of the snapshot. */
void make_wasm_lazy(Local<v8::Context> context);
void wasm_getter(Local<v8::Name> property,
    const v8::PropertyCallbackInfo<Value> &info);


#pragma GCC visibility pop


#endif /* _NGX_INVOKE_V8_INT_H_INCLUDED_ */
