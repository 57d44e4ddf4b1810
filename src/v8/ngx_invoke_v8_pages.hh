/*
 * A part of ngx_invoke_v8.cc: the pages of the heaps.
 *
 * V8 unmaps the pages that a collection has emptied and soon maps as many
 * again, for which the kernel clears and maps each of 64 small pages anew. So
 * a worker keeps some for whichever of its isolates asks next, and clears them
 * itself.
 */


#ifndef _NGX_INVOKE_V8_PAGES_HH_INCLUDED_
#define _NGX_INVOKE_V8_PAGES_HH_INCLUDED_


#include <atomic>
#include <mutex>
#include <unordered_map>

#include "ngx_invoke_v8_types.hh"


/*
 * v8::internal::SetPlatformPageAllocatorForTesting(). Where the library does
 * not export it, V8 goes on as ever.
 */

extern "C" v8::PageAllocator *set_page_allocator(v8::PageAllocator *allocator)
    __asm__("_ZN2v88internal34SetPlatformPageAllocatorForTestingE"
            "PNS_13PageAllocatorE")
    __attribute__((weak));


class Pages : public v8::PageAllocator {
  public:
    /* of a page of a heap, and its alignment */
    static const size_t  kSize = 256 * 1024;

    /* how many are kept: 16 MB */
    static const size_t  kMost = 64;

    /* address -> bytes of it that are there */
    typedef std::unordered_map<v8::internal::Address, size_t>  Sizes;

    /*
     * Made before the platform and its threads, and installed between its start
     * and V8's own; where the library has no way to, it is not used.
     */

    void Install() {
        if (set_page_allocator != nullptr) {
            system_ = set_page_allocator(this);
        }
    }

    bool Installed() { return system() != nullptr; }

    /* Unmaps what is kept. */

    void Trim() {
        std::lock_guard<std::mutex>  lock(mutex_);

        for (void *page : kept_) {
            system()->FreePages(page, kSize);
        }

        kept_.clear();
    }

    /* Those that heaps have now. */

    Sizes Used() {
        std::lock_guard<std::mutex>  lock(mutex_);

        return used_;
    }

    void *AllocatePages(void *address, size_t size, size_t alignment,
        Permission permissions) override
    {
        void  *page = nullptr;

        if (size != kSize || alignment != kSize) {
            return system()->AllocatePages(address, size, alignment,
                                           permissions);
        }

        std::unique_lock<std::mutex>  lock(mutex_);

        if (!kept_.empty()) {
            page = kept_.back();
            kept_.pop_back();
        }

        lock.unlock();

        /* V8 gives it the permissions that it needs before it uses it. */

        if (page == nullptr) {
            page = system()->AllocatePages(address, size, alignment,
                                           permissions);

        } else if (system()->SetPermissions(page, kSize, kReadWrite)) {
            memset(page, 0, kSize);

        } else {
            system()->FreePages(page, kSize);
            page = nullptr;
        }

        lock.lock();

        if (page != nullptr) {
            used_[Key(page)] = kSize;
        }

        return page;
    }

    bool FreePages(void *address, size_t size) override {
        {
            std::lock_guard<std::mutex>  lock(mutex_);

            if (used_.erase(Key(address)) != 0 && size == kSize
                && kept_.size() < kMost)
            {
                kept_.push_back(address);
                return true;
            }
        }

        return system()->FreePages(address, size);
    }

    /* What has lost its end is not kept later. */

    bool ReleasePages(void *address, size_t size, size_t new_size) override {
        {
            std::lock_guard<std::mutex>  lock(mutex_);

            auto  found = used_.find(Key(address));

            if (found != used_.end()) {
                found->second = new_size;
            }
        }

        return system()->ReleasePages(address, size, new_size);
    }

    size_t AllocatePageSize() override { return system()->AllocatePageSize(); }
    size_t CommitPageSize() override { return system()->CommitPageSize(); }
    void *GetRandomMmapAddr() override { return system()->GetRandomMmapAddr(); }

    void SetRandomMmapSeed(int64_t seed) override {
        system()->SetRandomMmapSeed(seed);
    }

    bool SetPermissions(void *address, size_t size,
        Permission permissions) override
    {
        return system()->SetPermissions(address, size, permissions);
    }

    bool DiscardSystemPages(void *address, size_t size) override {
        return system()->DiscardSystemPages(address, size);
    }

    bool DecommitPages(void *address, size_t size) override {
        return system()->DecommitPages(address, size);
    }

  private:
    v8::PageAllocator *system() { return system_.load(); }

    static v8::internal::Address Key(void *address) {
        return reinterpret_cast<v8::internal::Address>(address);
    }

    std::atomic<v8::PageAllocator *>   system_ { nullptr };
    std::mutex                         mutex_;
    std::vector<void *>                kept_;
    Sizes                              used_;
};


/* Of the process, since V8 started. */
static Pages  *pages;


#endif /* _NGX_INVOKE_V8_PAGES_HH_INCLUDED_ */
