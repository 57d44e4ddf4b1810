/*
 * No end while V8 begins with a module.
 *
 * Who ends JavaScript from outside does it where V8 looks for interrupts. Two
 * of these places are among V8's own steps of the evaluation of a module,
 * before the first one and in the call of then() for one that awaits, and V8
 * ends the process when it cannot go on there. So interrupts wait during these
 * steps, until the code of a module runs.
 *
 * What then() calls may be JavaScript as well, by the constructor of a promise:
 * so the promise, which nobody else sees, gets no prototype to have it from.
 *
 * V8 calls all of these by their symbols, so that the definitions here come
 * before its own.
 */

#include <dlfcn.h>

#include "ngx_invoke_v8_int.h"


using v8::internal::Address;


/*
 * v8::internal::StackGuard::HandleInterrupts() and HasTerminationRequest(),
 * SourceTextModule::ExecuteAsyncModule(), Execution::CallBuiltin() and
 * TryCall(). A Maybe<bool> is two bytes, handles are pointers.
 */

#define handle_interrupts_symbol                                             \
    "_ZN2v88internal10StackGuard16HandleInterruptsEv"
#define has_termination_symbol                                               \
    "_ZN2v88internal10StackGuard21HasTerminationRequestEv"
#define execute_async_symbol                                                 \
    "_ZN2v88internal16SourceTextModule18ExecuteAsyncModule"                  \
    "EPNS0_7IsolateENS0_6HandleIS1_EE"
#define call_builtin_symbol                                                  \
    "_ZN2v88internal9Execution11CallBuiltin"                                 \
    "EPNS0_7IsolateENS0_6HandleINS0_10JSFunctionEEENS4_INS0_6ObjectEEEiPS8_"
#define try_call_symbol                                                      \
    "_ZN2v88internal9Execution7TryCall"                                      \
    "EPNS0_7IsolateENS0_6HandleINS0_6ObjectEEES6_iPS6_"                      \
    "NS1_15MessageHandlingEPNS0_11MaybeHandleIS5_EEb"


#pragma GCC visibility push(default)

extern "C" Address handle_interrupts(void *guard)
    __asm__(handle_interrupts_symbol);
extern "C" bool has_termination(void *guard)
    __asm__(has_termination_symbol);
extern "C" uint16_t execute_async(v8::Isolate *isolate, void *module)
    __asm__(execute_async_symbol);
extern "C" void *call_builtin(v8::Isolate *isolate, void *function,
    Local<v8::Object> receiver, int argc, void *argv)
    __asm__(call_builtin_symbol);
extern "C" void *try_call(v8::Isolate *isolate, void *callable, void *receiver,
    int argc, void *argv, int handling, void *exception, bool keep)
    __asm__(try_call_symbol);

#pragma GCC visibility pop


__thread v8::Isolate  *held_in;

/* Of the functions here, those that V8 has called while no isolate runs. */

enum {
    kHandleInterrupts = 1,
    kHasTermination = 2,
    kExecuteAsync = 4,
    kCallBuiltin = 8,
    kTryCall = 16,
    kAll = 31
};

static int  seen;


/* V8's own definition of a function. */

template <typename Function>
static Function *
next_after(Function *, const char *symbol)
{
    return reinterpret_cast<Function *>(dlsym(RTLD_NEXT, symbol));
}


static inline void
came_to(int function)
{
    if (current == nullptr) {
        seen |= function;
    }
}


/* They stay requested, until V8 looks again. */

Address
handle_interrupts(void *guard)
{
    static const auto  next = next_after(handle_interrupts,
                                         handle_interrupts_symbol);

    came_to(kHandleInterrupts);

    if (held_in != nullptr) {
        return *reinterpret_cast<Address *>(*v8::Undefined(held_in));
    }

    return next(guard);
}


bool
has_termination(void *guard)
{
    static const auto  next = next_after(has_termination,
                                         has_termination_symbol);

    came_to(kHasTermination);

    return held_in == nullptr && next(guard);
}


uint16_t
execute_async(v8::Isolate *isolate, void *module)
{
    static const auto  next = next_after(execute_async,
                                         execute_async_symbol);
    HoldInterrupts     hold(isolate);

    came_to(kExecuteAsync);

    return next(isolate, module);
}


void *
call_builtin(v8::Isolate *isolate, void *function, Local<v8::Object> receiver,
    int argc, void *argv)
{
    static const auto  next = next_after(call_builtin,
                                         call_builtin_symbol);

    came_to(kCallBuiltin);

    if (held_in != nullptr) {
        drop(receiver->SetPrototype(isolate->GetCurrentContext(),
                                    v8::Null(isolate)));
    }

    return next(isolate, function, receiver, argc, argv);
}


/* The code of a module, and much else that is JavaScript. */

void *
try_call(v8::Isolate *isolate, void *callable, void *receiver, int argc,
    void *argv, int handling, void *exception, bool keep)
{
    static const auto  next = next_after(try_call,
                                         try_call_symbol);
    HoldInterrupts     none(nullptr);

    came_to(kTryCall);

    return next(isolate, callable, receiver, argc, argv, handling, exception,
                keep);
}


/* A module that awaits comes to all of them. */

bool
interrupts_can_wait(v8::Isolate *isolate)
{
    v8::HandleScope                      scope(isolate);
    std::unique_ptr<v8::MicrotaskQueue>  jobs;
    Local<v8::Context>                   context;
    Local<v8::Module>                    module;

    static const char  text[] = "await 0;";

    jobs = v8::MicrotaskQueue::New(isolate);
    context = v8::Context::New(isolate, nullptr, {}, {}, {}, jobs.get());

    v8::Context::Scope          enter(context);
    v8::ScriptOrigin            origin(isolate, name(isolate, "await"), 0, 0,
                                       false, -1, Local<Value>(), false, false,
                                       true);
    v8::ScriptCompiler::Source  source(name(isolate, text), origin);

    seen = 0;
    isolate->RequestInterrupt([](v8::Isolate *, void *) {}, nullptr);

    module = v8::ScriptCompiler::CompileModule(isolate, &source)
             .ToLocalChecked();

    drop(module->InstantiateModule(context, nullptr));
    drop(module->Evaluate(context));

    return seen == kAll;
}
