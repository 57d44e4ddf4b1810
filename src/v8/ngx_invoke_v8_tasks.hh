/*
 * A part of ngx_invoke_v8.cc: the tasks that V8 has for the threads of isolates.
 *
 * It posts them for what it does later: time-outs of Atomics.waitAsync(), what
 * follows the compilation of WebAssembly, finalizers. Of those in libplatform's
 * own queues nobody can say whether there is one and when the next one is due,
 * for which a thread that sleeps has to know.
 */


#ifndef _NGX_INVOKE_V8_TASKS_HH_INCLUDED_
#define _NGX_INVOKE_V8_TASKS_HH_INCLUDED_


#include <algorithm>
#include <map>
#include <mutex>

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


#endif /* _NGX_INVOKE_V8_TASKS_HH_INCLUDED_ */
