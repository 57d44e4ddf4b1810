/*
 * Memory beside the heaps and operator new: that of ICU, that of a single call,
 * and what malloc() keeps.
 */

#include <malloc.h>
#include <stdlib.h>

#include <unicode/uclean.h>

#include "ngx_invoke_v8_int.h"


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
    if (account != nullptr) {
        account->Freed(malloc_usable_size(p));
    }

    free(p);
}


/* Blocks of the module's own that a function holds, counted as ICU's are. */

void *
reallocate_block(void *old, size_t n)
{
    return icu_reallocate(nullptr, old, n);
}


void
free_block(void *p)
{
    icu_free(nullptr, p);
}


void
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

void
settle_malloc()
{
    (void) mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
    (void) mallopt(M_TRIM_THRESHOLD, 8 * 1024 * 1024);
}


/*
 * A buffer that grows for one call, and with which "factor" times its size has
 * to fit; NULL: it does not.
 */

void *
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


void
free_counted(void *p)
{
    if (account != nullptr) {
        account->passing.Add(-static_cast<int64_t>(malloc_usable_size(p)));
    }

    free(p);
}


/* Libraries, which tell of memory that they do not get. */

static void
count_block(int64_t n)
{
    if (n > 0) {
        account->Block(static_cast<size_t>(n));

    } else {
        account->Freed(static_cast<size_t>(-n));
    }

    if (current != nullptr) {
        current->isolate->AdjustAmountOfExternalAllocatedMemory(n);
    }
}


/* Whether a library may have so much more, once garbage is collected. */

static bool
library_fits(size_t size)
{
    if (account == nullptr || current == nullptr) {
        return false;
    }

    if (size >= kLargeBlock && !account->LibraryFits(size)) {
        (void) account->GiveUp();
        current->isolate->MemoryPressureNotification(
            v8::MemoryPressureLevel::kCritical);
        account->Looked();

        return account->LibraryFits(size);
    }

    return true;
}


void *
ngx_invoke_v8_alloc(size_t size)
{
    void  *p;

    p = library_fits(size) ? malloc(size) : nullptr;

    if (p != nullptr) {
        count_block(static_cast<int64_t>(malloc_usable_size(p)));
    }

    return p;
}


void
ngx_invoke_v8_free(void *p)
{
    if (p != nullptr && account != nullptr) {
        count_block(-static_cast<int64_t>(malloc_usable_size(p)));
    }

    free(p);
}


int
ngx_invoke_v8_charge(size_t size)
{
    if (!library_fits(size)) {
        return 0;
    }

    count_block(static_cast<int64_t>(size));

    return 1;
}


void
ngx_invoke_v8_discharge(size_t size)
{
    if (account != nullptr) {
        count_block(-static_cast<int64_t>(size));
    }
}


int
ngx_invoke_v8_has_room(ngx_invoke_v8_call_t *call, size_t n)
{
    Allocator  *allocator = current->allocator.get();

    if (!allocator->fits(n)) {
        return 0;
    }

    if (!allocator->has_room(n)) {
        (void) current->account->GiveUp();
        call->isolate->MemoryPressureNotification(
            v8::MemoryPressureLevel::kCritical);
        current->account->Looked();
    }

    return allocator->has_room(n);
}
