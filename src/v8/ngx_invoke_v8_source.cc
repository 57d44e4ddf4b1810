/*
 * Long texts to be compiled.
 *
 * For the worst of sources V8's parser takes a hundred times their length and
 * more. It cannot be interrupted, and ends the process where it gets no
 * memory. But it reads its text bit by bit: so long ones are kept where they
 * can be changed, and when the parser has taken too much each gets characters
 * that are no JavaScript. The parser ends with an error soon, which nobody
 * sees, as JavaScript is ended as well, and the texts are as they were.
 */

#include <string.h>

#include <algorithm>

#include "ngx_invoke_v8_int.h"


/* One character of so many is changed. */
static const size_t  kSpoilEvery = 16;

/* A text of this part of the memory limit is a long one. */
static const size_t  kLongText = 1024;


/* What V8 takes at most for an export when it has read the text. */
static const size_t  kExport = 384;


/* On a list of its isolate. */

struct Text {
    Text        *next;
    Text       **link;
    void        *data;
    size_t       length;        /* in characters */
    size_t       width;         /* of one, in bytes */
    uint16_t    *kept;          /* what was there, or nullptr */
};


bool
long_text(size_t length)
{
    return current != nullptr && length > current->conf.heap / kLongText;
}


static void
spoil_text(Text *text, bool spoil)
{
    size_t      i, n;
    uint8_t    *narrow = static_cast<uint8_t *>(text->data);
    uint16_t   *wide = static_cast<uint16_t *>(text->data);

    for (i = 0, n = 0; i < text->length; i += kSpoilEvery, n++) {

        if (!spoil) {
            if (text->width == 1) {
                narrow[i] = static_cast<uint8_t>(text->kept[n]);

            } else {
                wide[i] = text->kept[n];
            }

        } else if (text->width == 1) {
            text->kept[n] = narrow[i];
            narrow[i] = 0;

        } else {
            text->kept[n] = wide[i];
            wide[i] = 0;
        }
    }
}


void
spoil_texts(ngx_invoke_v8_isolate_t *iso, bool spoil)
{
    Text  *text;

    if (iso->spoilt == spoil) {
        return;
    }

    iso->spoilt = spoil;

    for (text = iso->texts; text != nullptr; text = text->next) {
        spoil_text(text, spoil);
    }
}


template <class Resource, class Char>
class LongText : public Resource, private Text {
  public:
    /* Takes "memory", room for "size" characters and what is kept of them. */

    LongText(ngx_invoke_v8_isolate_t *iso, void *memory, size_t size)
        : isolate_(iso->isolate), allocator_(iso->allocator)
    {
        Text::data = memory;
        Text::length = size;
        width = sizeof(Char);
        kept = reinterpret_cast<uint16_t *>(static_cast<uint8_t *>(memory)
                                            + KeptAt(size));
        next = iso->texts;
        link = &iso->texts;

        if (next != nullptr) {
            next->link = &next;
        }

        iso->texts = this;

        if (iso->spoilt) {
            spoil_text(this, true);
        }

        isolate_->AdjustAmountOfExternalAllocatedMemory(Bytes(size));
    }

    ~LongText() override {
        *link = next;

        if (next != nullptr) {
            next->link = link;
        }

        isolate_->AdjustAmountOfExternalAllocatedMemory(
            -static_cast<int64_t>(Bytes(Text::length)));
        allocator_->Free(Text::data, Bytes(Text::length));
    }

    const Char *data() const override {
        return static_cast<const Char *>(Text::data);
    }

    size_t length() const override { return Text::length; }

    static size_t Bytes(size_t size) {
        return KeptAt(size)
               + (size / kSpoilEvery + 1) * sizeof(uint16_t);
    }

  private:
    static size_t KeptAt(size_t size) {
        return (size * sizeof(Char) + 1) & ~static_cast<size_t>(1);
    }

    v8::Isolate                 *isolate_;
    std::shared_ptr<Allocator>   allocator_;
};


using LongLatin1 = LongText<v8::String::ExternalOneByteStringResource, char>;
using LongUtf16 = LongText<v8::String::ExternalStringResource, uint16_t>;


static MaybeLocal<v8::String>
external(v8::Isolate *isolate, LongLatin1 *text)
{
    return v8::String::NewExternalOneByte(isolate, text);
}


static MaybeLocal<v8::String>
external(v8::Isolate *isolate, LongUtf16 *text)
{
    return v8::String::NewExternalTwoByte(isolate, text);
}


/* A string of what "write" puts into memory; empty: there is no room. */

template <class Kind, class Write>
static MaybeLocal<v8::String>
new_long_text(v8::Isolate *isolate, size_t length, Write write)
{
    void                    *memory;
    Kind                    *kept;
    MaybeLocal<v8::String>   text;

    memory = current->allocator->AllocateUninitialized(Kind::Bytes(length));

    if (memory == nullptr) {
        return {};
    }

    write(memory);

    kept = new Kind(current, memory, length);
    text = external(isolate, kept);

    if (text.IsEmpty()) {
        delete kept;
    }

    return text;
}


