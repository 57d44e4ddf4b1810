
#include "ngx_invoke_http.h"
#include "ngx_invoke_escape.h"


static ngx_int_t ngx_invoke_response_head(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);
static void ngx_invoke_response_body(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);
static ngx_invoke_part_t *ngx_invoke_response_part(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);
static ngx_int_t ngx_invoke_response_last(ngx_invoke_ctx_t *ctx,
    ngx_chain_t *out);
static void ngx_invoke_response_output(ngx_invoke_ctx_t *ctx,
    ngx_chain_t *out, ngx_uint_t last);
static void ngx_invoke_response_sent(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_response_write(ngx_http_request_t *r);
static ngx_int_t ngx_invoke_response_keep(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_response_free(void *data);
static void ngx_invoke_response_drop(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);


void
ngx_invoke_response_reply(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    if (ctx->state == NGX_INVOKE_WAITING && reply->status
        && ngx_invoke_response_head(ctx, reply) != NGX_OK)
    {
        return;
    }

    if (ctx->state == NGX_INVOKE_REPLYING) {
        ngx_invoke_response_body(ctx, reply);
        return;
    }

    ngx_invoke_response_drop(ctx, reply);
}


/*
 * Sends the head. NGX_OK when the body is to follow; else the request has
 * been dealt with and the reply was freed.
 */

static ngx_int_t
ngx_invoke_response_head(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    ngx_int_t                  rc;
    ngx_uint_t                 status;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_invoke_error_t         error;
    ngx_http_core_loc_conf_t  *clcf;

    r = ctx->request;
    c = r->connection;

    ngx_memzero(&error, sizeof(ngx_invoke_error_t));

    rc = ngx_invoke_header_set(ctx, reply, &error.message);

    if (rc == NGX_DECLINED) {
        ngx_http_clean_header(r);

        error.outcome = NGX_INVOKE_EXCEPTION;
        ngx_str_set(&error.name, "TypeError");

        ngx_invoke_reply_free(reply);
        ngx_invoke_error_send(ctx, &error);

        return NGX_DONE;
    }

    if (rc == NGX_ERROR) {
        ngx_invoke_reply_free(reply);
        ngx_invoke_ctx_finalize(ctx, NGX_HTTP_INTERNAL_SERVER_ERROR);

        return NGX_DONE;
    }

    if (ngx_invoke_instead_wanted(ctx, reply->status)) {
        status = reply->status;

        ngx_invoke_response_drop(ctx, reply);
        ngx_invoke_instead(ctx, status);

        return NGX_DONE;
    }

    /* what the client still sends is not read, so this is the last request */

    if (reply->last && r->reading_body) {
        r->keepalive = 0;
    }

    ctx->state = NGX_INVOKE_REPLYING;
    r->write_event_handler = ngx_invoke_response_write;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK) {

        /* a filter has answered instead, or the client has left */

        if (reply->last && !c->error) {
            ctx->state = NGX_INVOKE_SENT;
        }

        ngx_invoke_reply_free(reply);
        ngx_invoke_ctx_finalize(ctx, rc);

        return NGX_DONE;
    }

    ctx->discard = r->header_only;

    if (reply->last || ctx->discard) {
        return NGX_OK;
    }

    /* what is streamed goes out at once, and so does its head */

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if ((clcf->tcp_nodelay && ngx_tcp_nodelay(c) != NGX_OK)
        || (reply->body.len == 0
            && ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR))
    {
        ngx_invoke_reply_free(reply);
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);

        return NGX_DONE;
    }

    return NGX_OK;
}


