/*
 * A part of ngx_invoke_v8.cc: the structs behind the opaque types, and what
 * all parts use.
 */


#ifndef _NGX_INVOKE_V8_TYPES_HH_INCLUDED_
#define _NGX_INVOKE_V8_TYPES_HH_INCLUDED_


#include <dlfcn.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <pthread.h>
#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <v8.h>
#include <libplatform/libplatform.h>

#include "ngx_invoke_v8.h"
#include "ngx_invoke_v8_account.hh"
#include "ngx_invoke_js_files.h"


using v8::Local;
using v8::MaybeLocal;
using v8::Value;


/* V8 11 gave callbacks other shapes, and has no flag for memories of
 * WebAssembly that are shared between threads. */

#if V8_MAJOR_VERSION >= 11
#define ngx_invoke_v8_oom_args                                               \
    const char *location, const v8::OOMDetails &details
#define ngx_invoke_v8_no_wasm_threads  ""
#define ngx_invoke_v8_more_interrupts  ""
#else
#define ngx_invoke_v8_oom_args  const char *location, bool is_heap_oom
#define ngx_invoke_v8_no_wasm_threads  "--no-experimental-wasm-threads"
#define ngx_invoke_v8_more_interrupts                                        \
    "--interrupt-budget=33792 "                                              \
    "--ticks-before-optimization=24 "                                        \
    "--max-bytecode-size-for-early-opt=0 "                                   \
    "--bytecode-size-allowance-per-tick=275 "
#endif


static_assert(sizeof(Local<Value>) == sizeof(ngx_invoke_v8_value_t),
              "a handle is one pointer");


enum {
    kHooksSlot = 1,
    kRejectSlot = 2,
    kContextSlot = 3,
    kStackSlot = 4,
    kGlobalSlot = 5,
    kInitSlot = 6,              /* V8's hooks of promises */
    kBeforeSlot = 7,
    kAfterSlot = 8
};


/* The old generation is collected at this size first; later V8 goes by what
 * was alive. Early is cheap: most of it are contexts that were dropped. */
static const size_t  kFirstHeap = 12 * 1024 * 1024;

/* How far the near-limit callback raises the heap limit, so that the
 * termination can unwind. */
static const size_t  kHeapSlack = 16 * 1024 * 1024;


/* Of the embedded files, in their order. */
typedef std::vector<v8::Global<v8::UnboundScript>>  FileScripts;


struct ngx_invoke_v8_isolate_s {
    v8::Isolate                 *isolate;
    FileScripts                  scripts;
    std::shared_ptr<Allocator>   allocator;
    ngx_invoke_v8_conf_t         conf;
    Account                     *account;
    bool                         heap_full;
    bool                         raised;        /* the heap's limit */
    size_t                       live;          /* after a collection */
    std::shared_ptr<class Tasks>  tasks;
    bool                         in_tasks;      /* one of them runs */
    int32_t                      owner;         /* whose JavaScript runs */
    struct Holder               *holders;
    struct Text                 *texts;         /* long ones, to be parsed */
    bool                         spoilt;        /* they are */
    v8::Global<v8::ObjectTemplate>  holder;
};

struct ngx_invoke_v8_context_s {
    ngx_invoke_v8_isolate_t      *iso;
    v8::Global<v8::Context>       context;
    std::unique_ptr<v8::MicrotaskQueue>  queue;
    void                         *data;
};

struct ngx_invoke_v8_script_s {
    v8::Isolate                     *isolate;
    v8::Global<v8::UnboundScript>    script;
    int                              span;  /* of its function; 0: it is so */
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


static const ngx_invoke_v8_binding_t                *bindings;
static std::vector<const ngx_invoke_v8_native_t *>  *natives;
static v8::StartupData                               snapshot;
static FileScripts                                  *building;
static thread_local ngx_invoke_v8_isolate_t         *current;


static const char *const  hook_names[NGX_INVOKE_V8_HOOKS] = {
    "dispatch", "timers", "immediates", "ticks", "drain", "aborted", "release"
};


/* in the order of ngx_invoke_v8_template_e */

static const char *const  template_names[NGX_INVOKE_V8_TEMPLATES] = {
    "lean", "buffer", "stream", "node"
};


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


static Local<v8::String>
name(v8::Isolate *isolate, const char *s)
{
    return v8::String::NewFromUtf8(isolate, s,
                                   v8::NewStringType::kInternalized)
           .ToLocalChecked();
}


static Local<v8::Object>
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


static void
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


#endif /* _NGX_INVOKE_V8_TYPES_HH_INCLUDED_ */