/* The same text, where it can be changed; empty: there is no room. */

MaybeLocal<v8::String>
long_text_of(v8::Isolate *isolate, Local<v8::String> source)
{
    int  length = source->Length();

    if (source->IsOneByte()) {
        return new_long_text<LongLatin1>(isolate, length, [&](void *memory) {
            source->WriteOneByte(isolate, static_cast<uint8_t *>(memory), 0,
                                 length, v8::String::NO_NULL_TERMINATION);
        });
    }

    return new_long_text<LongUtf16>(isolate, length, [&](void *memory) {
        source->Write(isolate, static_cast<uint16_t *>(memory), 0, length,
                      v8::String::NO_NULL_TERMINATION);
    });
}


MaybeLocal<v8::String>
long_latin1(v8::Isolate *isolate, const void *data, size_t length)
{
    return new_long_text<LongLatin1>(isolate, length, [&](void *memory) {
        memcpy(memory, data, length);
    });
}


/*
 * Exports
 *
 * What they are V8's parser looks at when it has read them all: no text ends it
 * by then. So that there is room for it they are counted before.
 */

template <class Char>
static const Char *
skip_comment(const Char *p, const Char *end)
{
    if (p[1] == '/') {
        while (p < end && *p != '\n' && *p != '\r' && (*p | 1) != 0x2029) {
            p++;
        }

        return p;
    }

    for (p += 2; end - p > 1; p++) {
        if (p[0] == '*' && p[1] == '/') {
            return p + 2;
        }
    }

    return end;
}


template <class Char>
static const Char *
skip_string(const Char *p, const Char *end)
{
    Char  quote = *p;

    for (p++; p < end && *p != quote; p++) {
        if (*p == '\\') {
            p++;
        }
    }

    return p < end ? p + 1 : end;
}


/* The next of these that is in no comment and in no string. */

template <class Char>
static const Char *
find_mark(const Char *p, const Char *end, bool braces)
{
    while (p < end) {

        if (*p == '/' && end - p > 1 && (p[1] == '/' || p[1] == '*')) {
            p = skip_comment(p, end);

        } else if (!braces) {
            if (*p > ' ' && *p < 0x7f) {
                break;
            }

            p++;

        } else if (*p == '"' || *p == '\'') {
            p = skip_string(p, end);

        } else if (*p == ',' || *p == '}') {
            break;

        } else {
            p++;
        }
    }

    return p;
}


struct Exports {
    size_t  braces;         /* in them, each of which may be two characters */
    size_t  others;         /* or more: commas that may be between names */
};


template <class Char>
static Exports
count_exports(const Char *p, size_t length)
{
    bool         names = false;
    Exports      n = { 0, 0 };
    const Char  *end = p + length;

    static const char  word[] = "export";

    while (end - p > 8) {

        if (*p != 'e' || !std::equal(word, word + 6, p)) {
            n.others += names && *p == ',';
            p++;
            continue;
        }

        n.others++;
        p = find_mark(p + 6, end, false);

        if (end - p < 2) {
            break;
        }

        /* let, var, const */

        names = *p == 'l' || *p == 'v' || (*p == 'c' && p[1] == 'o');

        if (*p == '{') {
            while ((p = find_mark(p + 1, end, true)) < end && *p == ',') {
                n.braces++;
            }
        }
    }

    return n;
}


bool
exports_fit(Local<v8::String> text)
{
    size_t   length = text->Length();
    Exports  n;

    if (!long_text(length)) {
        return true;
    }

    n = text->IsExternalOneByte()
        ? count_exports(reinterpret_cast<const uint8_t *>(
                            text->GetExternalOneByteStringResource()->data()),
                        length)
        : count_exports(text->GetExternalStringResource()->data(), length);

    if (!current->account->Fits(n.braces * kExport)) {
        current->account->Full();
        return false;
    }

    current->account->later = (n.braces + n.others) * kExport;

    return true;
}


/* What eval() and the like compile. */

v8::ModifyCodeGenerationFromStringsResult
may_compile(Local<v8::Context> context, Local<Value> source, bool is_code_like)
{
    v8::Isolate             *isolate = context->GetIsolate();
    Local<v8::String>        text;

    if (!source->IsString()
        || !long_text(source.As<v8::String>()->Length()))
    {
        return { true, {} };
    }

    if (long_text_of(isolate, source.As<v8::String>()).ToLocal(&text)) {
        return { true, text };
    }

    context->SetErrorMessageForCodeGenerationFromStrings(
        name(isolate, "There is no memory for the source"));

    return { false, {} };
}
