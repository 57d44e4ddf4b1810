/*
 * Scripts of users.
 */

#include <stdlib.h>
#include <string.h>

#include "ngx_invoke_v8_int.h"


class SharedString : public v8::String::ExternalOneByteStringResource {
  public:
    explicit SharedString(const ngx_invoke_v8_source_t *source)
        : source_(*source) {}

    ~SharedString() override { source_.release(source_.owner); }

    const char *data() const override {
        return static_cast<const char *>(source_.data);
    }

    size_t length() const override { return source_.len; }

  private:
    ngx_invoke_v8_source_t  source_;
};


MaybeLocal<v8::String>
source_string(v8::Isolate *isolate, const ngx_invoke_v8_source_t *source)
{
    int                     len = static_cast<int>(source->len);
    Local<v8::String>       made;
    MaybeLocal<v8::String>  text;

    if (source->len > INT32_MAX) {
        len = INT32_MAX;
    }

    if (source->encoding == NGX_INVOKE_V8_LATIN1 && long_text(source->len)) {
        text = long_latin1(isolate, source->data, len);

        if (source->release != nullptr) {
            source->release(source->owner);
        }

        return text;
    }

    if (source->release != nullptr
        && source->encoding == NGX_INVOKE_V8_LATIN1)
    {
        SharedString  *shared = new SharedString(source);

        text = v8::String::NewExternalOneByte(isolate, shared);
        if (text.IsEmpty()) {
            delete shared;
        }

        return text;
    }

    if (source->encoding == NGX_INVOKE_V8_LATIN1) {
        text = v8::String::NewFromOneByte(isolate,
                   static_cast<const uint8_t *>(source->data),
                   v8::NewStringType::kNormal, len);

    } else {
        text = v8::String::NewFromUtf8(isolate,
                   static_cast<const char *>(source->data),
                   v8::NewStringType::kNormal, len);
    }

    if (source->release != nullptr) {
        source->release(source->owner);
    }

    return text.ToLocal(&made) && long_text(made->Length())
           ? long_text_of(isolate, made) : text;
}


static void
put_before_stack(ngx_invoke_v8_call_t *call, Local<Value> exception,
    std::string text)
{
    Local<Value>       stack;
    Local<v8::String>  decorated, key = name(call->isolate, "stack");

    if (!exception.As<v8::Object>()->Get(call->context, key).ToLocal(&stack)) {
        return;
    }

    v8::String::Utf8Value  rest(call->isolate, stack);

    text += std::string("\n") + (*rest ? *rest : "");

    if (v8::String::NewFromUtf8(call->isolate, text.c_str())
        .ToLocal(&decorated))
    {
        drop(exception.As<v8::Object>()
             ->DefineOwnProperty(call->context, key, decorated,
                                 v8::DontEnum));
    }
}


/*
 * As Node does: the place and the source line go before the stack. Before the
 * first line V8 has what was put in front of the file.
 */

static void
decorate_syntax_error(ngx_invoke_v8_call_t *call, v8::TryCatch *caught,
    int column)
{
    int                      start, end, i, number;
    Local<v8::String>        line;
    Local<v8::Message>       message = caught->Message();
    Local<Value>             exception = caught->Exception();

    if (message.IsEmpty() || !exception->IsObject()
        || !message->GetSourceLine(call->context).ToLocal(&line))
    {
        return;
    }

    start = message->GetStartColumn(call->context).FromMaybe(0);
    end = message->GetEndColumn(call->context).FromMaybe(start + 1);

    v8::String::Utf8Value  file(call->isolate,
                                message->GetScriptResourceName());
    v8::String::Utf8Value  utf8(call->isolate, line);

    number = message->GetLineNumber(call->context).FromMaybe(0);

    std::string  source(*utf8 ? *utf8 : "");

    if (number == 1 && column < 0) {
        source.erase(0, -column);
    }

    std::string  text = std::string(*file ? *file : "?") + ":"
        + std::to_string(number) + ":" + std::to_string(start + 1) + "\n";

    if (!source.empty() && source.length() < 512) {
        text += source + "\n";

        for (i = 0; i < start && i < (int) source.length(); i++) {
            text += source[i] == '\t' ? '\t' : ' ';
        }

        for (i = start; i < end && i < start + 512; i++) {
            text += '^';
        }

        text += "\n";
    }

    put_before_stack(call, exception, text);
}


