/*
 * amaro, which is swc in WebAssembly, in a context without anything of ours but
 * module/strip, and what that needs of C++.
 */

#include "ngx_invoke_v8_int.h"
#include "ngx_invoke_v8_strip.h"


struct ngx_invoke_v8_stripper_s {
    ngx_invoke_v8_isolate_t     *iso;
    v8::Global<v8::Context>      context;
    v8::Global<v8::Function>     strip;
};


static MaybeLocal<v8::String>
utf8(v8::Isolate *isolate, const void *data, size_t len)
{
    if (len > static_cast<size_t>(v8::String::kMaxLength)) {
        return MaybeLocal<v8::String>();
    }

    return v8::String::NewFromUtf8(isolate, static_cast<const char *>(data),
                                   v8::NewStringType::kNormal,
                                   static_cast<int>(len));
}


/* decode(bytes) */

static void
decode(const v8::FunctionCallbackInfo<Value> &info)
{
    Local<v8::String>           text;
    Local<v8::ArrayBufferView>  view = info[0].As<v8::ArrayBufferView>();
    const char                 *data;

    data = static_cast<const char *>(view->Buffer()->GetBackingStore()->Data())
           + view->ByteOffset();

    if (utf8(info.GetIsolate(), data, view->ByteLength()).ToLocal(&text)) {
        info.GetReturnValue().Set(text);
    }
}


/* encode(text, bytes): how many of them it took */

static void
encode(const v8::FunctionCallbackInfo<Value> &info)
{
    Local<v8::ArrayBufferView>  view = info[1].As<v8::ArrayBufferView>();
    char                       *data;

    data = static_cast<char *>(view->Buffer()->GetBackingStore()->Data())
           + view->ByteOffset();

    info.GetReturnValue().Set(
        info[0].As<v8::String>()->WriteUtf8(info.GetIsolate(), data,
            static_cast<int>(view->ByteLength()), nullptr,
            v8::String::NO_NULL_TERMINATION
            | v8::String::REPLACE_INVALID_UTF8));
}


/* An ArrayBuffer of the module's own bytes, which nobody writes to. */

static Local<Value>
wasm(v8::Isolate *isolate)
{
    std::unique_ptr<v8::BackingStore>  store
        = v8::ArrayBuffer::NewBackingStore(
              const_cast<unsigned char *>(ngx_invoke_js_wasm),
              ngx_invoke_js_wasm_len, [](void *, size_t, void *) {}, nullptr);

    return v8::ArrayBuffer::New(isolate, std::move(store));
}


/* The function that a script of the module's own files evaluates to. */

static MaybeLocal<v8::Function>
run_file(Local<v8::Context> context, const char *file)
{
    int                       index = find_file(file);
    Local<Value>              f;
    v8::Isolate              *isolate = context->GetIsolate();
    Local<v8::UnboundScript>  script;

    if (index < 0
        || !compile_unbound(isolate, index, nullptr).ToLocal(&script)
        || !script->BindToCurrentContext()->Run(context).ToLocal(&f))
    {
        return MaybeLocal<v8::Function>();
    }

    return f.As<v8::Function>();
}


static bool
start(ngx_invoke_v8_stripper_t *s)
{
    int                  i;
    v8::Isolate         *isolate = s->iso->isolate;
    v8::HandleScope      scope(isolate);
    v8::TryCatch         caught(isolate);
    Local<Value>         argv[5], given[4], strip;
    Local<v8::Object>    module;
    Local<v8::Context>   context = v8::Context::New(isolate);
    v8::Context::Scope   enter(context);
    Local<v8::Function>  glue, amaro, native;

    /* what callbacks of the isolate look at, and is in no such context */

    for (i = kHooksSlot; i <= kAfterSlot; i++) {
        if (i == kContextSlot) {
            context->SetAlignedPointerInEmbedderData(i, nullptr);

        } else {
            context->SetEmbedderData(i, v8::Undefined(isolate));
        }
    }

    make_wasm_lazy(context);

    module = v8::Object::New(isolate);

    if (!run_file(context, "invoke/module/strip").ToLocal(&glue)
        || !run_file(context, "npm/amaro/dist/index").ToLocal(&amaro)
        || !v8::Function::New(context, decode).ToLocal(&native))
    {
        return false;
    }

    given[0] = amaro;
    given[1] = wasm(isolate);
    given[2] = native;

    if (!v8::Function::New(context, encode).ToLocal(&native)) {
        return false;
    }

    given[3] = native;

    argv[0] = v8::Object::New(isolate);
    argv[1] = v8::Undefined(isolate);
    argv[2] = module;
    argv[3] = v8::Array::New(isolate, given, 4);
    argv[4] = v8::Undefined(isolate);

    if (glue->Call(context, v8::Undefined(isolate), 5, argv).IsEmpty()
        || !module->Get(context, name(isolate, "exports")).ToLocal(&strip)
        || !strip->IsFunction())
    {
        return false;
    }

    s->context.Reset(isolate, context);
    s->strip.Reset(isolate, strip.As<v8::Function>());

    return true;
}


