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

    if (change >= 0 && account != nullptr && current != nullptr
        && current->isolate == this)
    {
        account->LookNow();
    }

    return adjust(this, change);
}
