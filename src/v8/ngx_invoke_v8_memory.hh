/*
 * A part of ngx_invoke_v8.cc: the allocators that are counted, and what
 * happens to an isolate that holds too much.
 */


#ifndef _NGX_INVOKE_V8_MEMORY_HH_INCLUDED_
#define _NGX_INVOKE_V8_MEMORY_HH_INCLUDED_


#include <algorithm>

#include <unicode/uclean.h>

#include "ngx_invoke_v8_types.hh"


/* Accounts */

Account *
Account::Take(size_t limit)
{
    static std::mutex               mutex;
    static std::vector<Account *>  *all = new std::vector<Account *>;

    Account                     *a = nullptr;
    std::lock_guard<std::mutex>  lock(mutex);

    for (Account *old : *all) {
        if (old->free_.load() && old->heap.load() == 0
            && old->memories.load() == 0 && old->code.load() == 0
            && old->zones.load() == 0 && old->buffers.load() == 0)
        {
            a = old;
            break;
        }
    }

    if (a == nullptr) {
        a = new (std::nothrow) Account;
        if (a == nullptr) {
            return nullptr;
        }

        all->push_back(a);
    }

    a->blocks.Set(0);
    a->passing.Set(0);
    a->rest_.Set(0);
    a->limit_ = limit;
    a->look_ = limit / 4;
    a->asked_ = false;
    a->looking_ = false;
    a->interrupting_ = false;
    a->free_.store(false);

    return a;
}


void
Account::Full()
{
    if (isolate_ != nullptr && !isolate_->heap_full) {
        isolate_->heap_full = true;
        isolate_->conf.heap_full(isolate_->conf.data);
    }
}


bool
Account::MayGrow(size_t n) const
{
    size_t  held;

    held = memories.load(std::memory_order_relaxed)
           + buffers.load(std::memory_order_relaxed)
           + (isolate_ != nullptr ? isolate_->live : 0);

    return n <= limit_ && held <= limit_ - n && Fits(n);
}


/* Whether what lives, by V8's last collection, is more than the limit. */

static bool
holds_too_much(ngx_invoke_v8_isolate_t *iso)
{
    size_t              outside;
    v8::HeapStatistics  heap;

    iso->isolate->GetHeapStatistics(&heap);
    outside = iso->account->Outside();

    if (heap.external_memory() > outside) {
        outside = heap.external_memory();
    }

    return heap.used_heap_size() + outside > iso->conf.heap;
}


/* See ngx_invoke_v8_source.hh. */
static void spoil_texts(ngx_invoke_v8_isolate_t *iso, bool spoil);


/*
 * Where JavaScript may be interrupted. All that weak callbacks free is freed
 * at once, as objects of ICU are: else it would be by a task, for which
 * JavaScript has to end first.
 */

static void
collect_and_look(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->MemoryPressureNotification(
        v8::MemoryPressureLevel::kCritical);
    iso->account->Looked();

    /* What was freed is not gone by that. */

    if (iso->account->Total() > iso->conf.heap / 2) {
        (void) malloc_trim(0);
    }

    if (holds_too_much(iso)) {
        iso->account->Full();
    }
}


static void
look_at_memory(v8::Isolate *isolate, void *data)
{
    ngx_invoke_v8_isolate_t  *iso = static_cast<ngx_invoke_v8_isolate_t *>(
                                        data);

    iso->account->Interrupted();
    spoil_texts(iso, false);
    iso->account->LookNow();
}


void
Account::Look()
{
    if (isolate_ == nullptr) {
        look_ = blocks.Get() + static_cast<int64_t>(limit_ / 4);
        return;
    }

    /*
     * JavaScript ends a call later than it is asked to. What is garbage now
     * would have been collected by the looks before.
     */

    if (Total() > limit_ + limit_ / 4) {
        look_ = static_cast<int64_t>(Native()) + kLargeBlock;
        Full();
        return;
    }

    Interrupt();
    look_ = static_cast<int64_t>(Native()) + limit_ / 16;
}