static void
ngx_invoke_response_body(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    size_t               size;
    u_char               buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t            name;
    ngx_chain_t          out;
    ngx_uint_t           last, cut;
    ngx_http_request_t  *r;
    ngx_invoke_part_t   *part;

    r = ctx->request;

    last = reply->last;
    cut = 0;

    if (ctx->discard) {
        ngx_invoke_response_drop(ctx, reply);

        if (last) {
            ngx_invoke_response_output(ctx, NULL, 1);
        }

        return;
    }

    ngx_invoke_log_response_body(ctx, reply);

    /* a declared length is kept to: the next response begins behind it */

    if (ctx->rest != -1) {
        size = reply->body.len;

        if ((off_t) size > ctx->rest || (last && (off_t) size < ctx->rest)) {
            name = ngx_invoke_escape_name(buf, &ctx->id);

            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "invoke: function \"%V\" has sent %s than the "
                          "content-length it declared", &name,
                          (off_t) size > ctx->rest ? "more" : "less");

            cut = 1;
            reply->body.len = ngx_min((off_t) size, ctx->rest);
        }

        ctx->rest -= reply->body.len;
    }

    out.buf = NULL;
    out.next = NULL;

    if (reply->fd != -1 ? reply->file_size : (off_t) reply->body.len) {

        part = ngx_invoke_response_part(ctx, reply);
        if (part == NULL) {
            ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
            return;
        }

        if (last && !cut) {
            part->buf.last_buf = (r == r->main);
            part->buf.last_in_chain = 1;

        } else {
            part->buf.flush = 1;
        }

        ngx_invoke_response_output(ctx, &part->chain, last && !cut);

    } else {
        ngx_invoke_reply_free(reply);

        if (last && !cut) {
            if (ngx_invoke_response_last(ctx, &out) != NGX_OK) {
                ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
                return;
            }

            ngx_invoke_response_output(ctx, &out, 1);
        }
    }

    if (cut) {
        r->keepalive = 0;
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
    }
}


/* Takes the reply over: it is freed when its bytes have been sent. */

static ngx_invoke_part_t *
ngx_invoke_response_part(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    ngx_buf_t          *b;
    ngx_file_t         *file;
    ngx_invoke_part_t  *part;

    part = ctx->free_parts;

    if (part) {
        ctx->free_parts = part->next;
        ngx_memzero(part, sizeof(ngx_invoke_part_t));

    } else {
        part = ngx_pcalloc(ctx->request->pool, sizeof(ngx_invoke_part_t));
    }

    if (part == NULL || ngx_invoke_response_keep(ctx) != NGX_OK) {
        ngx_invoke_reply_free(reply);
        return NULL;
    }

    b = &part->buf;

    part->reply = reply;
    part->chain.buf = b;

    *ctx->last_part = part;
    ctx->last_part = &part->next;

    b->tag = (ngx_buf_tag_t) &ngx_invoke_module;

    if (reply->fd == -1) {
        b->start = reply->body.data;
        b->pos = b->start;
        b->last = b->start + reply->body.len;
        b->end = b->last;
        b->temporary = 1;

        part->left = reply->body.len;

        return part;
    }

    file = ngx_pcalloc(ctx->request->pool, sizeof(ngx_file_t));
    if (file == NULL) {
        return NULL;
    }

    file->fd = reply->fd;
    file->name = ctx->id;
    file->log = ctx->request->connection->log;

    b->file = file;
    b->file_pos = reply->file_start;
    b->file_last = reply->file_start + reply->file_size;
    b->in_file = 1;

    return part;
}


static ngx_int_t
ngx_invoke_response_last(ngx_invoke_ctx_t *ctx, ngx_chain_t *out)
{
    ngx_buf_t           *b;
    ngx_http_request_t  *r;

    r = ctx->request;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last_buf = (r == r->main);
    b->last_in_chain = 1;
    b->sync = !b->last_buf;

    out->buf = b;

    return NGX_OK;
}


