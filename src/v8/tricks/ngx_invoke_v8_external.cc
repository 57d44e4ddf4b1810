/*
 * Looks while V8 does not look up.
 *
 * A loop may call what V8 does natively for long before V8 looks up from it.
 * But V8 counts the memory of each of its objects that own some of C++ by this
 * function of its API, where it collects garbage as well. This definition
 * comes before the library's own.
 */

#include <dlfcn.h>

#include "ngx_invoke_v8_int.h"


typedef int64_t (*AdjustExternal)(v8::Isolate *isolate, int64_t change);


/* It has come here where no isolate runs: while the snapshot is made. */
static std::atomic<bool>  tried;


static AdjustExternal
adjust_external()
{
    return reinterpret_cast<AdjustExternal>(dlsym(RTLD_NEXT,
               "_ZN2v87Isolate37AdjustAmountOfExternalAllocatedMemoryEl"));
}


int64_t
v8::Isolate::AdjustAmountOfExternalAllocatedMemory(int64_t change)
{
    static const AdjustExternal  adjust = adjust_external();

    if (current == nullptr) {
        tried.store(true, std::memory_order_relaxed);

    } else if (change >= 0 && account != nullptr && current->isolate == this)
    {
        account->LookNow();
    }

    return adjust(this, change);
}


/* V8 counts the memory of each ArrayBuffer so. */

bool
external_is_looked_at(v8::Isolate *isolate)
{
    v8::HandleScope     scope(isolate);
    v8::Context::Scope  enter(v8::Context::New(isolate));

    tried.store(false, std::memory_order_relaxed);
    v8::ArrayBuffer::New(isolate, 1);

    return tried.load(std::memory_order_relaxed);
}
