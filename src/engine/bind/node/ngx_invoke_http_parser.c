
#include "ngx_invoke_http_parser.h"


#define NGX_INVOKE_HTTP_LENIENT_HEADERS         1
#define NGX_INVOKE_HTTP_LENIENT_CHUNKED_LENGTH  2
#define NGX_INVOKE_HTTP_LENIENT_KEEP_ALIVE      4

#define NGX_INVOKE_HTTP_EXTENSIONS              16384


/* actor thread, all of this file */

static ngx_invoke_http_parser_t *
ngx_invoke_http_parser_of(llhttp_t *llhttp)
{
    return (ngx_invoke_http_parser_t *)
               ((u_char *) llhttp - offsetof(ngx_invoke_http_parser_t,
                                             llhttp));
}


static ngx_int_t
ngx_invoke_http_text_add(ngx_invoke_http_text_t *text, const char *at,
    size_t len)
{
    char    *data;
    size_t   size;

    if (len > text->size - text->len) {
        size = ngx_max(2 * text->size, text->len + len);
        size = ngx_max(size, 256);

        data = ngx_invoke_v8_alloc(size);
        if (data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(data, text->data, text->len);
        ngx_invoke_v8_free(text->data);
        text->data = data;
        text->size = size;
    }

    ngx_memcpy(text->data + text->len, at, len);
    text->len += len;

    return NGX_OK;
}


static int
ngx_invoke_http_parser_fail(ngx_invoke_http_parser_t *hp, const char *reason)
{
    llhttp_set_error_reason(&hp->llhttp, reason);

    return HPE_USER;
}


/* Bytes of the header; other than 0: an error of llhttp. */

static int
ngx_invoke_http_parser_text(ngx_invoke_http_parser_t *hp,
    ngx_invoke_http_text_t *text, const char *at, size_t len)
{
    hp->header_read += len;

    if (hp->header_read >= hp->header_max) {
        return ngx_invoke_http_parser_fail(hp,
                   "HPE_HEADER_OVERFLOW:Header overflow");
    }

    if (ngx_invoke_http_text_add(text, at, len) != NGX_OK) {
        return ngx_invoke_http_parser_fail(hp,
                   "HPE_HEADER_OVERFLOW:Out of memory");
    }

    return 0;
}


static ngx_invoke_http_part_t *
ngx_invoke_http_parser_part(ngx_invoke_http_parser_t *hp,
    ngx_invoke_http_part_e type)
{
    ngx_invoke_http_part_t  *part;

    if (hp->nparts == NGX_INVOKE_HTTP_PARTS) {
        return NULL;
    }

    part = &hp->parts[hp->nparts++];
    ngx_memzero(part, sizeof(ngx_invoke_http_part_t));
    part->type = type;

    return part;
}


/* Stops, to go on in the next call. */

static int
ngx_invoke_http_parser_stop(ngx_invoke_http_parser_t *hp)
{
    hp->stopped = 1;

    return HPE_PAUSED;
}


static ngx_invoke_v8_value_t
ngx_invoke_http_string(ngx_invoke_v8_call_t *call, const char *data,
    size_t len)
{
    return ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, data, len);
}


/* The array of names and values, which are then forgotten. */

static ngx_invoke_v8_value_t
ngx_invoke_http_parser_headers(ngx_invoke_http_parser_t *hp)
{
    size_t                 *ends, start, end;
    ngx_uint_t              i, n;
    ngx_invoke_v8_value_t  *values, array;

    /* a name without a value is left out */
    n = hp->ends.len / sizeof(size_t) & ~(ngx_uint_t) 1;
    ends = (size_t *) (void *) hp->ends.data;
    start = 0;

    values = malloc(ngx_max(n, 1) * sizeof(ngx_invoke_v8_value_t));
    if (values == NULL) {
        ngx_invoke_v8_throw(hp->call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return NULL;
    }

    for (i = 0; i < n; i++) {
        end = ends[i];

        while (i % 2 == 1 && end > start
               && (hp->header.data[end - 1] == ' '
                   || hp->header.data[end - 1] == '\t'))
        {
            end--;
        }

        values[i] = ngx_invoke_http_string(hp->call, hp->header.data + start,
                                           end - start);
        if (values[i] == NULL) {
            free(values);
            return NULL;
        }

        start = ends[i];
    }

    array = ngx_invoke_v8_new_array(hp->call, values, n);
    free(values);

    hp->ends.len = 0;
    hp->header.len = 0;

    return array;
}


/* A part with the headers, of a message or behind its body. */

static ngx_int_t
ngx_invoke_http_parser_add_headers(ngx_invoke_http_parser_t *hp,
    ngx_invoke_http_part_e type)
{
    ngx_invoke_http_part_t  *part;

    part = ngx_invoke_http_parser_part(hp, type);
    if (part == NULL) {
        return NGX_ERROR;
    }

    part->headers = ngx_invoke_http_parser_headers(hp);

    if (part->headers != NULL) {
        part->url = ngx_invoke_http_string(hp->call, hp->url.data,
                                           hp->url.len);
    }

    if (part->url == NULL) {
        hp->threw = 1;
        return NGX_ERROR;
    }

    return NGX_OK;
}


static int
ngx_invoke_http_on_begin(llhttp_t *llhttp)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    hp->url.len = 0;
    hp->status.len = 0;
    hp->header.len = 0;
    hp->ends.len = 0;
    hp->extensions = 0;

    return ngx_invoke_http_parser_part(hp, NGX_INVOKE_HTTP_BEGIN) != NULL
           ? 0 : -1;
}


