
#include "ngx_invoke_s3.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"

#include <curl/curl.h>
#include <openssl/evp.h>


/* Limits of a connection: seconds, and bytes a second. */
#define NGX_INVOKE_S3_CONNECTS    2
#define NGX_INVOKE_S3_SLOW        4
#define NGX_INVOKE_S3_SPEED       1024
#define NGX_INVOKE_S3_TOTAL       300

/* Tries of one object; none begins so late, in ms, that has got no byte. */
#define NGX_INVOKE_S3_TRIES       4
#define NGX_INVOKE_S3_LATE        4000
/* ms before the second try, doubled with each, a half of it by chance. */
#define NGX_INVOKE_S3_PAUSE       150

#define NGX_INVOKE_S3_ERROR       1024      /* of an error's body */
#define NGX_INVOKE_S3_ETAG        128
#define NGX_INVOKE_S3_KEY         1024      /* what S3 has as a limit */

/* SHA-256 of nothing, the body of a GET. */
#define NGX_INVOKE_S3_NOTHING                                                 \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


typedef struct {
    ngx_invoke_s3_get_t   *get;
    CURL                  *curl;
    EVP_MD_CTX            *md;
    u_char                *url;

    off_t                  size;            /* of the file, so far */
    u_char                 etag[NGX_INVOKE_S3_ETAG];    /* of that part */

    /* the answer to one try */

    ngx_uint_t             status;
    u_char                 answer_etag[NGX_INVOKE_S3_ETAG];
    off_t                  first;           /* of Content-Range, or -1 */
    size_t                 error_len;
    u_char                 error[NGX_INVOKE_S3_ERROR + 1];
    char                   cause[CURL_ERROR_SIZE];      /* libcurl's words */

    unsigned               begun:1;         /* its body has */
    unsigned               too_large:1;
    unsigned               changed:1;       /* it cannot be gone on with */
    unsigned               stopped:1;
} ngx_invoke_s3_t;


static void ngx_invoke_s3_count(ngx_invoke_s3_t *s3, ngx_invoke_s3_rc_e rc,
    ngx_uint_t n);
static u_char *ngx_invoke_s3_url(ngx_invoke_s3_get_t *get);
static u_char *ngx_invoke_s3_key(u_char *p, ngx_str_t *key);
static ngx_int_t ngx_invoke_s3_options(ngx_invoke_s3_t *s3);
static ngx_int_t ngx_invoke_s3_credentials(ngx_invoke_s3_t *s3);
static ngx_invoke_s3_rc_e ngx_invoke_s3_try(ngx_invoke_s3_t *s3);
static ngx_invoke_s3_rc_e ngx_invoke_s3_answer(ngx_invoke_s3_t *s3,
    CURLcode code);
static void ngx_invoke_s3_cause(ngx_invoke_s3_t *s3, CURLcode code);
static ngx_invoke_s3_rc_e ngx_invoke_s3_status(ngx_invoke_s3_t *s3);
static ngx_int_t ngx_invoke_s3_pause(ngx_invoke_s3_t *s3, ngx_uint_t n);
static ngx_int_t ngx_invoke_s3_restart(ngx_invoke_s3_t *s3);
static size_t ngx_invoke_s3_header(char *data, size_t size, size_t n,
    void *arg);
static size_t ngx_invoke_s3_body(char *data, size_t size, size_t n, void *arg);
static ngx_int_t ngx_invoke_s3_begin(ngx_invoke_s3_t *s3);
static int ngx_invoke_s3_progress(void *arg, curl_off_t dltotal,
    curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow);
static uint64_t ngx_invoke_s3_now(void);


ngx_int_t
ngx_invoke_s3_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? NGX_OK
                                                             : NGX_ERROR;
}


void
ngx_invoke_s3_exit(void)
{
    curl_global_cleanup();
}


/* thread pool, all below */

