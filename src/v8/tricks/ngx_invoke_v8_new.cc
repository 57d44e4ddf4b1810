/*
 * operator new, of the whole process.
 *
 * V8 keeps some of its working data outside its heaps, for instance the
 * stack of JSON.parse(), in containers that grow by operator new. These
 * definitions come before those of libstdc++, unless something that was loaded
 * before the module has brought that along. A block may be freed on another
 * thread than the isolate's or come from there, so few that it does not
 * matter; that is why the sum may fall below zero.
 */

#include <malloc.h>
#include <stdlib.h>

#include <new>

#include "ngx_invoke_v8_int.h"


static void *
allocate(size_t n, bool may_fail)
{
    void  *p = nullptr;

    if (account == nullptr || n < kLargeBlock || account->BlockFits(n)) {
        p = malloc(n ? n : 1);
    }

    if (p == nullptr) {
        if (may_fail) {
            return nullptr;
        }

        if (current != nullptr) {
            current->conf.fatal(current->conf.data, "operator new", 1);
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


/* The library is asked for an object that it makes by operator new. */

bool
new_is_counted()
{
    bool                        counted;
    Account                     trial, *saved = account;
    v8::ArrayBuffer::Allocator  *made;

    account = &trial;
    made = v8::ArrayBuffer::Allocator::NewDefaultAllocator();
    counted = trial.blocks.Get() > 0;

    delete made;
    counted = counted && trial.blocks.Get() == 0;
    account = saved;

    return counted;
}
