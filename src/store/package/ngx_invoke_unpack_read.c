
#include "ngx_invoke_unpack_read.h"


static la_ssize_t ngx_invoke_unpack_read(struct archive *a, void *data,
    const void **buf);
static la_ssize_t ngx_invoke_unpack_inflate(ngx_invoke_unpack_read_t *reader,
    struct archive *a);
static ssize_t ngx_invoke_unpack_fill(ngx_invoke_unpack_read_t *reader,
    struct archive *a);
static la_int64_t ngx_invoke_unpack_seek(struct archive *a, void *data,
    la_int64_t offset, int whence);


/* thread pool, all below */

ngx_int_t
ngx_invoke_unpack_read_open(ngx_invoke_unpack_read_t *reader, int fd,
    struct archive *archive)
{
    ssize_t  n;
    u_char   magic[2];

    reader->fd = fd;

    n = pread(fd, magic, sizeof(magic), 0);

    if (n == sizeof(magic)) {
        reader->zip = (magic[0] == 'P' && magic[1] == 'K');
        reader->gzipped = (magic[0] == 0x1f && magic[1] == 0x8b);
    }

    if (reader->gzipped && inflateInit2(&reader->gzip, MAX_WBITS + 16) != Z_OK)
    {
        reader->gzipped = 0;
        archive_set_error(archive, ENOMEM, "no memory");
        return NGX_ERROR;
    }

    /* a zip is read from its end on */

    if (archive_read_set_callback_data(archive, reader) != ARCHIVE_OK
        || archive_read_set_read_callback(archive, ngx_invoke_unpack_read)
           != ARCHIVE_OK
        || (!reader->gzipped
            && archive_read_set_seek_callback(archive, ngx_invoke_unpack_seek)
               != ARCHIVE_OK)
        || archive_read_open1(archive) != ARCHIVE_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_invoke_unpack_read_close(ngx_invoke_unpack_read_t *reader)
{
    if (reader->gzipped) {
        (void) inflateEnd(&reader->gzip);
    }
}


static la_ssize_t
ngx_invoke_unpack_read(struct archive *a, void *data, const void **buf)
{
    ngx_invoke_unpack_read_t *reader = data;

    la_ssize_t  n;

    if (reader->left <= 0) {
        reader->over = 1;
        archive_set_error(a, EFBIG, "too many bytes");
        return -1;
    }

    if (reader->gzipped) {
        *buf = reader->out;
        n = ngx_invoke_unpack_inflate(reader, a);

    } else {
        *buf = reader->in;
        n = ngx_invoke_unpack_fill(reader, a);
    }

    reader->left -= n;

    return n;
}


/* A gzip may be several, one behind the other; what else follows is left. */

static la_ssize_t
ngx_invoke_unpack_inflate(ngx_invoke_unpack_read_t *reader, struct archive *a)
{
    int        rc;
    ssize_t    n;
    z_stream  *z = &reader->gzip;

    z->next_out = reader->out;
    z->avail_out = NGX_INVOKE_UNPACK_BUFFER;

    while (z->avail_out) {

        if (z->avail_in == 0) {
            n = ngx_invoke_unpack_fill(reader, a);

            if (n == -1) {
                return -1;
            }

            if (n == 0 && reader->ended) {
                break;
            }

            if (n == 0) {
                archive_set_error(a, EINVAL, "a cut gzip");
                return -1;
            }

            z->next_in = reader->in;
            z->avail_in = n;
        }

        if (reader->ended) {

            if (*z->next_in != 0x1f || inflateReset(z) != Z_OK) {
                break;
            }

            reader->ended = 0;
        }

        rc = inflate(z, Z_NO_FLUSH);

        if (rc == Z_STREAM_END) {
            reader->ended = 1;

        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            archive_set_error(a, rc == Z_MEM_ERROR ? ENOMEM : EINVAL,
                              "a damaged gzip");
            return -1;
        }
    }

    return NGX_INVOKE_UNPACK_BUFFER - z->avail_out;
}


static ssize_t
ngx_invoke_unpack_fill(ngx_invoke_unpack_read_t *reader, struct archive *a)
{
    ssize_t  n;

    n = read(reader->fd, reader->in, NGX_INVOKE_UNPACK_BUFFER);

    if (n == -1) {
        archive_set_error(a, errno, "read() failed");
    }

    return n;
}


static la_int64_t
ngx_invoke_unpack_seek(struct archive *a, void *data, la_int64_t offset,
    int whence)
{
    ngx_invoke_unpack_read_t *reader = data;

    off_t  position;

    position = lseek(reader->fd, offset, whence);

    if (position == -1) {
        archive_set_error(a, errno, "lseek() failed");
        return ARCHIVE_FATAL;
    }

    return position;
}
