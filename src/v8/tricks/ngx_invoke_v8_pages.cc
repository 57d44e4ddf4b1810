/*
 * The pages of the heaps.
 *
 * V8 unmaps the pages that a collection has emptied and soon maps as many
 * again, for which the kernel clears and maps each of 64 small pages anew. So
 * a worker keeps some for whichever of its isolates asks next, and clears them
 * itself. What V8 asks for is counted in the account of the isolate that does.
 */

#include <string.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <unordered_map>

#include "ngx_invoke_v8_int.h"


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
    static const size_t  kSize = kHeapPage;

    /* of a memory of WebAssembly */
    static const size_t  kMemoryAlignment = 64 * 1024;

    /* how many are kept: 16 MB, or less where the limit of memory is small */
    static const size_t  kMost = 64;

    /* Bytes of a page that are there, and whose they are. */

    struct Page {
        size_t    size;
        Account  *account;
    };

    typedef std::unordered_map<v8::internal::Address, Page>  Sizes;

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

    /* An isolate with that limit of memory is made. */

    void Limit(size_t limit) {
        std::lock_guard<std::mutex>  lock(mutex_);

        most_ = std::min(kMost, limit / 8 / kSize);
    }

    /* Unmaps what is kept. */

    void Trim() {
        std::lock_guard<std::mutex>  lock(mutex_);

        for (void *page : kept_) {
            system()->FreePages(page, kSize);
        }

        kept_.clear();
    }

    /* Those that heaps have now. */

    HeapPages Used() {
        HeapPages                    heap;
        std::lock_guard<std::mutex>  lock(mutex_);

        for (const auto &page : used_) {
            heap[page.first] = page.second.size;
        }

        return heap;
    }

    void *AllocatePages(void *address, size_t size, size_t alignment,
        Permission permissions) override
    {
        void  *page = nullptr;

        if (size != kSize || alignment != kSize) {

            if (alignment == kSize && account != nullptr && account->Started()
                && permissions != kNoAccessWillJitLater
                && !account->ObjectFits(size))
            {
                return nullptr;
            }

            page = system()->AllocatePages(address, size, alignment,
                                           permissions);

            if (page != nullptr && account != nullptr) {
                Reserve(page, size, alignment, permissions);
            }

            return page;
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

        if (page == nullptr) {
            return nullptr;
        }

        lock.lock();
        used_[Key(page)] = { kSize, account };
        lock.unlock();

        if (account != nullptr) {
            account->heap.fetch_add(kSize, std::memory_order_relaxed);
            CheckHeap();
        }

        return page;
    }

    bool FreePages(void *address, size_t size) override {
        {
            std::lock_guard<std::mutex>  lock(mutex_);

            auto  found = used_.find(Key(address));

            if (found != used_.end()) {
                if (found->second.account != nullptr) {
                    found->second.account->heap.fetch_sub(found->second.size,
                                                 std::memory_order_relaxed);
                }

                used_.erase(found);

                if (size == kSize && kept_.size() < most_) {
                    kept_.push_back(address);
                    return true;
                }

            } else {
                Drop(Key(address));
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
                if (found->second.account != nullptr) {
                    found->second.account->heap.fetch_sub(
                        found->second.size - new_size,
                        std::memory_order_relaxed);
                }

                found->second.size = new_size;

            } else {
                Shrink(Key(address), new_size);
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

    /*
     * A memory of WebAssembly that would not fit does not grow, which tells
     * the program; code has to, so that JavaScript ends instead.
     */

    bool SetPermissions(void *address, size_t size,
        Permission permissions) override
    {
        bool  full = false;

        if (permissions == kNoAccess || permissions == kNoAccessWillJitLater) {
            Decommit(Key(address), size);

        } else if (!Commit(Key(address), size, &full)) {
            return false;
        }

        if (full) {
            account->Full();
        }

        return system()->SetPermissions(address, size, permissions);
    }

    bool DiscardSystemPages(void *address, size_t size) override {
        return system()->DiscardSystemPages(address, size);
    }

    bool DecommitPages(void *address, size_t size) override {
        Decommit(Key(address), size);

        return system()->DecommitPages(address, size);
    }

  private:
    typedef v8::internal::Address  Address;

    /* Address space, of which parts are there. */

    struct Region {
        size_t                      size;
        Account                    *account;
        Account::Sum               *sum;
        std::map<Address, Address>  there;      /* from, to */
    };

    typedef std::map<Address, Region>  Regions;

    v8::PageAllocator *system() { return system_.load(); }

    static Address Key(void *address) {
        return reinterpret_cast<Address>(address);
    }

    void CheckHeap() {
        if (!account->Fits(0)) {
            account->Full();
        }
    }

    /* Of WebAssembly is what is made for code later than the isolate is. */

    void Reserve(void *address, size_t size, size_t alignment,
        Permission permissions)
    {
        Account::Sum  *sum = &account->heap;

        if (alignment == kMemoryAlignment) {
            sum = &account->memories;

        } else if (permissions == kNoAccessWillJitLater
                   && account->Started())
        {
            sum = &account->code;
        }

        {
            std::lock_guard<std::mutex>  lock(mutex_);

            regions_[Key(address)] = { size, account, sum, {} };
        }

        if (permissions != kNoAccess
            && permissions != kNoAccessWillJitLater)
        {
            (void) SetCommitted(Key(address), size);
        }
    }

    bool SetCommitted(Address address, size_t size) {
        bool  full;

        return Commit(address, size, &full);
    }

    Regions::iterator FindLocked(Address address) {
        auto  next = regions_.upper_bound(address);

        if (next == regions_.begin()) {
            return regions_.end();
        }

        auto  region = std::prev(next);

        return address < region->first + region->second.size
               ? region : regions_.end();
    }

    void Drop(Address address) {
        auto  region = regions_.find(address);

        if (region != regions_.end()) {
            Cut(&region->second, address, address + region->second.size);
            regions_.erase(region);
        }
    }

    void Shrink(Address address, size_t size) {
        auto  region = regions_.find(address);

        if (region != regions_.end()) {
            Cut(&region->second, address + size,
                address + region->second.size);
            region->second.size = size;
        }
    }

    /* Takes a range out of what is there, returns how much of it was. */

    size_t Take(Region *region, Address from, Address to) {
        size_t  n = 0;

        auto  part = region->there.upper_bound(from);

        if (part != region->there.begin()) {
            --part;
        }

        while (part != region->there.end() && part->first < to) {
            Address  first = part->first, last = part->second;

            if (last <= from) {
                ++part;
                continue;
            }

            part = region->there.erase(part);
            n += std::min(last, to) - std::max(first, from);

            if (first < from) {
                region->there[first] = from;
            }

            if (last > to) {
                region->there[to] = last;
            }
        }

        return n;
    }

    void Cut(Region *region, Address from, Address to) {
        region->sum->fetch_sub(Take(region, from, to),
                               std::memory_order_relaxed);
    }

    void Decommit(Address address, size_t size) {
        std::lock_guard<std::mutex>  lock(mutex_);

        auto  region = FindLocked(address);

        if (region != regions_.end()) {
            Cut(&region->second, address, address + size);
        }
    }

    /* False: it must not be. */

    bool Commit(Address address, size_t size, bool *full) {
        Account  *owner;

        std::unique_lock<std::mutex>  lock(mutex_);

        /* most are pages of heaps */

        if (used_.find(address & ~(kSize - 1)) != used_.end()) {
            return true;
        }

        auto  found = FindLocked(address);

        if (found == regions_.end()) {
            return true;
        }

        Region  *region = &found->second;

        owner = region->account;

        Address  from = address, to = address + size;
        size_t   had = Take(region, from, to);

        if (region->sum == &owner->memories && had < size
            && !owner->MayGrow(size - had))
        {
            /* it only grows at its end */

            if (had != 0) {
                Join(region, from, from + had);
            }

            return false;
        }

        Join(region, from, to);
        region->sum->fetch_add(size - had, std::memory_order_relaxed);

        lock.unlock();

        if (owner == account && had < size) {
            account->Grown();
            *full = !account->Fits(0);
        }

        return true;
    }

    void Join(Region *region, Address from, Address to) {
        auto  next = region->there.lower_bound(from);

        if (next != region->there.begin()
            && std::prev(next)->second == from)
        {
            --next;
            from = next->first;
            next = region->there.erase(next);
        }

        if (next != region->there.end() && next->first == to) {
            to = next->second;
            region->there.erase(next);
        }

        region->there[from] = to;
    }

    std::atomic<v8::PageAllocator *>   system_ { nullptr };
    std::mutex                         mutex_;
    std::vector<void *>                kept_;
    size_t                             most_ = kMost;
    Sizes                              used_;
    Regions                            regions_;
};


/* Of the process, since V8 started. */
static Pages  *pages;


void
make_pages()
{
    pages = new Pages;
}


void
install_pages()
{
    pages->Install();
}


void
limit_pages(size_t limit)
{
    pages->Limit(limit);
}


void
trim_pages()
{
    pages->Trim();
}


HeapPages
heap_pages()
{
    return pages->Used();
}


v8::internal::Address *
heap_words(v8::internal::Address object, const HeapPages &heap)
{
    auto  page = heap.find(object & ~(kHeapPage - 1));

    if (!v8::internal::Internals::HasHeapObjectTag(object)
        || page == heap.end()
        || (object & (kHeapPage - 1)) >= page->second)
    {
        return nullptr;
    }

    return reinterpret_cast<v8::internal::Address *>(
               object - v8::internal::kHeapObjectTag);
}