/*
 * A loop may call what V8 does natively for long before V8 looks up from it.
 * But V8 counts the memory of each of its objects that own some of C++ by this
 * function of its API, where it collects garbage as well. This definition
 * comes before the library's own.
 */

typedef int64_t (*AdjustExternal)(v8::Isolate *isolate, int64_t change);


static AdjustExternal
adjust_external()
{
    return reinterpret_cast<AdjustExternal>(dlsym(RTLD_NEXT,
               "_ZN2v87Isolate37AdjustAmountOfExternalAllocatedMemoryEl"));
}


int64_t
v8::Isolate::AdjustAmountOfExternalAllocatedMemory(int64_t change)
{
    static const AdjustExternal  adjust = adjust_external();

    if (change >= 0 && account != nullptr && current != nullptr
        && current->isolate == this)
    {
        account->LookNow();
    }

    return adjust(this, change);
}


/* Once for all that was asked for: a collection may come here again. */

void
Account::LookNow()
{
    if (!asked_ || looking_ || isolate_ == nullptr || isolate_->heap_full) {
        return;
    }

    looking_ = true;
    collect_and_look(isolate_);
    looking_ = false;
}


void
Account::EndParser()
{
    if (isolate_ == nullptr || isolate_->spoilt) {
        return;
    }

    Full();
    spoil_texts(isolate_, true);

    Interrupt();
}


void
Account::Interrupt()
{
    asked_ = true;

    /* The request allocates, too. */

    if (!interrupting_) {
        interrupting_ = true;
        isolate_->isolate->RequestInterrupt(look_at_memory, isolate_);
    }
}


void
Account::Looked()
{
    size_t  total = Total(), step = limit_ / 16;

    /* The more there is the sooner again. */

    if (total + 2 * step < limit_) {
        step = std::min((limit_ - total) / 2, limit_ / 4);
    }

    asked_ = false;
    look_ = static_cast<int64_t>(Native() + step);
}


const ngx_invoke_v8_account_t *
ngx_invoke_v8_account(ngx_invoke_v8_isolate_t *iso)
{
    return reinterpret_cast<const ngx_invoke_v8_account_t *>(iso->account);
}


size_t
ngx_invoke_v8_held(const ngx_invoke_v8_account_t *account)
{
    return reinterpret_cast<const Account *>(account)->Total();
}


void
ngx_invoke_v8_rest(ngx_invoke_v8_isolate_t *iso)
{
    iso->account->Rest();
}


/*
 * operator new
 *
 * V8 keeps some of its working data outside its heaps, for instance the
 * stack of JSON.parse(), in containers that grow by operator new. These
 * definitions come before those of libstdc++. A block may be freed on another
 * thread than the isolate's or come from there, so few that it does not
 * matter; that is why the sum may fall below zero.
 */

static void *
allocate(size_t n, bool may_fail)
{
    void  *p;

    if (account != nullptr && n >= kLargeBlock && !account->BlockFits(n)) {
        if (may_fail) {
            return nullptr;
        }

        if (current != nullptr) {
            current->conf.fatal(current->conf.data, "operator new", 1);
        }
    }

    p = malloc(n ? n : 1);

    if (p == nullptr) {
        if (may_fail) {
            return nullptr;
        }

        abort();
    }

    if (account != nullptr) {
        account->Block(malloc_usable_size(p));
    }

    return p;
}


static inline void
release(void *p)
{
    if (account != nullptr) {
        account->Freed(malloc_usable_size(p));
    }

    free(p);
}


void *operator new(size_t n) { return allocate(n, false); }
void *operator new[](size_t n) { return allocate(n, false); }

void *operator new(size_t n, const std::nothrow_t &) noexcept
{
    return allocate(n, true);
}

void *operator new[](size_t n, const std::nothrow_t &) noexcept
{
    return allocate(n, true);
}

