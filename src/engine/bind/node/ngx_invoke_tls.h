/*
 * TLS: a stream over another stream. OpenSSL reads and writes memory of the
 * stream's; what the stream below has read goes in there, and what is to be
 * sent comes from there.
 *
 *      JavaScript     clear text            write()
 *          ^                                   |
 *          |  SSL_read()          SSL_write()  v
 *      +---------------------------------------------+
 *      |  in, unread       SSL         out, pending  |
 *      +---------------------------------------------+
 *          ^                                   |
 *          |  read                     write() v
 *                     the stream below
 *
 * OpenSSL's callbacks run no JavaScript: what they have to tell is put off as
 * an event, and comes before the clear text that follows it. Its queue of
 * errors is that of the thread, so that it is empty before and after each call.
 *
 * Actor thread.
 */

#ifndef _NGX_INVOKE_TLS_H_INCLUDED_
#define _NGX_INVOKE_TLS_H_INCLUDED_


#include "ngx_invoke_stream.h"
#include "ngx_invoke_tls_context.h"


/* What OpenSSL takes for a connection, about; it is charged to the isolate. */
#define NGX_INVOKE_TLS_SIZE  (64 * 1024)

/* Connections over each other: what one writes goes down by calls. */
#define NGX_INVOKE_TLS_LAYERS  32

/* Of a session that is told or kept. */
#define NGX_INVOKE_TLS_SESSION_SIZE  (10 * 1024)


/* Events of it; src/js knows the numbers. */

typedef enum {
    NGX_INVOKE_TLS_STARTED = NGX_INVOKE_IO_OTHER,
    NGX_INVOKE_TLS_DONE,        /* the handshake */
    NGX_INVOKE_TLS_SESSION,     /* the length of its id; that and DER */
    NGX_INVOKE_TLS_KEYLOG,      /* a line */
    NGX_INVOKE_TLS_OCSP,        /* a response, if there is one */
    NGX_INVOKE_TLS_ERROR,       /* message, library, reason, each with a NUL;
                                   value: 1 where it is that of a write */
    NGX_INVOKE_TLS_CERTIFICATE, /* a server is to choose one: 1 if OCSP is asked
                                   for; the name */
    NGX_INVOKE_TLS_HELLO        /* 1 if there is a ticket; the session's id */
} ngx_invoke_tls_event_e;


typedef struct {
    u_char                          *data;
    size_t                           pos;
    size_t                           len;       /* from pos on */
    size_t                           size;
} ngx_invoke_tls_buffer_t;


typedef struct {
    ngx_invoke_stream_t              stream;
    ngx_invoke_stream_listener_t     listener;
    ngx_invoke_stream_t             *parent;    /* held; NULL: given up */
    SSL                             *ssl;       /* NULL: destroyed */

    ngx_invoke_tls_buffer_t          in;
    const u_char                    *unread;    /* what the parent tells now */
    size_t                           nunread;
    ngx_invoke_tls_buffer_t          out;
    ngx_invoke_tls_buffer_t          pending;   /* clear text */

    ngx_uint_t                       layer;     /* 1: over none of TLS */
    ngx_uint_t                       sending;   /* writes that the parent has */
    ngx_uint_t                       waiting;   /* writes yet to be told */

    ngx_str_t                        protocols; /* a server's, of ALPN */
    ngx_str_t                        ocsp;      /* a server's response */
    SSL_SESSION                     *resumed;   /* a server's, to go on with */

    uint8_t                          identity[SHA256_DIGEST_LENGTH];
    uint8_t                          key[SHA256_DIGEST_LENGTH];
    ngx_str_t                        session;   /* DER, yet to be trusted */

    unsigned                         server:1;
    unsigned                         held_up:1; /* the stream below writes
                                                   what is not TLS's */
    unsigned                         started:1;
    unsigned                         established:1;
    unsigned                         known:1;   /* a client's peer was looked
                                                   at, and may be written to */
    unsigned                         flushing:1;
    unsigned                         pulling:1; /* of OpenSSL, in turn */
    unsigned                         eof:1;     /* nothing more is read */
    unsigned                         failed:1;  /* OpenSSL has, and is not
                                                   asked any more */
    unsigned                         ending:1;  /* shutdown() waits for "out" */
    unsigned                         shutting:1;    /* the parent does it */
    unsigned                         sessions:1;    /* are told */
    unsigned                         keylog:1;
    unsigned                         cached:1;  /* "key" is set */
    unsigned                         trusted:1;
    unsigned                         hello:2;   /* 1: is told, 2: was, 3: go */
    unsigned                         choice:2;  /* of a certificate, the same */
    unsigned                         session_wait:1;    /* nothing is sent */
} ngx_invoke_tls_t;


