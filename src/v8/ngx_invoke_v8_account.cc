/*
 * Accounts: what happens to an isolate that makes the process hold too much.
 */

#include <malloc.h>

#include <algorithm>
#include <mutex>

#include "ngx_invoke_v8_int.h"


__thread Account  *account;


Account *
Account::Take(size_t limit)
{
    static std::mutex   mutex;
    static Account     *all;

    Account                     *a;
    std::lock_guard<std::mutex>  lock(mutex);

    for (a = all; a != nullptr; a = a->next_) {
        if (a->free_.load() && a->heap.load() == 0
            && a->memories.load() == 0 && a->code.load() == 0
            && a->zones.load() == 0 && a->buffers.load() == 0)
        {
            break;
        }
    }

    if (a == nullptr) {
        a = new (std::nothrow) Account;
        if (a == nullptr) {
            return nullptr;
        }

        a->next_ = all;
        all = a;
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
Account::Yields()
{
    if (isolate_ == nullptr || isolate_->heap_full
        || !isolate_->conf.give_up(isolate_->conf.data, 0))
    {
        return false;
    }

    if (!looking_) {
        Interrupt();
    }

    return true;
}


bool
Account::GiveUp()
{
    return account == this && isolate_ != nullptr
           && isolate_->conf.give_up(isolate_->conf.data, 1);
}


bool
Account::MayGrow(size_t n)
{
    size_t  held, live;

    live = isolate_ != nullptr ? isolate_->live : 0;
    held = memories.load(std::memory_order_relaxed)
           + buffers.load(std::memory_order_relaxed);

    if (n > limit_ || held > limit_ - n || !Fits(n)) {
        return false;
    }

    return held + live <= limit_ - n || (account == this && Yields());
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

    if (holds_too_much(iso) && iso->account->GiveUp()) {
        iso->isolate->MemoryPressureNotification(
            v8::MemoryPressureLevel::kCritical);
    }

    if (holds_too_much(iso) && !iso->account->Yields()) {
        iso->account->Full();
    }

    if (iso->lifted != 0 && !iso->heap_full) {
        lower_heap_limit(iso);
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

    if (Total() > limit_ + limit_ / 4
        && !(BlockFits(limit_ / 4) && Yields()))
    {
        look_ = static_cast<int64_t>(Native()) + kLargeBlock;
        Full();
        return;
    }

    Interrupt();
    look_ = static_cast<int64_t>(Native()) + limit_ / 16;
}


void
Account::WantLook()
{
    if (!looking_ && isolate_ != nullptr && !isolate_->heap_full) {
        Interrupt();
    }
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

    /* Where nothing may be freed yet it is asked for again. */

    if (holds_too_much(isolate_)) {
        (void) Yields();
    }
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
