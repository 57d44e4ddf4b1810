
#include "ngx_invoke_v8_int.h"
#include "ngx_invoke_v8_syntax.h"


#define PARAMETERS  "(exports, require, module, __filename, __dirname) {"


static Local<v8::String>
utf8(v8::Isolate *isolate, const char *data, size_t len)
{
    return v8::String::NewFromUtf8(isolate, data, v8::NewStringType::kNormal,
                                   static_cast<int>(len))
           .FromMaybe(Local<v8::String>());
}


static bool
ends_with(const std::string &text, const char *end)
{
    size_t  n = strlen(end);

    return text.length() >= n
           && text.compare(text.length() - n, n, end) == 0;
}


static const char *const  kOfEs[] = {
    "Cannot use import statement outside a module",
    "Cannot use 'import.meta' outside a module",
    "Unexpected token 'export'"
};


int
ngx_invoke_v8_syntax_is_es(const char *message, size_t len)
{
    for (const char *known : kOfEs) {
        if (len == strlen(known) && memcmp(message, known, len) == 0) {
            return 1;
        }
    }

    return 0;
}


/* The "type" of a file, by its name or its package; empty: it has none. */

static std::string
type_of(v8::Isolate *isolate, const ngx_invoke_v8_text_t *text)
{
    Local<Value>        json, type;
    v8::TryCatch        caught(isolate);
    Local<v8::String>   package;
    Local<v8::Context>  context = isolate->GetCurrentContext();

    if (ends_with(text->name, ".mjs")) {
        return "module";
    }

    if (text->package == nullptr) {
        return "";
    }

    package = utf8(isolate, text->package, text->package_len);

    if (package.IsEmpty()
        || !v8::JSON::Parse(context, package).ToLocal(&json)
        || !json->IsObject()
        || !json.As<v8::Object>()->Get(context, name(isolate, "type"))
            .ToLocal(&type)
        || !type->IsString())
    {
        return "";
    }

    return *v8::String::Utf8Value(isolate, type);
}


static void
describe(v8::Isolate *isolate, const v8::TryCatch &caught, std::string *error,
    bool *is_es)
{
    static const char      before[] = "SyntaxError: ";
    Local<v8::Message>     message = caught.Message();
    Local<v8::Context>     context = isolate->GetCurrentContext();
    v8::String::Utf8Value  told(isolate, message->Get());

    *error = *told == nullptr ? "no module" : *told;

    if (error->compare(0, 9, "Uncaught ") == 0) {
        error->erase(0, 9);
    }

    *is_es = error->compare(0, strlen(before), before) == 0
             && ngx_invoke_v8_syntax_is_es(error->c_str() + strlen(before),
                                           error->length() - strlen(before));

    *error += " at line "
             + std::to_string(message->GetLineNumber(context).FromMaybe(0))
             + ", column "
             + std::to_string(message->GetStartColumn(context).FromMaybe(0)
                              + 1);
}


/* As the loader has it: CommonJS that awaits is an async function. */

typedef enum {
    kCommonjs = 0,
    kAsync,
    kEs
} Kind;


static bool
compiles(v8::Isolate *isolate, const ngx_invoke_v8_text_t *text, Kind kind,
    std::string *error, bool *is_es)
{
    int                 column;
    bool                failed;
    std::string         all(kind == kEs ? ""
                            : kind == kAsync ? "(async function " PARAMETERS
                                             : "(function " PARAMETERS);
    v8::TryCatch        caught(isolate);
    Local<v8::String>   source;

    column = static_cast<int>(all.length());

    if (text->len > 1 && text->data[0] == '#' && text->data[1] == '!') {
        all += "//";
    }

    all.append(text->data, text->len);
    all += kind == kEs ? "" : "\n})";

    source = utf8(isolate, all.data(), all.length());
    if (source.IsEmpty()) {
        return true;
    }

    v8::ScriptOrigin  origin(isolate, name(isolate, text->name), 0, -column,
                             false, -1, Local<Value>(), false, false,
                             kind == kEs);
    v8::ScriptCompiler::Source  compiled(source, origin);

    if (kind == kEs) {
        failed = v8::ScriptCompiler::CompileModule(isolate, &compiled)
                 .IsEmpty();

    } else {
        failed = v8::ScriptCompiler::CompileUnboundScript(isolate, &compiled,
                     v8::ScriptCompiler::kEagerCompile).IsEmpty();
    }

    if (!failed || caught.Message().IsEmpty()) {
        return true;
    }

    describe(isolate, caught, error, is_es);

    return false;
}


static bool
is_right(v8::Isolate *isolate, const ngx_invoke_v8_text_t *text,
    std::string *error)
{
    bool         is_es = false, ignored;
    std::string  as_async, as_es, type = type_of(isolate, text);

    if (type == "module") {
        return compiles(isolate, text, kEs, error, &ignored);
    }

    if (compiles(isolate, text, kCommonjs, error, &ignored)
        || compiles(isolate, text, kAsync, &as_async, &is_es))
    {
        return true;
    }

    if (type == "commonjs") {
        return false;
    }

    if (compiles(isolate, text, kEs, &as_es, &ignored)) {
        return true;
    }

    if (is_es) {
        *error = as_es;
    }

    return false;
}


int
ngx_invoke_v8_syntax(const char *flags, const ngx_invoke_v8_text_t *texts,
    size_t n, void (*tell)(const ngx_invoke_v8_text_t *text,
    const char *message, void *data), void *data, char *err, size_t errlen)
{
    size_t                      i;
    std::string                 error;
    v8::Isolate                *isolate;
    v8::Isolate::CreateParams   params;

    if (start_v8(flags, 1, err, errlen) != 0) {
        return -1;
    }

    params.array_buffer_allocator
        = v8::ArrayBuffer::Allocator::NewDefaultAllocator();

    isolate = v8::Isolate::New(params);

    {
        v8::Isolate::Scope  enter(isolate);
        v8::HandleScope     scope(isolate);
        v8::Context::Scope  inside(v8::Context::New(isolate));

        for (i = 0; i < n; i++) {
            if (!is_right(isolate, &texts[i], &error)) {
                tell(&texts[i], error.c_str(), data);
            }
        }
    }

    isolate->Dispose();
    delete params.array_buffer_allocator;
    stop_v8();

    return 0;
}
