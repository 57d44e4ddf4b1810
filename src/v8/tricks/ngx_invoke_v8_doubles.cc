/*
 * The numbers in objects of the snapshot.
 *
 * A field that has held nothing but numbers, one with a fraction or Infinity
 * among them, has its number in a box, into which V8 writes the next one. In a
 * snapshot V8 takes boxes for numbers, which never change, so that all contexts
 * of an isolate have the same one: what one function writes is then there for
 * all others. A field that has held other values as well has no box of its own,
 * but refers to a number that stays. V8 turns one kind into the other in place,
 * by the field's details alone, and so it is done here for all of them.
 *
 * No interface of V8 reaches details, so the words of the heap are looked
 * through for the arrays that maps have them in, in the process that only makes
 * the snapshot: see DescriptorArray in V8's src/objects/descriptor-array.tq.
 * What details look like is learnt from objects that are made for the purpose.
 * Where these do not look so, nothing is done.
 */

#include "ngx_invoke_v8_int.h"


using v8::internal::Address;


/* Words of an object, a map, a descriptor array, and a descriptor in it. */

enum {
    kObjectMap = 0,

    kMapDescriptors = 5,

    kArrayMap = 0,
    kArrayCounts = 1,           /* 16 bits each: all, and those in use */
    kArrayFirst = 3,

    kDescriptorKey = 0,
    kDescriptorDetails = 1,
    kDescriptorWords = 3
};


/* How many descriptors are in use: behind them is what is no details. */

static inline size_t
array_used(const Address *array)
{
    return array[kArrayCounts] >> 16 & 0xffff;
}


/* The array of an object of one field; nullptr: it does not look so. */

static Address *
sample_array(Local<v8::Array> samples, uint32_t i, const HeapPages &heap)
{
    Local<v8::Context>  context = samples->GetIsolate()->GetCurrentContext();
    Local<Value>        sample, key;
    Address            *words;

    sample = samples->Get(context, i).ToLocalChecked();
    key = sample.As<v8::Object>()->GetOwnPropertyNames(context)
          .ToLocalChecked()->Get(context, 0).ToLocalChecked();

    words = heap_words(*reinterpret_cast<Address *>(*sample), heap);

    if (words != nullptr) {
        words = heap_words(words[kObjectMap], heap);
    }

    if (words != nullptr) {
        words = heap_words(words[kMapDescriptors], heap);
    }

    if (words == nullptr || array_used(words) != 1
        || words[kArrayFirst + kDescriptorKey]
           != *reinterpret_cast<Address *>(*key))
    {
        return nullptr;
    }

    return words;
}


/* What tells the kind of a field in its details, and the kinds there are. */

struct Kinds {
    Address  mask;
    Address  boxed;
    Address  any;
};


/* False: details do not look so. */

static bool
learn_kinds(Address small, Address boxed, Address any, Kinds *kinds)
{
    Address  mask = (small | boxed | any) & ~(small & boxed & any);

    /* three bits side by side, of which each kind has one, in a Smi */

    if (__builtin_popcountll(mask) != 3
        || (small & mask) << 1 != (boxed & mask)
        || (boxed & mask) << 1 != (any & mask)
        || (int32_t) (small | boxed | any) != 0)
    {
        return false;
    }

    kinds->mask = mask | 0xffffffff;
    kinds->boxed = boxed & mask;
    kinds->any = any & mask;

    return true;
}


static void
unbox_array(Address *array, const Address *end, const Kinds &kinds)
{
    size_t    i, n = array_used(array);
    Address  *p = array + kArrayFirst;

    if (n > (array[kArrayCounts] & 0xffff)
        || n * kDescriptorWords > static_cast<size_t>(end - p))
    {
        return;
    }

    for (i = 0; i < n; i++, p += kDescriptorWords) {
        if ((p[kDescriptorDetails] & kinds.mask) == kinds.boxed
            && v8::internal::Internals::HasHeapObjectTag(p[kDescriptorKey]))
        {
            p[kDescriptorDetails] ^= kinds.boxed ^ kinds.any;
        }
    }
}


/* V8's heap must stand still from the samples on. */

bool
unbox_doubles(v8::Isolate *isolate)
{
    int                 i;
    Kinds               kinds;
    v8::HandleScope     scope(isolate);
    Local<v8::Context>  context = v8::Context::New(isolate);
    v8::Context::Scope  enter(context);
    Local<v8::Array>    samples;
    Address             type, details[3], *words, *end, *arrays[3];

    static const char  source[] =
        "(() => {"
        "    const small = { sampleSmall: 1 };"
        "    const boxed = { sampleBoxed: 0.5 };"
        "    const any = { sampleAny: 0.5 };"
        "    small.sampleSmall = 2;"
        "    boxed.sampleBoxed = 1.5;"
        "    any.sampleAny = undefined;"
        "    return [small, boxed, any];"
        "})()";

    samples = v8::Script::Compile(context, name(isolate, source))
              .ToLocalChecked()->Run(context).ToLocalChecked()
              .As<v8::Array>();

    const HeapPages  heap = heap_pages();

    for (i = 0; i < 3; i++) {
        arrays[i] = sample_array(samples, i, heap);

        if (arrays[i] == nullptr) {
            return false;
        }

        details[i] = arrays[i][kArrayFirst + kDescriptorDetails];
    }

    if (!learn_kinds(details[0], details[1], details[2], &kinds)) {
        return false;
    }

    type = arrays[0][kArrayMap];

    for (const auto &page : heap) {
        words = reinterpret_cast<Address *>(page.first);
        end = words + page.second / sizeof(Address);

        for (; words + kArrayFirst < end; words++) {
            if (*words == type) {
                unbox_array(words, end, kinds);
            }
        }
    }

    return arrays[1][kArrayFirst + kDescriptorDetails] == details[2];
}
