/*
 * The certificates of invoke_ca_certificates, which functions trust: the
 * master has read the file, a worker parses it when a function first needs
 * them. They are shared by all; nothing is ever added to them.
 */

#ifndef _NGX_INVOKE_ROOTS_H_INCLUDED_
#define _NGX_INVOKE_ROOTS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/x509.h>


/* What the file has, which outlives the worker. Event loop, in the start. */
void ngx_invoke_roots_init(ngx_str_t *pem);

/* The same again. Any thread. */
ngx_str_t *ngx_invoke_roots_pem(void);

/*
 * A reference to the store of them all, or another store with the same ones in
 * it, to which others may be added. NULL: memory is out. The first call takes
 * tens of milliseconds: not on the event loop. Any other thread.
 */
X509_STORE *ngx_invoke_roots_hold(void);
X509_STORE *ngx_invoke_roots_copy(void);


#endif /* _NGX_INVOKE_ROOTS_H_INCLUDED_ */