ngx_invoke_s3_rc_e
ngx_invoke_s3_get(ngx_invoke_s3_get_t *get)
{
    off_t               before;
    uint64_t            start;
    curl_off_t          modified;
    ngx_uint_t          n;
    ngx_invoke_s3_t     s3;
    ngx_invoke_s3_rc_e  rc;

    ngx_memzero(&s3, sizeof(ngx_invoke_s3_t));

    s3.get = get;
    get->err = 0;
    get->size = 0;
    get->modified = 0;
    get->detail[0] = '\0';

    s3.url = ngx_invoke_s3_url(get);

    if (s3.url == NULL) {
        return get->err ? NGX_INVOKE_S3_LOCAL : NGX_INVOKE_S3_REFUSED;
    }

    rc = NGX_INVOKE_S3_LOCAL;
    get->err = ENOMEM;

    s3.md = EVP_MD_CTX_new();
    s3.curl = curl_easy_init();

    if (s3.md == NULL || s3.curl == NULL
        || !EVP_DigestInit_ex(s3.md, EVP_sha256(), NULL)
        || ngx_invoke_s3_options(&s3) != NGX_OK)
    {
        goto done;
    }

    get->err = 0;
    start = ngx_invoke_s3_now();

    for (n = 1; /* void */ ; n++) {

        before = s3.size;
        rc = ngx_invoke_s3_try(&s3);

        ngx_invoke_s3_count(&s3, rc, n);

        if (!(ngx_invoke_s3_away(rc) || s3.changed)
            || n == NGX_INVOKE_S3_TRIES
            || (s3.size <= before
                && ngx_invoke_s3_now() - start > NGX_INVOKE_S3_LATE))
        {
            break;
        }

        if (s3.changed && ngx_invoke_s3_restart(&s3) != NGX_OK) {
            rc = NGX_INVOKE_S3_LOCAL;
            break;
        }

        if (ngx_invoke_s3_pause(&s3, n) != NGX_OK) {
            rc = NGX_INVOKE_S3_STOPPED;
            break;
        }
    }

    if (rc == NGX_INVOKE_S3_OK) {
        get->size = s3.size;
        (void) EVP_DigestFinal_ex(s3.md, get->sha256, NULL);

        if (curl_easy_getinfo(s3.curl, CURLINFO_FILETIME_T, &modified)
            == CURLE_OK)
        {
            get->modified = (time_t) ngx_max(modified, 0);
        }
    }

done:

    curl_easy_cleanup(s3.curl);
    EVP_MD_CTX_free(s3.md);
    free(s3.url);

    return rc;
}


static void
ngx_invoke_s3_count(ngx_invoke_s3_t *s3, ngx_invoke_s3_rc_e rc, ngx_uint_t n)
{
    curl_off_t  us, bytes;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_S3_REQUESTS, 1);

    if (n > 1) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_S3_RETRIES, 1);
    }

    if (rc >= NGX_INVOKE_S3_MISSING && rc <= NGX_INVOKE_S3_REFUSED) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_S3_MISSING
                               + rc - NGX_INVOKE_S3_MISSING, 1);
    }

    if (s3->begun
        && curl_easy_getinfo(s3->curl, CURLINFO_SIZE_DOWNLOAD_T, &bytes)
           == CURLE_OK)
    {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_S3_BYTES, bytes);
    }

    if (s3->status
        && curl_easy_getinfo(s3->curl, CURLINFO_TOTAL_TIME_T, &us)
           == CURLE_OK)
    {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_S3_ANSWERS, 1);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_S3_LATENCY, us * 1000);
    }
}


/* NULL: with err 0 the key is one that cannot be asked for. */

