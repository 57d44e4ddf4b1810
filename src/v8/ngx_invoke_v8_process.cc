/*
 * V8 in the process: its start, its flags and its end.
 */

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "ngx_invoke_v8_int.h"


/* V8 11 has no flag for memories of WebAssembly that threads share. */

#if V8_MAJOR_VERSION >= 11
#define ngx_invoke_v8_no_wasm_threads  ""
#define ngx_invoke_v8_more_interrupts  ""
#else
#define ngx_invoke_v8_no_wasm_threads  "--no-experimental-wasm-threads"
#define ngx_invoke_v8_more_interrupts                                        \
    "--interrupt-budget=33792 "                                              \
    "--ticks-before-optimization=24 "                                        \
    "--max-bytecode-size-for-early-opt=0 "                                   \
    "--bytecode-size-allowance-per-tick=275 "
#endif


const char *
ngx_invoke_v8_version(void)
{
    return v8::V8::GetVersion();
}


int
start_v8(const char *flags, int threads, char *err, size_t errlen)
{
    sigset_t     all, old;
    std::string  header = std::to_string(V8_MAJOR_VERSION) + "."
                          + std::to_string(V8_MINOR_VERSION) + "."
                          + std::to_string(V8_BUILD_NUMBER) + "."
                          + std::to_string(V8_PATCH_LEVEL);

    /* Debian appends "-node.NN" to the library's version. */

    if (strncmp(header.c_str(), v8::V8::GetVersion(), header.length()) != 0) {
        copy_message(err, errlen,
                     ("the module was built with headers of V8 " + header
                      + ", but the library is V8 "
                      + v8::V8::GetVersion()).c_str());
        return -1;
    }

    /*
     * Compiled code must not be flushed: it is shared by contexts that come
     * and go. The tables of a context are not hashed anew, since the seed
     * is of the blob, which is made anew with every start. Heaps are small,
     * and a context that is deserialised while marking goes on pays a write
     * barrier for each of its fields: so marking is done at once, and on the
     * isolate's own thread, whose CPU time is the function's, as WebAssembly
     * is compiled: nothing else would wake the thread up when it is done. It
     * is compiled function by function, for the memory of what is not called.
     * A loop looks up for interrupts four times as often as V8 would have it,
     * as its calls may take much memory, but is optimised only after twice as
     * long: in a context that serves one request what takes less time than the
     * compiler does would never see it done. The same goes for small functions,
     * which V8 takes earlier, and here would take before it knows enough of
     * them.
     * Memories that WebAssembly shares between threads would escape the
     * limit. That collections take long near the limit of a heap, by the clock,
     * is no reason to end the process, as they do on any busy machine: what has
     * reached its limit is being ended, and has room for that.
     */

    v8::V8::SetFlagsFromString("--no-flush-bytecode --no-rehash-snapshot "
                               "--no-incremental-marking "
                               "--single-threaded-gc "
                               "--no-detect-ineffective-gcs-near-heap-limit "
                               "--no-wasm-async-compilation "
                               "--wasm-lazy-compilation "
                               "--harmony-import-assertions "
                               "--harmony-import-attributes "
                               ngx_invoke_v8_more_interrupts
                               ngx_invoke_v8_no_wasm_threads);
    v8::V8::SetFlagsFromString(flags);
    init_wasm(flags);

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);

    count_icu();
    settle_malloc();

    make_pages();
    start_platform(threads);
    install_pages();
    v8::V8::Initialize();

    pthread_sigmask(SIG_SETMASK, &old, nullptr);

    return 0;
}


void
stop_v8()
{
    v8::V8::Dispose();
    trim_pages();
    stop_platform();
}


int
ngx_invoke_v8_init(const char *flags, const uint8_t *blob, size_t len,
    char *err, size_t errlen)
{
    snapshot.data = reinterpret_cast<const char *>(blob);
    snapshot.raw_size = static_cast<int>(read_file_codes(blob, len));

    if (start_v8(flags, 1, err, errlen) != 0) {
        return -1;
    }

    if (!snapshot.IsValid()) {
        copy_message(err, errlen, "the snapshot is of another V8");
        return -1;
    }

    return 0;
}


/* The library is told from another build of its version by its file. */

static std::string
identify()
{
    Dl_info      info;
    struct stat  sb;
    std::string  text = v8::V8::GetVersion();

    text += " " + std::to_string(
                      v8::ScriptCompiler::CachedDataVersionTag());

    if (dladdr(reinterpret_cast<void *>(&v8::V8::GetVersion), &info) != 0
        && stat(info.dli_fname, &sb) == 0)
    {
        text += " " + std::to_string(sb.st_size) + " "
                + std::to_string(sb.st_mtim.tv_sec) + " "
                + std::to_string(sb.st_mtim.tv_nsec);
    }

    return text;
}


const char *
ngx_invoke_v8_identity(void)
{
    static const std::string  identity = identify();

    return identity.c_str();
}


void
ngx_invoke_v8_exit(void)
{
    stop_v8();
}