/* A termination that was asked for comes when a function is entered. */

static void
meet_termination(ngx_invoke_v8_call_t *call)
{
    Local<v8::Script>  script;

    if (v8::Script::Compile(call->context,
                            name(call->isolate, "(function () {})()"))
        .ToLocal(&script))
    {
        drop(script->Run(call->context));
    }
}


/*
 * The error is thrown on; with "quiet" only what ends JavaScript is. An error
 * that comes of a text that was spoilt is not to be seen.
 */

void
rethrow_syntax_error(ngx_invoke_v8_call_t *call, v8::TryCatch *caught,
    int quiet, int column)
{
    if (current != nullptr && current->spoilt) {
        caught->Reset();
        meet_termination(call);
    }

    if (!caught->HasTerminated() && !quiet) {
        decorate_syntax_error(call, caught, column);
        rethrow(caught);
    }
}


Local<v8::String>
source_name(ngx_invoke_v8_call_t *call, const char *s)
{
    return v8::String::NewFromUtf8(call->isolate, s)
           .FromMaybe(v8::String::Empty(call->isolate));
}


/*
 * Whether a file may close the function around it and go on behind that: by
 * some place it has more "}" than "{". They are counted where they mean
 * nothing, too, as in strings; what that hides is seen when the script has
 * run.
 */

static bool
may_close(const char *p, const char *end)
{
    int  depth = 0, lowest = 0;

    while (p < end) {
        depth += (*p == '{') - (*p == '}');
        lowest |= depth;
        p++;
    }

    return lowest < 0;
}


/*
 * Compiles a file as the body of a function, as Node does with every file: to
 * close that is a SyntaxError. A body that awaits is made a method's: what may
 * stand behind that, and behind a function as well, has no effect.
 */

static bool
compile_body(ngx_invoke_v8_call_t *call, const ngx_invoke_v8_source_t *source,
    const char *p, const char *end, int quiet)
{
    int                  column = 0;
    bool                 ok;
    std::string          body(p, end);
    v8::TryCatch         caught(call->isolate);
    Local<v8::String>    text;
    static const char    method[] = "({async m() { ";

    bool  async = strncmp(static_cast<const char *>(source->data), "(async ",
                          7) == 0;

    if (async) {
        body = method + body + "\n}})";
        column = - static_cast<int>(strlen(method));
    }

    if (!v8::String::NewFromUtf8(call->isolate, body.c_str(),
                                 v8::NewStringType::kNormal,
                                 static_cast<int>(body.length()))
         .ToLocal(&text)
        || (long_text(text->Length())
            && !long_text_of(call->isolate, text).ToLocal(&text)))
    {
        rethrow(&caught);
        return false;
    }

    v8::ScriptOrigin  origin(call->isolate, source_name(call, source->name),
                             0, column);
    v8::ScriptCompiler::Source  compiled(text, origin);

    if (async) {
        ok = !v8::ScriptCompiler::CompileUnboundScript(call->isolate,
                                                       &compiled).IsEmpty();

    } else {
        ok = !v8::ScriptCompiler::CompileFunction(call->context, &compiled)
              .IsEmpty();
    }

    if (!ok) {
        rethrow_syntax_error(call, &caught, quiet, column);
    }

    return ok;
}


