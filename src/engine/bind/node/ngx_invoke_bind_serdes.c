
#include "ngx_invoke_bind.h"


/*
 * internalBinding('serdes') is made of these: the first argument is a writer
 * or a reader, numbers are ones already.
 */


static void ngx_invoke_bind_writer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_header(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_value(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_integer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_double(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_raw(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_views_as_hosts(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_transfer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write_release(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_reader(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_header(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_value(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_integer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_double(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_raw(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_version(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read_transfer(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_serdes[] = {
    { "writer", ngx_invoke_bind_writer },
    { "writeHeader", ngx_invoke_bind_write_header },
    { "writeValue", ngx_invoke_bind_write_value },
    { "writeInteger", ngx_invoke_bind_write_integer },
    { "writeDouble", ngx_invoke_bind_write_double },
    { "writeRaw", ngx_invoke_bind_write_raw },
    { "viewsAsHosts", ngx_invoke_bind_views_as_hosts },
    { "writeTransfer", ngx_invoke_bind_write_transfer },
    { "release", ngx_invoke_bind_write_release },
    { "reader", ngx_invoke_bind_reader },
    { "readHeader", ngx_invoke_bind_read_header },
    { "readValue", ngx_invoke_bind_read_value },
    { "readInteger", ngx_invoke_bind_read_integer },
    { "readDouble", ngx_invoke_bind_read_double },
    { "readRaw", ngx_invoke_bind_read_raw },
    { "readVersion", ngx_invoke_bind_read_version },
    { "readTransfer", ngx_invoke_bind_read_transfer },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_writer(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call, ngx_invoke_v8_writer(call));
}


static void
ngx_invoke_bind_write_header(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_write_header(call, ngx_invoke_v8_arg(call, 0));
}


/* writeValue(writer, self, value): true */

static void
ngx_invoke_bind_write_value(ngx_invoke_v8_call_t *call)
{
    if (ngx_invoke_v8_write_value(call, ngx_invoke_v8_arg(call, 0),
                                  ngx_invoke_v8_arg(call, 1),
                                  ngx_invoke_v8_arg(call, 2))
        == 0)
    {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 1));
    }
}


/* writeInteger(writer, low[, high]): of 64 bits with the latter */

static void
ngx_invoke_bind_write_integer(ngx_invoke_v8_call_t *call)
{
    int       wide = ngx_invoke_v8_argc(call) > 2;
    uint64_t  value;

    value = (uint32_t) ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 1));

    if (wide) {
        value |= (uint64_t) (uint32_t)
                     ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 2)) << 32;
    }

    (void) ngx_invoke_v8_write_integer(call, ngx_invoke_v8_arg(call, 0),
                                       value, wide);
}


static void
ngx_invoke_bind_write_double(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_write_double(call, ngx_invoke_v8_arg(call, 0),
               ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 1)));
}


static void
ngx_invoke_bind_write_raw(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t  view;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
        == NGX_OK)
    {
        (void) ngx_invoke_v8_write_raw(call, ngx_invoke_v8_arg(call, 0),
                                       view.data, view.len);
    }
}


static void
ngx_invoke_bind_views_as_hosts(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_write_views_as_hosts(call,
               ngx_invoke_v8_arg(call, 0),
               ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)));
}


static void
ngx_invoke_bind_write_transfer(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_write_transfer(call, ngx_invoke_v8_arg(call, 0),
               (uint32_t) ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 1)),
               ngx_invoke_v8_arg(call, 2));
}


static void
ngx_invoke_bind_write_release(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_write_release(call, ngx_invoke_v8_arg(call, 0)));
}


static void
ngx_invoke_bind_reader(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t  view;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &view)
        == NGX_OK)
    {
        ngx_invoke_v8_return(call,
            ngx_invoke_v8_reader(call, view.data, view.len));
    }
}


static void
ngx_invoke_bind_read_header(ngx_invoke_v8_call_t *call)
{
    if (ngx_invoke_v8_read_header(call, ngx_invoke_v8_arg(call, 0)) == 0) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 1));
    }
}


/* readValue(reader, self) */

static void
ngx_invoke_bind_read_value(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_read_value(call, ngx_invoke_v8_arg(call, 0),
                                 ngx_invoke_v8_arg(call, 1)));
}


/* readInteger(reader, wide): the number, or [high, low] */

static void
ngx_invoke_bind_read_integer(ngx_invoke_v8_call_t *call)
{
    uint64_t               value;
    ngx_invoke_v8_value_t  pair[2];

    int  wide = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    if (ngx_invoke_v8_read_integer(call, ngx_invoke_v8_arg(call, 0), &value,
                                   wide)
        != 0)
    {
        return;
    }

    if (!wide) {
        ngx_invoke_v8_return_number(call, value);
        return;
    }

    pair[0] = ngx_invoke_v8_new_number(call, value >> 32);
    pair[1] = ngx_invoke_v8_new_number(call, (uint32_t) value);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, pair, 2));
}


static void
ngx_invoke_bind_read_double(ngx_invoke_v8_call_t *call)
{
    double  value;

    if (ngx_invoke_v8_read_double(call, ngx_invoke_v8_arg(call, 0), &value)
        == 0)
    {
        ngx_invoke_v8_return_number(call, value);
    }
}


/* readRaw(reader, length): where those bytes begin */

static void
ngx_invoke_bind_read_raw(ngx_invoke_v8_call_t *call)
{
    double  len;
    size_t  offset;

    len = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 1));

    /* what is not negative and less than that is a size */

    if (ngx_invoke_v8_read_raw(call, ngx_invoke_v8_arg(call, 0),
                               len >= 0 && len < 4294967296.0 ? (size_t) len
                                                              : SIZE_MAX,
                               &offset)
        == 0)
    {
        ngx_invoke_v8_return_size(call, offset);
    }
}


static void
ngx_invoke_bind_read_version(ngx_invoke_v8_call_t *call)
{
    uint32_t  version;

    if (ngx_invoke_v8_read_version(call, ngx_invoke_v8_arg(call, 0), &version)
        == 0)
    {
        ngx_invoke_v8_return_number(call, version);
    }
}


static void
ngx_invoke_bind_read_transfer(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_read_transfer(call, ngx_invoke_v8_arg(call, 0),
               (uint32_t) ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 1)),
               ngx_invoke_v8_arg(call, 2));
}
