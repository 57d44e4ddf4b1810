/*
 * A part of ngx_invoke_v8.cc: what an isolate makes the process hold.
 *
 * V8 limits its heap, but not what belongs to it elsewhere: ArrayBuffers,
 * memories and code of WebAssembly, objects of ICU, the parser's and the
 * compilers' zones, its own containers. All of them are counted here by
 * isolate, where they are allocated.
 */


#ifndef _NGX_INVOKE_V8_ACCOUNT_HH_INCLUDED_
#define _NGX_INVOKE_V8_ACCOUNT_HH_INCLUDED_


#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include <atomic>
#include <mutex>
#include <vector>

#include <v8.h>

#include "ngx_invoke_v8.h"


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

    /* Of what V8 may not go on without. */
    bool BlockFits(size_t n) const { return Below(n, 2 * limit_); }

    /*
     * An object of the heap that has pages of its own, of which V8 would take
     * the first one however large it is. Where it gets none it collects all
     * garbage and asks again; then JavaScript ends where there is more than
     * the limit, and V8 cannot go on where that would be far too much.
     */

    bool ObjectFits(size_t n) {
        if (Below(n, limit_ + limit_ / 8)) {
            return true;
        }

        if (wanted_ != n) {
            wanted_ = n;
            collected_ = false;
        }

        if (!collected_ || !Fits(n)) {
            return false;
        }

        Full();
        return true;
    }

    /* V8 has marked all that lives. */
    void Collected() { collected_ = true; }

    /* Of a compiler that has not ended. */

    bool ZoneFits(size_t n) const {
        return zones.load(std::memory_order_relaxed) < limit_ / 2
               ? BlockFits(n) : Below(n, limit_ + limit_ / 2);
    }

    /* Whether a memory of WebAssembly may: as ArrayBuffers do. */
    bool MayGrow(size_t n) const;

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
     * A zone has grown: a parser that takes too much is ended, which nothing
     * else does.
     */

    void ZoneGrown() {
        size_t  n = zones.load(std::memory_order_relaxed);

        if (n > limit_ / 4 && Total() > limit_) {
            EndParser();

        } else {
            Grown();
        }
    }

    /* At a safe point: does what was asked for. */
    void LookNow();

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

    size_t                    limit_ = 0;
    OwnSum                    rest_;
    int64_t                   look_ = 0;
    size_t                    wanted_ = 0;
    bool                      collected_ = false;
    bool                      asked_ = false;
    bool                      looking_ = false;
    bool                      interrupting_ = false;
    ngx_invoke_v8_isolate_t  *isolate_ = nullptr;
    std::atomic<bool>         free_ { false };
};


/* Of the isolate of this thread, as long as there is one. */
static thread_local Account  *account
    __attribute__((tls_model("initial-exec")));


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
            return nullptr;
        }

        if (account_->buffers.fetch_add(n) + n > limit_) {
            account_->buffers.fetch_sub(n);
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


#endif /* _NGX_INVOKE_V8_ACCOUNT_HH_INCLUDED_ */