ngx_invoke_v8_script_t *
ngx_invoke_v8_script_compile(ngx_invoke_v8_call_t *call,
    const ngx_invoke_v8_source_t *source, int quiet, int *rejected)
{
    v8::TryCatch                               caught(call->isolate);
    Local<v8::String>                          text;
    ngx_invoke_v8_script_t                    *script;
    Local<v8::UnboundScript>                   unbound;
    v8::ScriptCompiler::CachedData            *cache = nullptr;
    v8::ScriptCompiler::CompileOptions         options;

    const char  *file = static_cast<const char *>(source->data)
                        - source->column;
    const char  *end = static_cast<const char *>(source->data) + source->len
                       - strlen("\n})");

    *rejected = 0;

    /* With a code cache it has run already. */

    if (source->cache == nullptr && may_close(file, end)
        && !compile_body(call, source, file, end, quiet))
    {
        rethrow(&caught);

        if (source->release != nullptr) {
            source->release(source->owner);
        }

        return nullptr;
    }

    if (!source_string(call->isolate, source).ToLocal(&text)) {
        if (!caught.HasCaught()) {
            too_long(call);
        }

        if (!quiet) {
            rethrow(&caught);
        }

        return nullptr;
    }

    if (source->cache != nullptr) {
        cache = new v8::ScriptCompiler::CachedData(source->cache,
            static_cast<int>(source->cache_len),
            v8::ScriptCompiler::CachedData::BufferNotOwned);
    }

    options = cache ? v8::ScriptCompiler::kConsumeCodeCache
                    : v8::ScriptCompiler::kNoCompileOptions;

    v8::ScriptOrigin  origin(call->isolate, source_name(call, source->name),
                             0, source->column);
    v8::ScriptCompiler::Source  compiled(text, origin, cache);

    if (!v8::ScriptCompiler::CompileUnboundScript(call->isolate, &compiled,
                                                  options)
         .ToLocal(&unbound))
    {
        rethrow_syntax_error(call, &caught, quiet, source->column);

        return nullptr;
    }

    *rejected = cache != nullptr && cache->rejected;

    script = new ngx_invoke_v8_script_t;
    script->isolate = call->isolate;
    script->span = cache != nullptr && !*rejected ? 0 : text->Length() - 2;
    script->script.Reset(call->isolate, unbound);

    return script;
}


/*
 * The function has to be all of the script but its parentheses: else the file
 * has closed it.
 */

static bool
spans(ngx_invoke_v8_call_t *call, Local<Value> result, int span)
{
    Local<v8::String>  text;

    return result->IsFunction()
           && result.As<v8::Function>()->FunctionProtoToString(call->context)
              .ToLocal(&text)
           && text->Length() == span;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_script_run(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_script_t *script)
{
    Local<Value>              result;
    Local<v8::UnboundScript>  unbound = script->script.Get(call->isolate);

    if (!unbound->BindToCurrentContext()->Run(call->context)
         .ToLocal(&result))
    {
        return nullptr;
    }

    if (script->span != 0) {
        if (!spans(call, result, script->span)) {
            v8::String::Utf8Value  file(call->isolate,
                                        unbound->GetScriptName());

            result = unwrap(ngx_invoke_v8_error(call,
                                NGX_INVOKE_V8_SYNTAX_ERROR, nullptr,
                                "Unexpected token '}'"));
            put_before_stack(call, result,
                             std::string(*file ? *file : "?") + "\n");
            call->isolate->ThrowException(result);

            return nullptr;
        }

        script->span = 0;
    }

    return wrap(result);
}


int
ngx_invoke_v8_script_cache(ngx_invoke_v8_script_t *script, uint8_t **data,
    size_t *len)
{
    v8::HandleScope                                   scope(script->isolate);
    std::unique_ptr<v8::ScriptCompiler::CachedData>   cache;

    cache.reset(script->module.IsEmpty()
                ? v8::ScriptCompiler::CreateCodeCache(
                      script->script.Get(script->isolate))
                : v8::ScriptCompiler::CreateCodeCache(
                      script->module.Get(script->isolate)));

    if (cache == nullptr || cache->length == 0) {
        return -1;
    }

    *data = static_cast<uint8_t *>(malloc(cache->length));
    if (*data == nullptr) {
        return -1;
    }

    memcpy(*data, cache->data, cache->length);
    *len = cache->length;

    return 0;
}


void
ngx_invoke_v8_script_free(ngx_invoke_v8_script_t *script)
{
    delete script;
}


/* Of Node's vm */

static const char  kScript = 0;


struct VmScript {
    v8::Global<v8::UnboundScript>  script;
};


/* The text in the form that its parsing can be ended in. */

static bool
vm_text(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    Local<v8::String> *text)
{
    if (!unwrap(v)->IsString()) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR, nullptr,
                            "The code has to be a string");
        return false;
    }

    *text = unwrap(v).As<v8::String>();

    return !long_text((*text)->Length())
           || long_text_of(call->isolate, *text).ToLocal(text);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_vm_script(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t text, ngx_invoke_v8_value_t file, int line,
    int column)
{
    VmScript                  *made;
    v8::TryCatch               caught(call->isolate);
    Local<v8::String>          source;
    Local<v8::UnboundScript>   unbound;

    if (!vm_text(call, text, &source)) {
        rethrow(&caught);
        return nullptr;
    }

    v8::ScriptOrigin  origin(call->isolate, unwrap(file), line, column);
    v8::ScriptCompiler::Source  compiled(source, origin);

    if (!v8::ScriptCompiler::CompileUnboundScript(call->isolate, &compiled)
         .ToLocal(&unbound))
    {
        rethrow_syntax_error(call, &caught, 0, 0);
        return nullptr;
    }

    made = new VmScript;
    made->script.Reset(call->isolate, unbound);

    return ngx_invoke_v8_new_holder(call, &kScript, made, source->Length(),
                                    [](void *data) {
        delete static_cast<VmScript *>(data);
    });
}


