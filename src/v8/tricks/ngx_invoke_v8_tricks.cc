/*
 * Which of the tricks are in force.
 *
 * The process that makes the snapshot is a child of the master, so that symbols
 * are bound in it as they are in the workers: it tries them for all.
 */

#include "ngx_invoke_v8_int.h"


enum {
    kNew = 0,
    kExternal,
    kPages,
    kZones,
    kInterrupts,
    kDoubles,
    kClosures,
    kWasm,
    kText,
    kBase64,
    kTricks
};


/* in that order */

static const ngx_invoke_v8_lack_t  tricks[kTricks] = {
    { "operator new", "containers of V8 do not count as memory", 1 },
    { "external memory", "native loops of V8 are looked at too late", 1 },
    { "pages", "pages of V8 do not count as memory", 1 },
    { "zones", "V8's parser does not count as memory", 1 },
    { "interrupts", "a module that is ended may cost its isolate", 1 },
    { "doubles", "functions see numbers that others have written", 1 },
    { "closures", "contexts take more memory", 0 },
    { "lazy WebAssembly", "contexts take more time", 0 },
    { "vector text", "UTF-8 takes more time", 0 },
    { "vector base64", "base64 takes more time", 0 }
};

static bool  lacks[kTricks];


void
try_tricks(v8::Isolate *isolate)
{
    lacks[kNew] = !new_is_counted();
    lacks[kExternal] = !external_is_looked_at(isolate);
    lacks[kPages] = heap_pages().empty();
    lacks[kZones] = !zones_are_counted();
    lacks[kInterrupts] = !interrupts_can_wait(isolate);
    lacks[kWasm] = !wasm_can_be_lazy();
    lacks[kText] = !vector_text;
    lacks[kBase64] = !vector_base64;
    lacks[kDoubles] = !unbox_doubles(isolate);
    lacks[kClosures] = !share_closure_cells(isolate);
}


const ngx_invoke_v8_lack_t *
ngx_invoke_v8_lack(int i)
{
    int  trick;

    for (trick = 0; trick < kTricks; trick++) {
        if (lacks[trick] && i-- == 0) {
            return &tricks[trick];
        }
    }

    return nullptr;
}
