/*
 * Objects that own memory of C.
 */

#include "ngx_invoke_v8_int.h"


/* On a list of its isolate: V8 tells of no object when an isolate ends. */

struct Holder {
    Holder                    *next;
    Holder                   **link;
    ngx_invoke_v8_isolate_t   *iso;
    v8::Global<v8::Object>     object;
    const void                *kind;
    void                      *data;
    size_t                     size;
    void                     (*release)(void *data);
};


static void
free_holder(Holder *h)
{
    *h->link = h->next;

    if (h->next != nullptr) {
        h->next->link = h->link;
    }

    h->object.Reset();
    h->release(h->data);
    h->iso->isolate->AdjustAmountOfExternalAllocatedMemory(
        -static_cast<int64_t>(h->size));
    delete h;
}


void
free_holders(ngx_invoke_v8_isolate_t *iso)
{
    while (iso->holders != nullptr) {
        free_holder(iso->holders);
    }

    iso->holder.Reset();
}


static MaybeLocal<v8::Object>
new_object(ngx_invoke_v8_call_t *call)
{
    Local<v8::ObjectTemplate>  shape;

    if (current->holder.IsEmpty()) {
        shape = v8::ObjectTemplate::New(call->isolate);
        shape->SetInternalFieldCount(2);
        current->holder.Reset(call->isolate, shape);
    }

    return current->holder.Get(call->isolate)->NewInstance(call->context);
}


/* Buffers and their views have two internal fields as well, of V8's. */

int
ngx_invoke_v8_is_carrier(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    return v->IsObject() && !v->IsArrayBuffer() && !v->IsSharedArrayBuffer()
           && !v->IsArrayBufferView()
           && v.As<v8::Object>()->InternalFieldCount() == 2;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_carrier(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t model)
{
    Local<v8::Object>  object;

    if (ngx_invoke_v8_is_carrier(model)
        && unwrap(model).As<v8::Object>()
           ->GetAlignedPointerFromInternalField(1) == nullptr)
    {
        object = unwrap(model).As<v8::Object>()->Clone();

        return wrap(object.As<Value>());
    }

    if (!new_object(call).ToLocal(&object)) {
        return nullptr;
    }

    object->SetAlignedPointerInInternalField(0, nullptr);
    object->SetAlignedPointerInInternalField(1, nullptr);

    return wrap(object.As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_holder(ngx_invoke_v8_call_t *call, const void *kind,
    void *data, size_t size, void (*release)(void *data))
{
    Holder             *h;
    Local<v8::Object>   object;

    if (!new_object(call).ToLocal(&object)) {
        release(data);
        return nullptr;
    }

    h = new Holder;
    h->next = current->holders;
    h->link = &current->holders;
    h->iso = current;
    h->kind = kind;
    h->data = data;
    h->size = size;
    h->release = release;

    if (h->next != nullptr) {
        h->next->link = &h->next;
    }

    current->holders = h;

    call->isolate->AdjustAmountOfExternalAllocatedMemory(size);

    object->SetAlignedPointerInInternalField(0, &current->holders);
    object->SetAlignedPointerInInternalField(1, h);

    h->object.Reset(call->isolate, object);
    h->object.SetWeak(h, [](const v8::WeakCallbackInfo<Holder> &info) {
        info.GetParameter()->object.Reset();
        info.SetSecondPassCallback(
            [](const v8::WeakCallbackInfo<Holder> &info) {
                free_holder(info.GetParameter());
            });
    }, v8::WeakCallbackType::kParameter);

    return wrap(object.As<Value>());
}


void *
ngx_invoke_v8_holder(ngx_invoke_v8_value_t value, const void *kind)
{
    Holder             *h;
    Local<Value>        v = unwrap(value);
    Local<v8::Object>   object;

    if (!v->IsObject()) {
        return nullptr;
    }

    object = v.As<v8::Object>();

    if (object->InternalFieldCount() != 2
        || object->GetAlignedPointerFromInternalField(0)
           != &current->holders)
    {
        return nullptr;
    }

    h = static_cast<Holder *>(object->GetAlignedPointerFromInternalField(1));

    return h->kind == kind ? h->data : nullptr;
}