const char *
ngx_invoke_v8_amaro(void)
{
    return ngx_invoke_js_wasm_len != 0 ? ngx_invoke_js_wasm_version : nullptr;
}


ngx_invoke_v8_stripper_t *
ngx_invoke_v8_stripper_create(const ngx_invoke_v8_conf_t *conf)
{
    ngx_invoke_v8_stripper_t  *s;

    s = new (std::nothrow) ngx_invoke_v8_stripper_t;
    if (s == nullptr) {
        return nullptr;
    }

    s->iso = ngx_invoke_v8_isolate_create(conf);

    if (s->iso == nullptr) {
        delete s;
        return nullptr;
    }

    return s;
}


void
ngx_invoke_v8_stripper_free(ngx_invoke_v8_stripper_t *s)
{
    s->strip.Reset();
    s->context.Reset();
    ngx_invoke_v8_isolate_free(s->iso);
    delete s;
}


ngx_invoke_v8_isolate_t *
ngx_invoke_v8_stripper_isolate(ngx_invoke_v8_stripper_t *s)
{
    return s->iso;
}


/* What has ended it: nothing of its own is said of termination and memory. */

static std::string
failure(v8::Isolate *isolate, const v8::TryCatch &caught)
{
    if (!caught.HasCaught() || !caught.CanContinue()) {
        return "it takes too long, or too much memory";
    }

    v8::String::Utf8Value  text(isolate, caught.Exception());

    return *text != nullptr ? *text : "an error";
}


static char *
copy(const char *data, size_t len)
{
    char  *p = static_cast<char *>(malloc(len + 1));

    if (p != nullptr) {
        memcpy(p, data, len);
        p[len] = '\0';
    }

    return p;
}


/*
 * [0, text] or [1, JSON]. What has run out of stack or of memory may have left
 * amaro's own memory in any state.
 */

ngx_invoke_v8_stripped_e
ngx_invoke_v8_strip(ngx_invoke_v8_stripper_t *s, const void *text, size_t len,
    char **out, size_t *out_len)
{
    v8::Isolate        *isolate = s->iso->isolate;
    v8::HandleScope     scope(isolate);
    v8::TryCatch        caught(isolate);
    Local<Value>        result, refused, told, argv[1];
    std::string         error;
    Local<v8::String>   source;

    if ((s->context.IsEmpty() && !start(s))
        || !utf8(isolate, text, len).ToLocal(&source))
    {
        error = failure(isolate, caught);

    } else {
        Local<v8::Context>  context = s->context.Get(isolate);
        v8::Context::Scope  enter(context);

        argv[0] = source;

        if (s->strip.Get(isolate)->Call(context, v8::Undefined(isolate), 1,
                                        argv)
            .ToLocal(&result)
            && result.As<v8::Object>()->Get(context, 0).ToLocal(&refused)
            && result.As<v8::Object>()->Get(context, 1).ToLocal(&told))
        {
            v8::String::Utf8Value  bytes(isolate, told);

            *out_len = bytes.length();
            *out = copy(*bytes, *out_len);

            return refused->IsTrue() ? NGX_INVOKE_V8_UNSTRIPPABLE
                                     : NGX_INVOKE_V8_STRIPPED;
        }

        error = failure(isolate, caught);
    }

    *out_len = error.length();
    *out = copy(error.data(), *out_len);

    return NGX_INVOKE_V8_STRIP_FAILED;
}
