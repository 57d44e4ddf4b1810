/*
 * The project's own files, which are embedded in the module.
 */

#include <string.h>

#include "ngx_invoke_v8_int.h"


/*
 * The files live as long as the module, so their strings need no copy: the
 * snapshot refers to them by external references.
 */

class FileString : public v8::String::ExternalOneByteStringResource {
  public:
    explicit FileString(const ngx_invoke_js_file_t *file) : file_(file) {}

    const char *data() const override {
        return reinterpret_cast<const char *>(file_->data);
    }

    size_t length() const override { return file_->len; }
    void Dispose() override {}

  private:
    const ngx_invoke_js_file_t  *file_;
};


/* where the script of a file comes from: a datum of the snapshot, or code */

struct FileCode {
    const uint8_t  *data;
    uint32_t        len;            /* 0: it is in the snapshot */
    size_t          datum;
};


static std::vector<FileString *>  *file_strings;
static std::vector<FileCode>       file_codes;


void
add_file_references(std::vector<intptr_t> *references)
{
    size_t  i;

    if (file_strings == nullptr) {
        file_strings = new std::vector<FileString *>;

        for (i = 0; i < ngx_invoke_js_files_n; i++) {
            file_strings->push_back(new FileString(&ngx_invoke_js_files[i]));
        }
    }

    for (FileString *string : *file_strings) {
        references->push_back(reinterpret_cast<intptr_t>(
            static_cast<v8::String::ExternalStringResourceBase *>(string)));
    }
}


/* The index of a file, or -1. */

int
find_file(const std::string &file_name)
{
    int  order;
    size_t  low = 0, high = ngx_invoke_js_files_n, middle;

    while (low < high) {
        middle = (low + high) / 2;
        order = strcmp(file_name.c_str(), ngx_invoke_js_files[middle].name);

        if (order == 0) {
            return static_cast<int>(middle);
        }

        if (order < 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return -1;
}


MaybeLocal<v8::UnboundScript>
compile_unbound(v8::Isolate *isolate, int index,
    v8::ScriptCompiler::CachedData *code)
{
    Local<v8::String>            source;
    const ngx_invoke_js_file_t  *file = &ngx_invoke_js_files[index];

    if (!v8::String::NewExternalOneByte(isolate, (*file_strings)[index])
         .ToLocal(&source))
    {
        delete code;
        return MaybeLocal<v8::UnboundScript>();
    }

    std::string  origin_name = std::string("node:") + file->name;
    v8::ScriptOrigin  origin(isolate, name(isolate, origin_name.c_str()), 0,
                             static_cast<int>(-file->column));
    v8::ScriptCompiler::Source  text(source, origin, code);

    return v8::ScriptCompiler::CompileUnboundScript(isolate, &text,
               code != nullptr ? v8::ScriptCompiler::kConsumeCodeCache
                               : v8::ScriptCompiler::kNoCompileOptions);
}


static void
align_blob(std::string *blob)
{
    blob->resize((blob->length() + 7) & ~7);
}


/*
 * The blob is the snapshot, the code of the files that it does not have, a
 * length for each file, and the snapshot's length: all at multiples of eight,
 * as V8 wants its data.
 */

void
add_file_codes(std::string *blob, const FileCodes &codes)
{
    uint64_t               snapshot_len = blob->length();
    std::vector<uint32_t>  lens;

    for (const auto &code : codes) {
        align_blob(blob);

        if (code != nullptr) {
            blob->append(reinterpret_cast<const char *>(code->data),
                         code->length);
        }

        lens.push_back(code != nullptr ? code->length : 0);
    }

    align_blob(blob);
    blob->append(reinterpret_cast<const char *>(lens.data()),
                 lens.size() * sizeof(uint32_t));
    align_blob(blob);
    blob->append(reinterpret_cast<const char *>(&snapshot_len),
                 sizeof(snapshot_len));
}


size_t
read_file_codes(const uint8_t *blob, size_t len)
{
    size_t          i, data = 0;
    uint64_t        snapshot_len;
    const uint8_t  *p, *lens;

    p = blob + len - sizeof(snapshot_len);
    memcpy(&snapshot_len, p, sizeof(snapshot_len));

    lens = p - ((ngx_invoke_js_files_n * sizeof(uint32_t) + 7) & ~7);
    p = blob + snapshot_len;

    file_codes.resize(ngx_invoke_js_files_n);

    for (i = 0; i < ngx_invoke_js_files_n; i++) {
        FileCode  *code = &file_codes[i];

        p = blob + ((p - blob + 7) & ~7);

        code->data = p;
        memcpy(&code->len, lens + i * sizeof(uint32_t), sizeof(uint32_t));
        code->datum = data;

        p += code->len;
        data += code->len == 0;
    }

    return snapshot_len;
}


static MaybeLocal<v8::UnboundScript>
file_script(v8::Isolate *isolate, int index)
{
    Local<v8::UnboundScript>  script;

    if (current == nullptr) {
        return compile_unbound(isolate, index, nullptr);
    }

    const FileCode  *code = &file_codes[index];

    if (code->len == 0) {
        return isolate->GetDataFromSnapshotOnce<v8::UnboundScript>(
                   code->datum);
    }

    return compile_unbound(isolate, index,
               new v8::ScriptCompiler::CachedData(code->data, code->len));
}


/*
 * The function of an embedded file in a context. A file's script is made once
 * an isolate: of those that a template has run it comes with the snapshot, so
 * that an isolate is no larger than what most functions use.
 */

MaybeLocal<v8::Function>
file_function(Local<v8::Context> context, FileScripts *scripts, int index)
{
    v8::Isolate              *isolate = context->GetIsolate();
    Local<Value>              f;
    Local<v8::UnboundScript>  script;

    if (index < 0) {
        return MaybeLocal<v8::Function>();
    }

    if ((*scripts)[index].IsEmpty()) {
        if (!file_script(isolate, index).ToLocal(&script)) {
            return MaybeLocal<v8::Function>();
        }

        (*scripts)[index].Reset(isolate, script);
    }

    script = (*scripts)[index].Get(isolate);

    if (!script->BindToCurrentContext()->Run(context).ToLocal(&f)) {
        return MaybeLocal<v8::Function>();
    }

    return f.As<v8::Function>();
}


static FileScripts *
file_scripts()
{
    return current != nullptr ? &current->scripts : building;
}


/*
 * compile(name, node): the function of one of src/js, or with "node" of one
 * of Node's files or what src/js/node/lib has instead, whose own name for the
 * former is "node:<name>"; undefined if there is none
 */

void
compile_native(ngx_invoke_v8_call_t *call)
{
    int                     index;
    Local<v8::Function>     f;
    v8::String::Utf8Value   wanted(call->isolate, (*call->info)[0]);

    if (*wanted == nullptr) {
        return;
    }

    if ((*call->info)[1]->IsTrue()) {
        if (strncmp(*wanted, "node:", 5) == 0) {
            index = find_file(*wanted + 5);

        } else {
            index = find_file(std::string("invoke/node/lib/") + *wanted);

            if (index < 0) {
                index = find_file(*wanted);
            }
        }

    } else {
        index = find_file(std::string("invoke/") + *wanted);
    }

    if (file_function(call->context, file_scripts(), index).ToLocal(&f)) {
        call->info->GetReturnValue().Set(f);
    }
}
