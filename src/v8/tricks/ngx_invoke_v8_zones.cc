/*
 * The memory of zones, by which the parser, the compilers and regular
 * expressions work.
 *
 * Up to V8 10 the platform gives it. Later ones ask a function of their own
 * instead, and give back what it returned by free(); but the library calls the
 * function by its exported symbol, and another with each block just before it
 * is freed, so that the definitions here come before its own.
 */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "ngx_invoke_v8_int.h"


/* Whether V8 has asked for any here. */
static std::atomic<bool>  zones_asked { false };


/* At the end of a block is whose it is: who frees it may be another thread. */

static Account **
zone_account(void *p)
{
    return reinterpret_cast<Account **>(
               static_cast<char *>(p)
               + (malloc_usable_size(p) & ~(alignof(Account *) - 1)))
           - 1;
}


/*
 * V8 cannot unwind a zone that gets no memory, so that the isolate's thread is
 * parked then; on other threads that would end the process.
 */

static void *
zone_allocate(size_t n)
{
    void  *p;

    if (!zones_asked.load(std::memory_order_relaxed)) {
        zones_asked.store(true, std::memory_order_relaxed);
    }

    n += 2 * sizeof(Account *);

    if (account != nullptr && !account->ZoneFits(n)) {
        return nullptr;
    }

    p = malloc(n);

    if (p == nullptr) {
        return nullptr;
    }

    *zone_account(p) = account;

    if (account != nullptr) {
        account->zones.fetch_add(malloc_usable_size(p),
                                 std::memory_order_relaxed);
        account->ZoneGrown();
    }

    return p;
}


static void
zone_give_back(void *p)
{
    Account  *owner = *zone_account(p);

    if (owner != nullptr) {
        owner->zones.fetch_sub(malloc_usable_size(p),
                               std::memory_order_relaxed);
    }
}


#if V8_MAJOR_VERSION >= 11

/* v8::base::AllocationResult<void *> */

struct ZoneBlock {
    void    *ptr;
    size_t   count;
};


#pragma GCC visibility push(default)

/* v8::internal::AllocAtLeastWithRetry(size_t) */

extern "C" ZoneBlock zone_block(size_t n)
    __asm__("_ZN2v88internal21AllocAtLeastWithRetryEm");

/* v8::internal::Segment::ZapHeader(), which does nothing */

extern "C" void zone_zap(void *segment)
    __asm__("_ZN2v88internal7Segment9ZapHeaderEv");

#pragma GCC visibility pop


ZoneBlock
zone_block(size_t n)
{
    void  *p = zone_allocate(n);

    return { p, p != nullptr ? n : 0 };
}


void
zone_zap(void *segment)
{
    zone_give_back(segment);
}

#else

static void
zone_free(void *p)
{
    zone_give_back(p);
    free(p);
}


class Zones : public v8::ZoneBackingAllocator {
  public:
    MallocFn GetMallocFn() const override { return zone_allocate; }
    FreeFn GetFreeFn() const override { return zone_free; }
};


v8::ZoneBackingAllocator *
zone_backing()
{
    static Zones  zones;

    return &zones;
}

#endif


bool
zones_are_counted()
{
    return zones_asked.load(std::memory_order_relaxed);
}