/*
 * A stream over another one, in the state of a client or of a server, with one
 * reference. NULL: memory is out.
 */
ngx_invoke_tls_t *ngx_invoke_tls_create(ngx_invoke_context_t *ctx,
    ngx_invoke_stream_t *parent, ngx_invoke_tls_context_t *c,
    ngx_uint_t server);

/* The stream of a holder, NULL: it is none. */
ngx_invoke_tls_t *ngx_invoke_tls_get(ngx_invoke_v8_value_t v);

/* A client begins, or whatever has waited goes on. */
void ngx_invoke_tls_cycle(ngx_invoke_tls_t *t);

/* Of that what is to be sent: nothing is read, as someone may be doing. */
void ngx_invoke_tls_send(ngx_invoke_tls_t *t);

/* Takes bytes as if the stream below had read them. */
void ngx_invoke_tls_receive(ngx_invoke_tls_t *t, const u_char *data,
    size_t len);

/* Frees OpenSSL's, and is not above the other stream any more. */
void ngx_invoke_tls_destroy(ngx_invoke_tls_t *t);

/*
 * Whatever a peer shows is taken, and looked at after the handshake by src/js;
 * OpenSSL goes on to the last error it finds, as in Node.
 */
int ngx_invoke_tls_take_any(int ok, X509_STORE_CTX *ctx);

/* The callbacks of a new SSL_CTX. */
void ngx_invoke_tls_prepare(SSL_CTX *ctx);

/*
 * It goes to the lot, or comes from there: the listener's unload() and load().
 * Only a client's whose server was found to be the right one is parked, and
 * that has shown no certificate itself.
 */
ngx_int_t ngx_invoke_tls_unload(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, ngx_invoke_lot_load_t *load);
ngx_int_t ngx_invoke_tls_load(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, ngx_invoke_lot_load_t load);

/* Of a connection: where OpenSSL's callbacks find it. */
ngx_invoke_tls_t *ngx_invoke_tls_of(const SSL *ssl);

/* NGX_ERROR: memory is out. */
ngx_int_t ngx_invoke_tls_append(ngx_invoke_tls_buffer_t *b,
    const u_char *data, size_t len);
void ngx_invoke_tls_consume(ngx_invoke_tls_buffer_t *b, size_t len);
void ngx_invoke_tls_free(ngx_invoke_tls_buffer_t *b);

/* The memory of a connection as OpenSSL's BIO; NULL: memory is out. */
BIO *ngx_invoke_tls_bio_create(ngx_invoke_tls_t *t);


/*
 * Sessions of clients that a worker keeps, by a key of 32 bytes, for one hour
 * at most. One of TLS 1.3 is gone once it was taken. They are copies, so that
 * they can be of any thread. Any thread.
 */
void ngx_invoke_tls_session_put(const uint8_t *key, const u_char *der,
    size_t len);
/* A reference, or NULL: there is none. */
SSL_SESSION *ngx_invoke_tls_session_take(const uint8_t *key);


#endif /* _NGX_INVOKE_TLS_H_INCLUDED_ */
