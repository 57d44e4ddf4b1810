/*
 * WebAssembly when it is first asked for.
 *
 * V8 makes the object WebAssembly anew for each context, since no snapshot can
 * hold it, and that is a quarter of what a context of its own costs. So V8 is
 * told not to, and the global object gets a property by which the context
 * makes it. What makes it is V8's own function, whose symbol the library
 * exports; where one does not, all is left as it is.
 */

#include <string.h>

#include "ngx_invoke_v8_int.h"


/* v8::internal::WasmJs::Install(Isolate *, bool exposed_on_global_object) */

extern "C" void wasm_install(v8::Isolate *isolate, bool global)
    __asm__("_ZN2v88internal6WasmJs7InstallEPNS0_7IsolateEb")
    __attribute__((weak));


static bool  wasm_lazy;


/* Whoever gives flags that concern WebAssembly gets V8's way. */

void
init_wasm(const char *flags)
{
    wasm_lazy = wasm_install != nullptr && strstr(flags, "wasm") == nullptr
                && strstr(flags, "jitless") == nullptr;

    if (wasm_lazy) {
        v8::V8::SetFlagsFromString("--no-expose-wasm --no-validate-asm");
    }
}


static void
wasm_define(Local<v8::Context> context)
{
    v8::Isolate  *isolate = context->GetIsolate();

    drop(context->Global()->SetLazyDataProperty(context,
             name(isolate, "WebAssembly"), wasm_getter, Local<Value>(),
             v8::DontEnum));
}


bool
wasm_can_be_lazy()
{
    return wasm_install != nullptr;
}


void
make_wasm_lazy(Local<v8::Context> context)
{
    if (wasm_lazy) {
        wasm_define(context);
    }
}


/* The hook "global" adds what V8 leaves to who has fetch() */

static void
wasm_complete(Local<v8::Context> context, Local<v8::Name> property,
    Local<Value> object)
{
    v8::TryCatch  caught(context->GetIsolate());
    Local<Value>  argv[2] = { property, object };

    drop(seldom(context, "global", 2, argv));
}


/*
 * V8 puts the object on the global object, where nothing may be by that name
 * and which has to take new properties, else it ends; afterwards it replaces
 * the lazy property that it has called this for.
 */

void
wasm_getter(Local<v8::Name> property,
    const v8::PropertyCallbackInfo<Value> &info)
{
    v8::Isolate         *isolate = info.GetIsolate();
    Local<Value>         value = v8::Undefined(isolate);
    Local<v8::Name>      probe = v8::Symbol::New(isolate);
    Local<v8::Context>   context = isolate->GetCurrentContext();
    Local<v8::Object>    global = context->Global();

    if (!global->CreateDataProperty(context, probe, value).FromMaybe(false)
        || !global->Delete(context, probe).FromMaybe(false)
        || !global->Delete(context, property).FromMaybe(false))
    {
        return;
    }

    wasm_install(isolate, true);

    if (global->Get(context, property).ToLocal(&value)) {
        wasm_complete(context, property, value);
        info.GetReturnValue().Set(value);
    }

    drop(global->Delete(context, property));
    wasm_define(context);
}
