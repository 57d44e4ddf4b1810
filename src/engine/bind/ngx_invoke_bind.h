/*
 * The native functions that src/js calls: one table a topic, at the head of
 * its file; binding(name) in JavaScript gives an object of those with that
 * name. A native trusts no argument: whatever comes, it answers with a value
 * or an exception. All of them run on the actor's thread.
 */

#ifndef _NGX_INVOKE_BIND_H_INCLUDED_
#define _NGX_INVOKE_BIND_H_INCLUDED_


#include "ngx_invoke_args.h"
#include "ngx_invoke_errno.h"


/*
 * The one list of them: the name for binding(), and the table, which is called
 * ngx_invoke_bind_<that>.
 */
#define NGX_INVOKE_BINDINGS(X)                                                \
    X("invocation", request)                                                  \
    X("invocation", response)                                                 \
    X("invocation", console)                                                  \
    X("invocation", end)                                                      \
    X("wait", wait)                                                           \
    X("constants", shared)                                                    \
    X("loop", loop)                                                           \
    X("module", module)                                                       \
    X("module", esm_entry)                                                    \
    X("module/more", module_more)                                             \
    X("modules", esm)                                                         \
    X("modules/more", esm_more)                                               \
    X("process", process)                                                     \
    X("mime", mime)                                                           \
    X("encoding", encoding)                                                   \
    X("status", status)                                                       \
    X("node/types", types)                                                    \
    X("node/util", util)                                                      \
    X("node/errors", errors)                                                  \
    X("node/messaging", messaging)                                            \
    X("node/serdes", serdes)                                                  \
    X("node/contextify", contextify)                                          \
    X("node/buffer", buffer)                                                  \
    X("node/buffer", text)                                                    \
    X("node/string_decoder", decoder)                                         \
    X("node/url", url)                                                        \
    X("node/icu", icu)                                                        \
    X("node/os", os)                                                          \
    X("node/fs", fs)                                                          \
    X("node/http_parser", http_parser)                                        \
    X("node/zlib", zlib)                                                      \
    X("node/handle", handle)                                                  \
    X("node/stream", stream)                                                  \
    X("node/uv_stream", uv_stream)                                            \
    X("node/tcp", tcp)                                                        \
    X("node/pipe", pipe)                                                      \
    X("node/block_list", block_list)                                          \
    X("node/cares_wrap", cares)                                               \
    X("node/uv", uv)                                                          \
    X("node/constants", constants)                                            \
    X("node/crypto", hash)                                                    \
    X("node/crypto", random)                                                  \
    X("node/crypto", kdf)                                                     \
    X("node/crypto", key)                                                     \
    X("node/crypto", key_export)                                              \
    X("node/crypto", keygen)                                                  \
    X("node/crypto", cipher)                                                  \
    X("node/crypto", aes)                                                     \
    X("node/crypto", sign)                                                    \
    X("node/crypto", dh)                                                      \
    X("node/crypto", ecdh)                                                    \
    X("node/crypto", prime)                                                   \
    X("node/crypto", spkac)                                                   \
    X("node/crypto", x509)                                                    \
    X("node/tls_context", tls_context)                                        \
    X("node/tls_wrap", tls)                                                   \
    X("node/tls_wrap", tls_info)                                              \
    X("lot", lot)                                                             \
    X("node/js_stream", js_stream)


#define ngx_invoke_binding_extern(name, table)                                \
    extern const ngx_invoke_v8_native_t  ngx_invoke_bind_##table[];

NGX_INVOKE_BINDINGS(ngx_invoke_binding_extern)

#undef ngx_invoke_binding_extern


/*
 * Whether functions that ask for them by NODE_OPTIONS get Node's internal
 * modules, for Node's own tests: a module that these load sets it, and nothing
 * else does.
 */
extern ngx_uint_t  ngx_invoke_bind_exposes;

/* Ends with a row without a name. */
extern const ngx_invoke_v8_binding_t  ngx_invoke_bindings[];


#endif /* _NGX_INVOKE_BIND_H_INCLUDED_ */
