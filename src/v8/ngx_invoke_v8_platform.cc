/*
 * V8's own platform, but for the tasks of isolates and for the memory of zones
 * (tricks/zones).
 *
 * V8 posts tasks for what it does later: time-outs of Atomics.waitAsync(), what
 * follows the compilation of WebAssembly, finalizers. Of those in libplatform's
 * own queues nobody can say whether there is one and when the next one is due,
 * for which a thread that sleeps has to know.
 */

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_map>

#include <libplatform/libplatform.h>

#include "ngx_invoke_v8_int.h"


/* Of one isolate. Any thread may post, the isolate's own takes. */

class Tasks : public v8::TaskRunner {
  public:
    typedef std::unique_ptr<v8::Task>  Task;

    explicit Tasks(v8::Platform *clock) : clock_(clock) {}

    void PostTask(Task task) override { Add(std::move(task), 0); }
    void PostNonNestableTask(Task task) override { Add(std::move(task), 0); }

    void PostDelayedTask(Task task, double delay) override {
        Add(std::move(task), delay);
    }

    void PostNonNestableDelayedTask(Task task, double delay) override {
        Add(std::move(task), delay);
    }

    void PostIdleTask(std::unique_ptr<v8::IdleTask>) override {}
    bool IdleTasksEnabled() override { return false; }
    bool NonNestableTasksEnabled() const override { return true; }
    bool NonNestableDelayedTasksEnabled() const override { return true; }

    /* One that is due, or NULL. */

    Task Take() {
        Task                         task;
        std::lock_guard<std::mutex>  lock(mutex_);

        if (!tasks_.empty()
            && tasks_.begin()->first <= clock_->MonotonicallyIncreasingTime())
        {
            task = std::move(tasks_.begin()->second);
            tasks_.erase(tasks_.begin());
        }

        return task;
    }

    /* Seconds until one is due; negative: there is none. */

    double Due() {
        std::lock_guard<std::mutex>  lock(mutex_);

        if (tasks_.empty()) {
            return -1;
        }

        return std::max(tasks_.begin()->first
                        - clock_->MonotonicallyIncreasingTime(), 0.0);
    }

    /* The isolate is about to end: nothing is taken any more. */

    void Close() {
        std::multimap<double, Task>  left;

        {
            std::lock_guard<std::mutex>  lock(mutex_);

            closed_ = true;
            left.swap(tasks_);
        }
    }

  private:
    void Add(Task task, double delay) {
        std::lock_guard<std::mutex>  lock(mutex_);

        if (!closed_) {
            tasks_.emplace(clock_->MonotonicallyIncreasingTime() + delay,
                           std::move(task));
        }
    }

    v8::Platform                 *clock_;
    std::mutex                    mutex_;
    std::multimap<double, Task>   tasks_;       /* by the time they are due */
    bool                          closed_ = false;
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

#if V8_MAJOR_VERSION < 11
    v8::ZoneBackingAllocator *GetZoneBackingAllocator() override {
        return zone_backing();
    }
#endif

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
    std::mutex                     mutex_;
    std::unordered_map<v8::Isolate *, std::shared_ptr<Tasks>>  tasks_;
};


/* Of the process, since V8 started. */
static Platform  *platform;


void
start_platform(int threads)
{
    platform = new Platform(threads);
    v8::V8::InitializePlatform(platform);
}


void
stop_platform()
{
#if V8_MAJOR_VERSION >= 11
    v8::V8::DisposePlatform();
#else
    v8::V8::ShutdownPlatform();
#endif
    delete platform;
    platform = nullptr;
}


std::shared_ptr<Tasks>
tasks_of(v8::Isolate *isolate)
{
    return platform->TasksOf(isolate);
}


void
close_tasks(ngx_invoke_v8_isolate_t *iso)
{
    iso->tasks->Close();
}


void
forget_tasks(v8::Isolate *isolate)
{
    platform->Forget(isolate);
}


int
ngx_invoke_v8_pump(ngx_invoke_v8_isolate_t *iso)
{
    Tasks::Task      task = iso->tasks->Take();
    v8::HandleScope  scope(iso->isolate);

    if (task == nullptr) {
        return 0;
    }

    iso->in_tasks = true;
    iso->owner = 0;

    task->Run();
    iso->in_tasks = false;

    return 1;
}


int64_t
ngx_invoke_v8_tasks_due(ngx_invoke_v8_isolate_t *iso)
{
    double  due = iso->tasks->Due();

    return due < 0 ? -1 : static_cast<int64_t>(due * 1e9);
}