static u_char *
ngx_invoke_s3_url(ngx_invoke_s3_get_t *get)
{
    size_t                       scheme;
    u_char                      *url, *p;
    const ngx_invoke_s3_conf_t  *conf = get->conf;

    if (get->key.len == 0 || get->key.len > NGX_INVOKE_S3_KEY) {
        (void) ngx_cpystrn(get->detail, (u_char *) "the key is empty or long",
                           NGX_INVOKE_S3_DETAIL);
        return NULL;
    }

    url = malloc(conf->url.len + 1 + conf->bucket.len + 1 + 3 * get->key.len
                 + 1);
    if (url == NULL) {
        get->err = ENOMEM;
        return NULL;
    }

    scheme = ngx_strncmp(conf->url.data, "https", 5) == 0
             ? sizeof("https://") - 1 : sizeof("http://") - 1;

    if (conf->virtual_host) {
        p = ngx_sprintf(url, "%*s%V.%*s/", scheme, conf->url.data,
                        &conf->bucket, conf->url.len - scheme,
                        conf->url.data + scheme);
    } else {
        p = ngx_sprintf(url, "%V/%V/", &conf->url, &conf->bucket);
    }

    p = ngx_invoke_s3_key(p, &get->key);

    if (p == NULL) {
        (void) ngx_cpystrn(get->detail,
                           (u_char *) "the key has a segment \"\", \".\" or "
                           "\"..\"", NGX_INVOKE_S3_DETAIL);
        free(url);
        return NULL;
    }

    *p = '\0';

    return url;
}


/*
 * A signature is made of the path as it is sent. Some segments are folded on
 * the way to other keys: NULL.
 */

static u_char *
ngx_invoke_s3_key(u_char *p, ngx_str_t *key)
{
    u_char  c;
    size_t  i, start;

    static const u_char  hex[] = "0123456789ABCDEF";

    start = 0;

    for (i = 0; i <= key->len; i++) {

        if (i == key->len || key->data[i] == '/') {

            if (i == start
                || (i == start + 1 && key->data[start] == '.')
                || (i == start + 2 && key->data[start] == '.'
                    && key->data[start + 1] == '.'))
            {
                return NULL;
            }

            start = i + 1;

            if (i < key->len) {
                *p++ = '/';
            }

            continue;
        }

        c = key->data[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
            || (c >= '0' && c <= '9')
            || c == '-' || c == '.' || c == '_' || c == '~')
        {
            *p++ = c;
            continue;
        }

        *p++ = '%';
        *p++ = hex[c >> 4];
        *p++ = hex[c & 0xf];
    }

    return p;
}


static ngx_int_t
ngx_invoke_s3_options(ngx_invoke_s3_t *s3)
{
    CURL                        *curl = s3->curl;
    const ngx_invoke_s3_conf_t  *conf = s3->get->conf;

    if (curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, s3->cause) != CURLE_OK
        || curl_easy_setopt(curl, CURLOPT_URL, s3->url) != CURLE_OK
#if (LIBCURL_VERSION_NUM >= 0x075500)
        || curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https")
           != CURLE_OK
#else
        || curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
                            (long) (CURLPROTO_HTTP|CURLPROTO_HTTPS))
           != CURLE_OK
