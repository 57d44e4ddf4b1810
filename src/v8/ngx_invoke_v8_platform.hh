/*
 * A part of ngx_invoke_v8.cc: V8's platform, and the tasks that it has for the
 * threads of isolates.
 *
 * libplatform's own is taken for all but these: of its tasks nobody can say
 * whether there is one and when the next one is due, for which a thread that
 * sleeps has to know. V8 posts them for what it does later: time-outs of
 * Atomics.waitAsync(), compilation of WebAssembly, finalizers.
 */


#ifndef _NGX_INVOKE_V8_PLATFORM_HH_INCLUDED_
#define _NGX_INVOKE_V8_PLATFORM_HH_INCLUDED_


#include <map>
#include <mutex>
#include <unordered_map>

#include "ngx_invoke_v8_types.hh"


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
        : base_(v8::platform::NewDefaultPlatform(threads)) {}

    std::shared_ptr<Tasks> TasksOf(v8::Isolate *isolate) {
        std::lock_guard<std::mutex>  lock(mutex_);
        std::shared_ptr<Tasks>      &tasks = tasks_[isolate];

        if (tasks == nullptr) {
            tasks = std::make_shared<Tasks>(base_.get());
        }

        return tasks;
    }

    void Forget(v8::Isolate *isolate) {
        std::lock_guard<std::mutex>  lock(mutex_);

        tasks_.erase(isolate);
    }

    std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(
        v8::Isolate *isolate) override
    {
        return TasksOf(isolate);
    }

    v8::PageAllocator *GetPageAllocator() override {
        return base_->GetPageAllocator();
    }

    int NumberOfWorkerThreads() override {
        return base_->NumberOfWorkerThreads();
    }

    void CallOnWorkerThread(std::unique_ptr<v8::Task> task) override {
        base_->CallOnWorkerThread(std::move(task));
    }

    void CallDelayedOnWorkerThread(std::unique_ptr<v8::Task> task,
        double delay) override
    {
        base_->CallDelayedOnWorkerThread(std::move(task), delay);
    }

    std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority,
        std::unique_ptr<v8::JobTask> job) override
    {
        return base_->PostJob(priority, std::move(job));
    }

#if V8_MAJOR_VERSION >= 11
    std::unique_ptr<v8::JobHandle> CreateJob(v8::TaskPriority priority,
        std::unique_ptr<v8::JobTask> job) override
    {
        return base_->CreateJob(priority, std::move(job));
    }
#endif

    double MonotonicallyIncreasingTime() override {
        return base_->MonotonicallyIncreasingTime();
    }

    double CurrentClockTimeMillis() override {
        return base_->CurrentClockTimeMillis();
    }

    StackTracePrinter GetStackTracePrinter() override {
        return base_->GetStackTracePrinter();
    }

    v8::TracingController *GetTracingController() override {
        return base_->GetTracingController();
    }

  private:
    std::unique_ptr<v8::Platform>  base_;
    std::mutex                     mutex_;
    std::unordered_map<v8::Isolate *, std::shared_ptr<Tasks>>  tasks_;
};


/* Of the process, since V8 started. */
static Platform  *platform;


int
ngx_invoke_v8_pump(ngx_invoke_v8_isolate_t *iso)
{
    int              n = 0;
    Tasks::Task      task;
    v8::HandleScope  scope(iso->isolate);

    iso->in_tasks = true;
    iso->owner = 0;

    while ((task = iso->tasks->Take()) != nullptr) {
        task->Run();
        n = 1;
    }

    iso->in_tasks = false;

    return n;
}


int64_t
ngx_invoke_v8_tasks_due(ngx_invoke_v8_isolate_t *iso)
{
    double  due = iso->tasks->Due();

    return due < 0 ? -1 : static_cast<int64_t>(due * 1e9);
}


#endif /* _NGX_INVOKE_V8_PLATFORM_HH_INCLUDED_ */
