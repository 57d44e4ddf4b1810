
#include "ngx_invoke_v8_int.h"
#include "ngx_invoke_v8_syntax.h"


#define PARAMETERS  "(exports, require, module, __filename, __dirname) {"


/* As the loader has it: a module that awaits is an async function. */

static bool
is_module(v8::Isolate *isolate, const ngx_invoke_v8_text_t *text, bool async,
    std::string *error)
{
    int                 column;
    std::string         all(async ? "(async function " PARAMETERS
                                  : "(function " PARAMETERS);
    v8::TryCatch        caught(isolate);
    Local<v8::String>   source;
    Local<v8::Context>  context = isolate->GetCurrentContext();

    column = static_cast<int>(all.length());

    if (text->len > 1 && text->data[0] == '#' && text->data[1] == '!') {
        all += "//";
    }

    all.append(text->data, text->len);
    all += "\n})";

    if (!v8::String::NewFromUtf8(isolate, all.data(),
                                 v8::NewStringType::kNormal,
                                 static_cast<int>(all.length()))
         .ToLocal(&source))
    {
        return true;
    }

    v8::ScriptOrigin  origin(isolate, name(isolate, text->name), 0, -column);
    v8::ScriptCompiler::Source  compiled(source, origin);

    if (!v8::ScriptCompiler::CompileUnboundScript(isolate, &compiled,
             v8::ScriptCompiler::kEagerCompile).IsEmpty()
        || caught.Message().IsEmpty())
    {
        return true;
    }

    Local<v8::Message>     message = caught.Message();
    v8::String::Utf8Value  told(isolate, message->Get());

    *error = *told == nullptr ? "no module" : *told;

    if (error->compare(0, 9, "Uncaught ") == 0) {
        error->erase(0, 9);
    }

    *error += " at line "
             + std::to_string(message->GetLineNumber(context).FromMaybe(0))
             + ", column "
             + std::to_string(message->GetStartColumn(context).FromMaybe(0)
                              + 1);

    return false;
}


int
ngx_invoke_v8_syntax(const char *flags, const ngx_invoke_v8_text_t *texts,
    size_t n, void (*tell)(const ngx_invoke_v8_text_t *text,
    const char *message, void *data), void *data, char *err, size_t errlen)
{
    size_t                      i;
    std::string                 error, none;
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
            if (!is_module(isolate, &texts[i], false, &error)
                && !is_module(isolate, &texts[i], true, &none))
            {
                tell(&texts[i], error.c_str(), data);
            }
        }
    }

    isolate->Dispose();
    delete params.array_buffer_allocator;
    stop_v8();

    return 0;
}