static void
ngx_invoke_response_output(ngx_invoke_ctx_t *ctx, ngx_chain_t *out,
    ngx_uint_t last)
{
    ngx_int_t                  rc;
    ngx_event_t               *wev;
    ngx_connection_t          *c;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = ctx->request;
    c = r->connection;

    rc = NGX_OK;

    if (!ctx->discard) {
        rc = ngx_http_output_filter(r, out);

        if (rc == NGX_ERROR) {
            ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
            return;
        }
    }

    if (last) {
        ctx->state = NGX_INVOKE_SENT;
        ctx->rc = rc;

        if (ctx->inv || ctx->end.posted) {
            ngx_post_event(&ctx->end, &ngx_posted_events);

        } else {
            ngx_invoke_ctx_finalize(ctx, rc);
        }

        return;
    }

    ngx_invoke_response_sent(ctx);

    wev = c->write;
    clcf = ngx_http_get_module_loc_conf(r->main, ngx_http_core_module);

    if (c->data == r && ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK)
    {
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
        return;
    }

    if (wev->delayed) {
        return;
    }

    /* the time that a client may take counts while its socket is full */

    if (wev->active && !wev->ready) {
        ngx_add_timer(wev, clcf->send_timeout);

    } else if (wev->timer_set) {
        ngx_del_timer(wev);
    }
}


/* Tells the function of what was sent, and frees it. */

static void
ngx_invoke_response_sent(ngx_invoke_ctx_t *ctx)
{
    off_t               left;
    ngx_invoke_part_t  *part;

    for ( ;; ) {
        part = ctx->parts;

        if (part == NULL) {
            break;
        }

        left = ngx_buf_size(&part->buf);

        if (left < part->left && ctx->inv) {
            ngx_invoke_invocation_consumed(ctx->inv, part->left - left
                                           + (left ? 0 : part->reply->charge));
        }

        part->left = left;

        if (left) {
            break;
        }

        ctx->parts = part->next;

        if (ctx->parts == NULL) {
            ctx->last_part = &ctx->parts;
        }

        ngx_invoke_reply_free(part->reply);

        part->next = ctx->free_parts;
        ctx->free_parts = part;
    }
}


static void
ngx_invoke_response_write(ngx_http_request_t *r)
{
    ngx_event_t               *wev;
    ngx_connection_t          *c;
    ngx_invoke_ctx_t          *ctx;
    ngx_http_core_loc_conf_t  *clcf;

    c = r->connection;
    wev = c->write;

    ctx = ngx_http_get_module_ctx(r, ngx_invoke_module);

    if (ctx == NULL || (ctx->state != NGX_INVOKE_REPLYING
                        && ctx->state != NGX_INVOKE_SENT))
    {
        return;
    }

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, c->log, NGX_ETIMEDOUT,
                      "client timed out");
        c->timedout = 1;

        ngx_invoke_ctx_finalize(ctx, NGX_HTTP_REQUEST_TIME_OUT);
        return;
    }

    if (wev->delayed || r->aio) {
        clcf = ngx_http_get_module_loc_conf(r->main, ngx_http_core_module);

        if (!wev->delayed) {
            ngx_add_timer(wev, clcf->send_timeout);
        }

        if (ngx_handle_write_event(wev, clcf->send_lowat) != NGX_OK) {
            ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
        }

        return;
    }

    /* a subrequest may become active between its last output and its end */

    ngx_invoke_response_output(ctx, NULL, ctx->state == NGX_INVOKE_SENT);
}


static void
ngx_invoke_response_drop(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    if (reply->body.len && ctx->inv) {
        ngx_invoke_invocation_consumed(ctx->inv, reply->body.len
                                                 + reply->charge);
    }

    ngx_invoke_reply_free(reply);
}


/* The request is to free, in the end, what nginx had no need to send. */

static ngx_int_t
ngx_invoke_response_keep(ngx_invoke_ctx_t *ctx)
{
    ngx_pool_cleanup_t  *cln;

    if (ctx->kept) {
        return NGX_OK;
    }

    cln = ngx_pool_cleanup_add(ctx->request->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_invoke_response_free;
    cln->data = ctx;

    ctx->kept = 1;

    return NGX_OK;
}


static void
ngx_invoke_response_free(void *data)
{
    ngx_invoke_ctx_t   *ctx = data;
    ngx_invoke_part_t  *part;

    for (part = ctx->parts; part; part = part->next) {
        ngx_invoke_reply_free(part->reply);
    }

    ctx->parts = NULL;
}