static int
ngx_invoke_http_on_url(llhttp_t *llhttp, const char *at, size_t len)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    return ngx_invoke_http_parser_text(hp, &hp->url, at, len);
}


static int
ngx_invoke_http_on_status(llhttp_t *llhttp, const char *at, size_t len)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    return ngx_invoke_http_parser_text(hp, &hp->status, at, len);
}


/* A piece of a name, or of a value, which are the odd ones. */

static int
ngx_invoke_http_parser_header(ngx_invoke_http_parser_t *hp, ngx_uint_t odd,
    const char *at, size_t len)
{
    int     rc;
    size_t  n, end;

    rc = ngx_invoke_http_parser_text(hp, &hp->header, at, len);
    if (rc != 0) {
        return rc;
    }

    n = hp->ends.len / sizeof(size_t);
    end = hp->header.len;

    if (n % 2 != odd) {
        ((size_t *) (void *) hp->ends.data)[n - 1] = end;
        return 0;
    }

    /* the other kind was the last: a new one */

    if (ngx_invoke_http_text_add(&hp->ends, (const char *) &end, sizeof(end))
        != NGX_OK)
    {
        return ngx_invoke_http_parser_fail(hp,
                   "HPE_HEADER_OVERFLOW:Out of memory");
    }

    return 0;
}


static int
ngx_invoke_http_on_field(llhttp_t *llhttp, const char *at, size_t len)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    return ngx_invoke_http_parser_header(hp, 0, at, len);
}


static int
ngx_invoke_http_on_value(llhttp_t *llhttp, const char *at, size_t len)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    return ngx_invoke_http_parser_header(hp, 1, at, len);
}


static int
ngx_invoke_http_on_headers_complete(llhttp_t *llhttp)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    hp->header_read = 0;

    if (ngx_invoke_http_parser_add_headers(hp,
                                           NGX_INVOKE_HTTP_HEADERS_COMPLETE)
        != NGX_OK)
    {
        return -1;
    }

    return ngx_invoke_http_parser_stop(hp);
}


static int
ngx_invoke_http_on_body(llhttp_t *llhttp, const char *at, size_t len)
{
    ngx_invoke_http_part_t    *part;
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    if (len == 0) {
        return 0;
    }

    part = ngx_invoke_http_parser_part(hp, NGX_INVOKE_HTTP_BODY);
    if (part == NULL) {
        return -1;
    }

    part->body = at;
    part->len = len;

    return 0;
}


static int
ngx_invoke_http_on_complete(llhttp_t *llhttp)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    if (hp->ends.len != 0) {
        hp->url.len = 0;

        if (ngx_invoke_http_parser_add_headers(hp, NGX_INVOKE_HTTP_HEADERS)
            != NGX_OK)
        {
            return -1;
        }
    }

    return ngx_invoke_http_parser_part(hp, NGX_INVOKE_HTTP_COMPLETE) != NULL
           ? 0 : -1;
}


static int
ngx_invoke_http_on_extension(llhttp_t *llhttp, const char *at, size_t len)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    hp->extensions += len;

    if (hp->extensions > NGX_INVOKE_HTTP_EXTENSIONS) {
        return ngx_invoke_http_parser_fail(hp,
                   "HPE_CHUNK_EXTENSIONS_OVERFLOW:Chunk extensions overflow");
    }

    return 0;
}


