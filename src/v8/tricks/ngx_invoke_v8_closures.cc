/*
 * The closures of the snapshot.
 *
 * V8 gives each closure that JavaScript makes a cell for what it learns of its
 * calls. In a snapshot they are empty, but each context gets some thousand of
 * them. V8 itself has one cell for all functions that come without one, and
 * gives a function a cell of its own when it is first called; so before the
 * snapshot is written its closures get that one.
 *
 * No interface of V8 reaches cells, so the words of the heap are looked
 * through for closures, in the process that only makes the snapshot. A closure
 * is told by the types of three of the words that it consists of: see
 * JSFunction in V8's src/objects/js-function.tq. Where closures made for the
 * purpose do not look so, nothing is done.
 */

#include "ngx_invoke_v8_int.h"


using v8::internal::Address;


/* Words of a closure. */

enum {
    kClosureMap = 0,
    kClosureShared = 3,         /* what all closures of its code share */
    kClosureCell = 5,
    kClosureWords = 6
};


static Address *
closure_words(Local<Value> closure)
{
    return reinterpret_cast<Address *>(*reinterpret_cast<Address *>(*closure)
                                       - v8::internal::kHeapObjectTag);
}


/* The type of a heap object, by its first word; 0: it is in no such page. */

static Address
heap_type(Address object, const HeapPages &heap)
{
    Address  *words = heap_words(object, heap);

    return words != nullptr ? *words : 0;
}


static void
no_callback(const v8::FunctionCallbackInfo<Value> &info)
{
}


/* V8's heap must stand still from the samples on. */

bool
share_closure_cells(v8::Isolate *isolate)
{
    v8::HandleScope       scope(isolate);
    Local<v8::Context>    context = v8::Context::New(isolate);
    v8::Context::Scope    enter(context);
    Local<Value>          once, again, native;
    Local<v8::Array>      samples;
    Address               map, shared, first, more, common, *words, *end;

    static const char  source[] =
        "(() => {"
        "    const once = () => () => {}, more = () => () => {};"
        "    more();"
        "    return [once(), more()];"
        "})()";

    samples = v8::Script::Compile(context, name(isolate, source))
              .ToLocalChecked()->Run(context).ToLocalChecked()
              .As<v8::Array>();
    once = samples->Get(context, 0).ToLocalChecked();
    again = samples->Get(context, 1).ToLocalChecked();
    native = v8::Function::New(context, no_callback).ToLocalChecked();

    const HeapPages  heap = heap_pages();

    common = closure_words(native)[kClosureCell];
    words = closure_words(once);
    map = heap_type(words[kClosureMap], heap);
    shared = heap_type(words[kClosureShared], heap);
    first = heap_type(words[kClosureCell], heap);
    more = heap_type(closure_words(again)[kClosureCell], heap);

    if (map == 0 || shared == 0 || first == 0 || more == 0 || first == more
        || heap_type(common, heap) != more)
    {
        return false;
    }

    for (const auto &page : heap) {
        words = reinterpret_cast<Address *>(page.first);
        end = words + page.second / sizeof(Address) - kClosureWords;

        for (; words <= end; words++) {
            Address  cell = heap_type(words[kClosureCell], heap);

            if ((cell == first || cell == more)
                && heap_type(words[kClosureShared], heap) == shared
                && heap_type(words[kClosureMap], heap) == map)
            {
                words[kClosureCell] = common;
            }
        }
    }

    return true;
}
