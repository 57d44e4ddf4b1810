/*
 * A part of ngx_invoke_v8.cc: V8's own platform, but for the tasks of isolates
 * and for the memory of zones, by which the parser, the compilers and regular
 * expressions work.
 */


#ifndef _NGX_INVOKE_V8_PLATFORM_HH_INCLUDED_
#define _NGX_INVOKE_V8_PLATFORM_HH_INCLUDED_


#include <unordered_map>

#include "ngx_invoke_v8_tasks.hh"


/* Before each segment of a zone; V8 wants what malloc() aligns to. */

struct alignas(16) ZoneHead {
    Account  *account;
    size_t    size;
};


/*
 * V8 cannot unwind a zone that gets no memory, so that the isolate's thread is
 * parked then; on other threads that would end the process.
 */

static void *
zone_allocate(size_t n)
{
    ZoneHead  *head;

    n += sizeof(ZoneHead);

    if (account != nullptr && !account->ZoneFits(n)) {
        return nullptr;
    }

    head = static_cast<ZoneHead *>(malloc(n));

    if (head == nullptr) {
        return nullptr;
    }

    head->account = account;
    head->size = n;

    if (account != nullptr) {
        account->zones.fetch_add(n, std::memory_order_relaxed);
        account->ZoneGrown();
    }

    return head + 1;
}


static void
zone_free(void *p)
{
    ZoneHead  *head = static_cast<ZoneHead *>(p) - 1;

    if (head->account != nullptr) {
        head->account->zones.fetch_sub(head->size, std::memory_order_relaxed);
    }

    free(head);
}


class Zones : public v8::ZoneBackingAllocator {
  public:
    MallocFn GetMallocFn() const override { return zone_allocate; }
    FreeFn GetFreeFn() const override { return zone_free; }
};


class Platform : public v8::Platform {
  public:
    explicit Platform(int threads)
        : inner_(v8::platform::NewDefaultPlatform(threads)) {}

    std::shared_ptr<Tasks> TasksOf(v8::Isolate *isolate) {
        std::lock_guard<std::mutex>  lock(mutex_);
        std::shared_ptr<Tasks>      &tasks = tasks_[isolate];

        if (tasks == nullptr) {
            tasks = std::make_shared<Tasks>(inner_.get());
        }

        return tasks;
    }

    void Forget(v8::Isolate *isolate) {
        std::lock_guard<std::mutex>  lock(mutex_);

        tasks_.erase(isolate);
    }

    v8::PageAllocator *GetPageAllocator() override {
        return inner_->GetPageAllocator();
    }

    v8::ZoneBackingAllocator *GetZoneBackingAllocator() override {
        return &zones_;
    }

    int NumberOfWorkerThreads() override {
        return inner_->NumberOfWorkerThreads();
    }

    std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(
        v8::Isolate *isolate) override
    {
        return TasksOf(isolate);
    }

    void CallOnWorkerThread(std::unique_ptr<v8::Task> task) override {
        inner_->CallOnWorkerThread(std::move(task));
    }

    void CallBlockingTaskOnWorkerThread(std::unique_ptr<v8::Task> task)
        override
    {
        inner_->CallBlockingTaskOnWorkerThread(std::move(task));
    }

    void CallLowPriorityTaskOnWorkerThread(std::unique_ptr<v8::Task> task)
        override
    {
        inner_->CallLowPriorityTaskOnWorkerThread(std::move(task));
    }

    void CallDelayedOnWorkerThread(std::unique_ptr<v8::Task> task,
        double delay) override
    {
        inner_->CallDelayedOnWorkerThread(std::move(task), delay);
    }

    std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority,
        std::unique_ptr<v8::JobTask> task) override
    {
        return inner_->PostJob(priority, std::move(task));
    }

#if V8_MAJOR_VERSION >= 11
    std::unique_ptr<v8::JobHandle> CreateJob(v8::TaskPriority priority,
        std::unique_ptr<v8::JobTask> task) override
    {
        return inner_->CreateJob(priority, std::move(task));
    }
#endif

    double MonotonicallyIncreasingTime() override {
        return inner_->MonotonicallyIncreasingTime();
    }

    double CurrentClockTimeMillis() override {
        return inner_->CurrentClockTimeMillis();
    }

    v8::TracingController *GetTracingController() override {
        return inner_->GetTracingController();
    }

  private:
    std::unique_ptr<v8::Platform>  inner_;
    Zones                          zones_;
    std::mutex                     mutex_;
    std::unordered_map<v8::Isolate *, std::shared_ptr<Tasks>>  tasks_;
};


/* Of the process, since V8 started. */
static Platform  *platform;


#endif /* _NGX_INVOKE_V8_PLATFORM_HH_INCLUDED_ */