#endif
        || curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK
        || curl_easy_setopt(curl, CURLOPT_USERAGENT, "ngx_invoke")
           != CURLE_OK
        || (conf->ca.len
            && curl_easy_setopt(curl, CURLOPT_CAINFO, conf->ca.data)
               != CURLE_OK)
        || ngx_invoke_s3_credentials(s3) != NGX_OK)
    {
        return NGX_ERROR;
    }

    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FILETIME, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     (long) NGX_INVOKE_S3_CONNECTS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long) NGX_INVOKE_S3_SLOW);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT,
                     (long) NGX_INVOKE_S3_SPEED);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long) NGX_INVOKE_S3_TOTAL);

    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, ngx_invoke_s3_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, s3);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ngx_invoke_s3_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, s3);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ngx_invoke_s3_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, s3);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_s3_credentials(ngx_invoke_s3_t *s3)
{
    u_char                      *p;
    CURLcode                     user, password, sign;
    const ngx_invoke_s3_conf_t  *conf = s3->get->conf;

    if (conf->access_key.len == 0) {
        return NGX_OK;
    }

    p = malloc(conf->access_key.len + 1 + conf->secret_key.len + 1
               + sizeof("aws:amz::s3") + conf->region.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    /* a name may have a colon, where "name:password" would be cut */

    *ngx_sprintf(p, "%V", &conf->access_key) = '\0';
    user = curl_easy_setopt(s3->curl, CURLOPT_USERNAME, p);

    *ngx_sprintf(p, "%V", &conf->secret_key) = '\0';
    password = curl_easy_setopt(s3->curl, CURLOPT_PASSWORD, p);

    ngx_explicit_memzero(p, conf->secret_key.len);

    *ngx_sprintf(p, "aws:amz:%V:s3", &conf->region) = '\0';
    sign = curl_easy_setopt(s3->curl, CURLOPT_AWS_SIGV4, p);

    free(p);

    return user == CURLE_OK && password == CURLE_OK && sign == CURLE_OK
           ? NGX_OK : NGX_ERROR;
}


static ngx_invoke_s3_rc_e
ngx_invoke_s3_try(ngx_invoke_s3_t *s3)
{
    u_char              header[NGX_INVOKE_S3_ETAG + 64];
    CURLcode            code;
    struct curl_slist  *headers, *next;

    s3->status = 0;
    s3->error_len = 0;
    s3->first = -1;
    s3->begun = 0;
    s3->changed = 0;
    s3->answer_etag[0] = '\0';
    s3->cause[0] = '\0';

    headers = NULL;

    if (s3->get->conf->access_key.len) {
        headers = curl_slist_append(NULL, "x-amz-content-sha256: "
                                          NGX_INVOKE_S3_NOTHING);
        if (headers == NULL) {
            goto failed;
        }
    }

    if (s3->size) {
        *ngx_sprintf(header, "Range: bytes=%O-", s3->size) = '\0';
        next = curl_slist_append(headers, (char *) header);
        if (next == NULL) {
            goto failed;
        }

        headers = next;

        *ngx_sprintf(header, "If-Range: %s", s3->etag) = '\0';
        next = curl_slist_append(headers, (char *) header);
        if (next == NULL) {
            goto failed;
        }

        headers = next;
    }

    curl_easy_setopt(s3->curl, CURLOPT_HTTPHEADER, headers);

    code = curl_easy_perform(s3->curl);

    curl_easy_setopt(s3->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);

    return ngx_invoke_s3_answer(s3, code);

failed:

    curl_slist_free_all(headers);
    s3->get->err = ENOMEM;

    return NGX_INVOKE_S3_LOCAL;
}


/* What has become of one try; "size" and "etag" say how far it has come. */

static ngx_invoke_s3_rc_e
ngx_invoke_s3_answer(ngx_invoke_s3_t *s3, CURLcode code)
{
    ngx_invoke_s3_get_t  *get = s3->get;

    if (s3->stopped) {
        return NGX_INVOKE_S3_STOPPED;
    }

    if (get->err) {
        return NGX_INVOKE_S3_LOCAL;
    }

    if (s3->too_large) {
        *ngx_snprintf(get->detail, NGX_INVOKE_S3_DETAIL - 1,
                      "it has more than %O bytes", get->max) = '\0';
        return NGX_INVOKE_S3_TOO_LARGE;
    }

    if (s3->changed) {
        (void) ngx_cpystrn(get->detail,
                           (u_char *) "the object changes while it is read",
                           NGX_INVOKE_S3_DETAIL);
        return NGX_INVOKE_S3_REFUSED;
    }

    if (s3->status && s3->status != 200 && s3->status != 206) {
        return ngx_invoke_s3_status(s3);
    }

    /* an object of no bytes has no body that begins */

    if (code == CURLE_OK && s3->status && !s3->begun
        && ngx_invoke_s3_begin(s3) != NGX_OK)
    {
        return ngx_invoke_s3_answer(s3, code);
    }

    if (code == CURLE_OK && s3->status) {
        return NGX_INVOKE_S3_OK;
    }

    ngx_invoke_s3_cause(s3, code);

    /* without a strong ETag nobody knows whether it is still the same */

    if (s3->size && s3->etag[0] != '"') {
        s3->changed = 1;
    }

    switch (code) {

    case CURLE_OUT_OF_MEMORY:
        get->err = ENOMEM;
        return NGX_INVOKE_S3_LOCAL;

    case CURLE_OPERATION_TIMEDOUT:
        return NGX_INVOKE_S3_TIMEOUT;

    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_URL_MALFORMAT:
        return NGX_INVOKE_S3_REFUSED;

    default:
        return NGX_INVOKE_S3_CONNECT;
    }
}


/*
 * Which host and port, or what of a certificate: names in that are the
 * server's. The keys are options, and in none of it.
 */

static void
ngx_invoke_s3_cause(ngx_invoke_s3_t *s3, CURLcode code)
{
    u_char     buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t  cause;

    if (code == CURLE_OK) {
        cause.data = (u_char *) "no answer";

    } else if (s3->cause[0] != '\0') {
        cause.data = (u_char *) s3->cause;

    } else {
        cause.data = (u_char *) curl_easy_strerror(code);
    }

    cause.len = ngx_strlen(cause.data);
    cause = ngx_invoke_escape_name(buf, &cause);

    *ngx_snprintf(s3->get->detail, NGX_INVOKE_S3_DETAIL - 1, "%V", &cause)
        = '\0';
}


/* An answer that is no object. S3 names the cause in XML. */

static ngx_invoke_s3_rc_e
ngx_invoke_s3_status(ngx_invoke_s3_t *s3)
{
    u_char      *p, *end, *code;
    size_t       len;
    const char  *hint;

    len = 0;
    hint = "";

    s3->error[s3->error_len] = '\0';
    code = (u_char *) ngx_strstr(s3->error, "<Code>");

    if (code) {
        code += sizeof("<Code>") - 1;

        for (p = code, end = code + 64;
             p < end && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'));
             p++)
        {
            /* void */
        }

        len = p - code;
    }

    if (len == sizeof("RequestTimeTooSkewed") - 1
        && ngx_strncmp(code, "RequestTimeTooSkewed", len) == 0)
    {
        hint = ", the clock of this host differs from that of the store";
    }

    *ngx_snprintf(s3->get->detail, NGX_INVOKE_S3_DETAIL - 1,
                  "it answers %ui%s%*s%s", s3->status, len ? " " : "", len,
                  len ? code : (u_char *) "", hint) = '\0';

    switch (s3->status) {

    case 404:
        return NGX_INVOKE_S3_MISSING;

    case 401:
    case 403:
        return NGX_INVOKE_S3_DENIED;

    case 416:

        /* it has become shorter */
        s3->changed = (s3->size != 0);
        return NGX_INVOKE_S3_REFUSED;

    case 429:
        return NGX_INVOKE_S3_SERVER;

    default:
        return s3->status >= 500 && s3->status <= 599 ? NGX_INVOKE_S3_SERVER
                                                      : NGX_INVOKE_S3_REFUSED;
    }
}


/* NGX_ABORT: nobody wants it any more. */

static ngx_int_t
ngx_invoke_s3_pause(ngx_invoke_s3_t *s3, ngx_uint_t n)
{
    uint64_t    end;
    ngx_uint_t  pause;

    pause = NGX_INVOKE_S3_PAUSE << n;
    pause = pause / 2 + (ngx_uint_t) ngx_random() % (pause / 2);

    for (end = ngx_invoke_s3_now() + pause;
         ngx_invoke_s3_now() < end;
         ngx_msleep(10))
    {
        if (s3->get->stop(s3->get->data)) {
            return NGX_ABORT;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_s3_restart(ngx_invoke_s3_t *s3)
{
    s3->size = 0;
    s3->etag[0] = '\0';

    if (ftruncate(s3->get->fd, 0) == -1) {
        s3->get->err = errno;
        return NGX_ERROR;
    }

    if (!EVP_DigestInit_ex(s3->md, EVP_sha256(), NULL)) {
        s3->get->err = ENOMEM;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A line of the answer's head: curl gives whole ones, without a NUL. */

static size_t
ngx_invoke_s3_header(char *data, size_t size, size_t n, void *arg)
{
    ngx_invoke_s3_t *s3 = arg;

    u_char     *line = (u_char *) data;
    size_t      len, digits;
    ngx_int_t   status;

    len = size * n;

    while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'
                   || line[len - 1] == ' '))
    {
        len--;
    }

    if (len >= 12 && ngx_strncasecmp(line, (u_char *) "HTTP/1.", 7) == 0) {
        status = ngx_atoi(line + 9, 3);

        /* 1xx are no answer yet */
        s3->status = status >= 200 ? (ngx_uint_t) status : 0;
        s3->answer_etag[0] = '\0';

    } else if (len > 5
               && ngx_strncasecmp(line, (u_char *) "etag:", 5) == 0)
    {
        line += 5;
        len -= 5;

        while (len && *line == ' ') {
            line++;
            len--;
        }

        if (len < NGX_INVOKE_S3_ETAG) {
            (void) ngx_cpystrn(s3->answer_etag, line, len + 1);
        }

    } else if (len > 21 && ngx_strncasecmp(line,
                                   (u_char *) "content-range: bytes ", 21)
                           == 0)
    {
        line += 21;
        len -= 21;

        for (digits = 0;
             digits < len && line[digits] >= '0' && line[digits] <= '9';
             digits++)
        {
            /* void */
        }

        s3->first = ngx_atoof(line, digits);

    } else if (len > 16 && ngx_strncasecmp(line,
                                   (u_char *) "content-length: ", 16) == 0
               && (s3->status == 200 || s3->status == 206)
               && ngx_atoof(line + 16, len - 16)
                  > s3->get->max - (s3->status == 206 ? s3->size : 0))
    {
        s3->too_large = 1;
        return 0;
    }

    return size * n;
}


static size_t
ngx_invoke_s3_body(char *data, size_t size, size_t n, void *arg)
{
    ngx_invoke_s3_t *s3 = arg;

    size_t   len, room;
    ssize_t  written;

    len = size * n;

    if (s3->status != 200 && s3->status != 206) {
        room = ngx_min(len, NGX_INVOKE_S3_ERROR - s3->error_len);

        ngx_memcpy(s3->error + s3->error_len, data, room);
        s3->error_len += room;

        return room;
    }

    if (!s3->begun && ngx_invoke_s3_begin(s3) != NGX_OK) {
        return 0;
    }

    if ((off_t) len > s3->get->max - s3->size) {
        s3->too_large = 1;
        return 0;
    }

    if (!EVP_DigestUpdate(s3->md, data, len)) {
        s3->get->err = ENOMEM;
        return 0;
    }

    for (room = len; room; room -= written) {

        written = pwrite(s3->get->fd, data, room, s3->size);

        if (written <= 0) {
            s3->get->err = written == -1 ? errno : ENOSPC;
            return 0;
        }

        data += written;
        s3->size += written;
    }

    return len;
}


/*
 * The first byte of an object, or of the rest of one: it is from the start,
 * or the same object where it broke off. A server may know no If-Range.
 */

static ngx_int_t
ngx_invoke_s3_begin(ngx_invoke_s3_t *s3)
{
    s3->begun = 1;

    if (s3->status == 206) {

        if (s3->size == 0 || s3->first != s3->size
            || ngx_strcmp(s3->etag, s3->answer_etag) != 0)
        {
            s3->changed = 1;
            return NGX_DECLINED;
        }

        return NGX_OK;
    }

    if (s3->size && ngx_invoke_s3_restart(s3) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memcpy(s3->etag, s3->answer_etag, NGX_INVOKE_S3_ETAG);

    return NGX_OK;
}


static int
ngx_invoke_s3_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
    ngx_invoke_s3_t *s3 = arg;

    if (s3->get->stop(s3->get->data)) {
        s3->stopped = 1;
        return 1;
    }

    return 0;
}


/* ms; the cached time is the event loop's */

static uint64_t
ngx_invoke_s3_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