ngx_invoke_v8_value_t
ngx_invoke_v8_vm_run(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t script)
{
    VmScript  *made = static_cast<VmScript *>(
                          ngx_invoke_v8_holder(script, &kScript));

    if (made == nullptr) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR, nullptr,
                            "Illegal invocation");
        return nullptr;
    }

    return wrap(made->script.Get(call->isolate)->BindToCurrentContext()
                ->Run(call->context));
}


/* The elements of an array, as far as they are of that kind. */

template <class T>
static bool
elements_of(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    bool (*is)(Local<Value>), std::vector<Local<T>> *elements)
{
    uint32_t      i;
    Local<Value>  element;

    if (!unwrap(v)->IsArray()) {
        return true;
    }

    for (i = 0; i < unwrap(v).As<v8::Array>()->Length(); i++) {
        if (!unwrap(v).As<v8::Array>()->Get(call->context, i)
             .ToLocal(&element))
        {
            return false;
        }

        if (is(element)) {
            elements->push_back(element.As<T>());
        }
    }

    return true;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_vm_function(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t text, ngx_invoke_v8_value_t file, int line,
    int column, ngx_invoke_v8_value_t params,
    ngx_invoke_v8_value_t extensions)
{
    v8::TryCatch                    caught(call->isolate);
    Local<v8::String>               source;
    Local<v8::Function>             f;
    std::vector<Local<v8::String>>  names;
    std::vector<Local<v8::Object>>  objects;

    if (!elements_of<v8::String>(call, params, [](Local<Value> v) {
            return v->IsString();
        }, &names)
        || !elements_of<v8::Object>(call, extensions, [](Local<Value> v) {
            return v->IsObject();
        }, &objects)
        || !vm_text(call, text, &source))
    {
        rethrow(&caught);
        return nullptr;
    }

    v8::ScriptOrigin  origin(call->isolate, unwrap(file), line, column);
    v8::ScriptCompiler::Source  compiled(source, origin);

    if (!v8::ScriptCompiler::CompileFunction(call->context, &compiled,
             names.size(), names.data(), objects.size(), objects.data())
         .ToLocal(&f))
    {
        rethrow_syntax_error(call, &caught, 0, 0);
        return nullptr;
    }

    return wrap(f.As<Value>());
}