void operator delete(void *p) noexcept { release(p); }
void operator delete[](void *p) noexcept { release(p); }
void operator delete(void *p, size_t) noexcept { release(p); }
void operator delete[](void *p, size_t) noexcept { release(p); }

void operator delete(void *p, const std::nothrow_t &) noexcept
{
    release(p);
}

void operator delete[](void *p, const std::nothrow_t &) noexcept
{
    release(p);
}


/*
 * ICU
 *
 * V8 does not look at each error of ICU, so that only a large block, a text
 * for instance, is refused; JavaScript has ended before it could see what
 * comes of that.
 */

static bool
refuse(size_t n)
{
    if (account == nullptr || n < kLargeBlock || account->BlockFits(n)) {
        return false;
    }

    account->Full();

    return true;
}


static void *
icu_allocate(const void *, size_t n)
{
    void  *p;

    if (refuse(n)) {
        return nullptr;
    }

    p = malloc(n);

    if (p != nullptr && account != nullptr) {
        account->Block(malloc_usable_size(p));
    }

    return p;
}


static void *
icu_reallocate(const void *, void *old, size_t n)
{
    void    *p;
    size_t   had = malloc_usable_size(old);

    if (n > had && refuse(n - had)) {
        return nullptr;
    }

    p = realloc(old, n);

    if (p != nullptr && account != nullptr) {
        account->Freed(had);
        account->Block(malloc_usable_size(p));
    }

    return p;
}


static void
icu_free(const void *, void *p)
{
    release(p);
}


static void
count_icu()
{
    UErrorCode  status = U_ZERO_ERROR;

    u_setMemoryFunctions(nullptr, icu_allocate, icu_reallocate, icu_free,
                         &status);
}


/*
 * By itself malloc() comes to keep up to 64 MB an arena, and to cut blocks of
 * up to 32 MB out of arenas, once blocks of that size were freed.
 */

static void
settle_malloc()
{
    (void) mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    (void) mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
}


/*
 * A buffer that grows for one call, and with which "factor" times its size has
 * to fit; NULL: it does not.
 */

static void *
reallocate_counted(void *old, size_t n, size_t factor)
{
    void    *p;
    size_t   had = malloc_usable_size(old);

    if (account != nullptr
        && (n > account->limit() / factor || !account->Fits(factor * n - had)))
    {
        return nullptr;
    }

    p = realloc(old, n);

    if (p != nullptr && account != nullptr) {
        account->passing.Add(static_cast<int64_t>(malloc_usable_size(p))
                             - static_cast<int64_t>(had));
    }

    return p;
}


static void
free_counted(void *p)
{
    if (account != nullptr) {
        account->passing.Add(-static_cast<int64_t>(malloc_usable_size(p)));
    }

    free(p);
}


/* The heap's limit */

static size_t
near_heap_limit(void *data, size_t limit, size_t initial)
{
    ngx_invoke_v8_isolate_t  *iso = static_cast<ngx_invoke_v8_isolate_t *>(
                                        data);

    if (iso->raised) {
        return limit;
    }

    iso->raised = true;
    iso->account->Full();

    return limit + kHeapSlack;
}


/*
 * The heap and what belongs to it outside of it, as ArrayBuffers and the
 * memories of WebAssembly, have one limit: V8 collects as they grow, so they
 * are looked at then. What waits for weak callbacks is still counted.
 */

static void
collected(v8::Isolate *isolate, v8::GCType type, v8::GCCallbackFlags flags,
    void *data)
{
    ngx_invoke_v8_isolate_t  *iso = static_cast<ngx_invoke_v8_isolate_t *>(
                                        data);
    v8::HeapStatistics        heap;

    isolate->GetHeapStatistics(&heap);
    iso->live = heap.used_heap_size();
    iso->account->Collected();

    if (heap.used_heap_size() + heap.external_memory() > iso->conf.heap) {
        iso->account->Full();
    }
}


#endif /* _NGX_INVOKE_V8_MEMORY_HH_INCLUDED_ */