static int
ngx_invoke_http_on_chunk(llhttp_t *llhttp)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    hp->header_read = 0;
    hp->extensions = 0;

    return 0;
}


static int
ngx_invoke_http_on_chunk_complete(llhttp_t *llhttp)
{
    ngx_invoke_http_parser_t  *hp = ngx_invoke_http_parser_of(llhttp);

    hp->header_read = 0;

    return hp->nparts < NGX_INVOKE_HTTP_PARTS / 2 ? 0
           : ngx_invoke_http_parser_stop(hp);
}


static const llhttp_settings_t  ngx_invoke_http_settings = {
    .on_message_begin = ngx_invoke_http_on_begin,
    .on_url = ngx_invoke_http_on_url,
    .on_status = ngx_invoke_http_on_status,
    .on_header_field = ngx_invoke_http_on_field,
    .on_header_value = ngx_invoke_http_on_value,
    .on_headers_complete = ngx_invoke_http_on_headers_complete,
#if (LLHTTP_VERSION_MAJOR < 7)
    .on_chunk_parameters = ngx_invoke_http_on_extension,
#else
    .on_chunk_extension_name = ngx_invoke_http_on_extension,
    .on_chunk_extension_value = ngx_invoke_http_on_extension,
#endif
    .on_body = ngx_invoke_http_on_body,
    .on_message_complete = ngx_invoke_http_on_complete,
    .on_chunk_header = ngx_invoke_http_on_chunk,
    .on_chunk_complete = ngx_invoke_http_on_chunk_complete
};


ngx_invoke_http_parser_t *
ngx_invoke_http_parser_create(void)
{
    return calloc(1, sizeof(ngx_invoke_http_parser_t));
}


void
ngx_invoke_http_parser_free(void *data)
{
    ngx_invoke_http_parser_t  *hp = data;

    ngx_invoke_v8_free(hp->url.data);
    ngx_invoke_v8_free(hp->status.data);
    ngx_invoke_v8_free(hp->header.data);
    ngx_invoke_v8_free(hp->ends.data);
    free(hp);
}


void
ngx_invoke_http_parser_init(ngx_invoke_http_parser_t *hp, llhttp_type_t type,
    size_t header_max, int32_t lenient)
{
    llhttp_init(&hp->llhttp, type, &ngx_invoke_http_settings);

    if (lenient & NGX_INVOKE_HTTP_LENIENT_HEADERS) {
        llhttp_set_lenient_headers(&hp->llhttp, 1);
    }

    if (lenient & NGX_INVOKE_HTTP_LENIENT_CHUNKED_LENGTH) {
        llhttp_set_lenient_chunked_length(&hp->llhttp, 1);
    }

    if (lenient & NGX_INVOKE_HTTP_LENIENT_KEEP_ALIVE) {
        llhttp_set_lenient_keep_alive(&hp->llhttp, 1);
    }

    hp->url.len = 0;
    hp->status.len = 0;
    hp->header.len = 0;
    hp->ends.len = 0;
    hp->header_read = 0;
    hp->header_max = header_max;
    hp->extensions = 0;
    hp->initialised = 1;
    hp->stopped = 0;
}


llhttp_errno_t
ngx_invoke_http_parser_execute(ngx_invoke_http_parser_t *hp,
    ngx_invoke_v8_call_t *call, const char *data, size_t len, int32_t verdict,
    const char **pos)
{
    llhttp_errno_t  err;

    if (hp->stopped) {
        hp->stopped = 0;
        llhttp_resume(&hp->llhttp);

        if (verdict == 2) {
            hp->llhttp.upgrade = 1;
        }

        if (verdict != 0) {
            hp->llhttp.flags |= F_SKIPBODY;
        }
    }

    hp->call = call;
    hp->nparts = 0;
    hp->threw = 0;

    err = data == NULL ? llhttp_finish(&hp->llhttp)
                       : llhttp_execute(&hp->llhttp, data, len);

    *pos = err == HPE_OK && data != NULL ? data + len
           : llhttp_get_error_pos(&hp->llhttp);

    /* one that has failed before has that of bytes which are there no more */

    if ((uintptr_t) *pos < (uintptr_t) data
        || (uintptr_t) *pos > (uintptr_t) data + len)
    {
        *pos = data;
    }

    /* no real pause, but a way to end early */

    if (err == HPE_PAUSED_UPGRADE) {
        llhttp_resume_after_upgrade(&hp->llhttp);
        err = HPE_OK;
    }

    hp->call = NULL;

    return err;
}
