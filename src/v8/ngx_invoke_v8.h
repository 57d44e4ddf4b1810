/*
 * V8 as C sees it. The C++ units of this directory are the only place that
 * knows V8's API and the differences between its versions.
 *
 * Threads. ngx_invoke_v8_init(), _exit() and _snapshot() are for one thread
 * of the process. An isolate is created by a thread that enters it for good;
 * every call with an isolate, a context or a call in progress is for that
 * thread only. ngx_invoke_v8_terminate() is the exception: any thread.
 *
 * Values. ngx_invoke_v8_value_t is a handle that is valid until the native
 * function that got or made it returns. NULL instead of a value means that a
 * JavaScript exception is pending: the native function frees what it owns and
 * returns at once.
 *
 * Strings are given as bytes in one of three encodings, with a length in
 * bytes; nothing here is NUL-terminated unless it says so.
 */

#ifndef _NGX_INVOKE_V8_H_INCLUDED_
#define _NGX_INVOKE_V8_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>


#ifdef __cplusplus
extern "C" {
#endif


typedef struct ngx_invoke_v8_isolate_s   ngx_invoke_v8_isolate_t;
typedef struct ngx_invoke_v8_account_s   ngx_invoke_v8_account_t;
typedef struct ngx_invoke_v8_context_s   ngx_invoke_v8_context_t;
typedef struct ngx_invoke_v8_script_s    ngx_invoke_v8_script_t;
typedef struct ngx_invoke_v8_call_s      ngx_invoke_v8_call_t;
typedef struct ngx_invoke_v8_value_s    *ngx_invoke_v8_value_t;


typedef enum {
    NGX_INVOKE_V8_LATIN1 = 0,
    NGX_INVOKE_V8_UTF8,
    NGX_INVOKE_V8_UTF16
} ngx_invoke_v8_encoding_e;


typedef enum {
    NGX_INVOKE_V8_UNDEFINED = 0,
    NGX_INVOKE_V8_NULL,
    NGX_INVOKE_V8_BOOLEAN,
    NGX_INVOKE_V8_NUMBER,
    NGX_INVOKE_V8_BIGINT,
    NGX_INVOKE_V8_STRING,
    NGX_INVOKE_V8_SYMBOL,
    NGX_INVOKE_V8_FUNCTION,
    NGX_INVOKE_V8_ARRAY,
    NGX_INVOKE_V8_BYTES,        /* ArrayBuffer, a view on one, or shared */
    NGX_INVOKE_V8_OBJECT
} ngx_invoke_v8_type_e;


/* What ngx_invoke_v8_view() may copy. */
#define NGX_INVOKE_V8_ROOM  64


typedef enum {
    NGX_INVOKE_V8_ERROR = 0,
    NGX_INVOKE_V8_TYPE_ERROR,
    NGX_INVOKE_V8_RANGE_ERROR,
    NGX_INVOKE_V8_SYNTAX_ERROR
} ngx_invoke_v8_error_e;


/* How a call into JavaScript ended. */

typedef enum {
    NGX_INVOKE_V8_OK = 0,
    NGX_INVOKE_V8_THROWN,       /* an exception that nobody caught */
    NGX_INVOKE_V8_TERMINATED
} ngx_invoke_v8_rc_e;


/* Native functions: tables of them are registered before V8 starts. */

typedef void (*ngx_invoke_v8_native_pt)(ngx_invoke_v8_call_t *call);

typedef struct {
    const char               *name;     /* NULL ends the table */
    ngx_invoke_v8_native_pt   native;
} ngx_invoke_v8_native_t;

typedef struct {
    const char                    *name;
    const ngx_invoke_v8_native_t  *natives;
} ngx_invoke_v8_binding_t;


/*
 * What C calls of our JavaScript. The first ones are functions that
 * bootstrap.js puts into hooks; for the others there is one function, which is
 * told a name, for each context pays for each function that it holds.
 */

typedef enum {
    NGX_INVOKE_V8_HOOK_DISPATCH = 0,
    NGX_INVOKE_V8_HOOK_TICKS,
    NGX_INVOKE_V8_HOOK_RELEASE,
    NGX_INVOKE_V8_HOOK_SELDOM,
    NGX_INVOKE_V8_HOOK_TIMERS = NGX_INVOKE_V8_HOOK_SELDOM,
    NGX_INVOKE_V8_HOOK_IMMEDIATES,
    NGX_INVOKE_V8_HOOK_DRAIN,
    NGX_INVOKE_V8_HOOK_ABORTED,
    NGX_INVOKE_V8_HOOK_LEFT,
    NGX_INVOKE_V8_HOOK_WORK,
    NGX_INVOKE_V8_HOOK_IO,
    NGX_INVOKE_V8_HOOK_BODY,
    NGX_INVOKE_V8_HOOKS
} ngx_invoke_v8_hook_e;


/* The contexts that the snapshot holds. */

typedef enum {
    NGX_INVOKE_V8_LEAN = 0,     /* what every function uses */
    NGX_INVOKE_V8_BUFFER,       /* and Node's util, buffer and events */
    NGX_INVOKE_V8_STREAM,       /* and stream */
    NGX_INVOKE_V8_NODE,         /* and url */
    NGX_INVOKE_V8_HTTP,         /* and net and http */
    NGX_INVOKE_V8_TEMPLATES
} ngx_invoke_v8_template_e;


typedef struct {
    size_t    heap;             /* bytes the JavaScript heap may hold */
    size_t    buffers;          /* bytes all ArrayBuffers may hold */
    size_t    stack;            /* bytes of the thread's stack to use */
    void     *data;             /* given to the callbacks */

    /*
     * The heap is nearly full: called from JavaScript that allocates; V8 gets
     * some room to unwind, the callee terminates. Again where others go on and
     * fill that room, too.
     */
    void    (*heap_full)(void *data);

    /*
     * Before that: whether there are contexts that the callee can do without,
     * which, with "now" set, it frees. Without it nothing of V8 may be called.
     */
    int     (*give_up)(void *data, int now);

    /*
     * V8 cannot go on: heap memory is out for good (oom), or an internal
     * check has failed. Must not return.
     */
    void    (*fatal)(void *data, const char *message, int oom);

    /*
     * JavaScript goes on as work of that id in a context, whose own data is
     * given; 0: nobody's. Returns 0 when it does not: it is terminated.
     */
    int     (*owner)(void *data, int32_t id);
} ngx_invoke_v8_conf_t;


/* What the module relies on beyond V8's API, and is not in force. */

typedef struct {
    const char  *name;
    const char  *loss;          /* what comes of that */
    int          limits;        /* that memory is limited depends on it */
} ngx_invoke_v8_lack_t;


typedef struct {
    size_t    heap_used;
    size_t    heap_total;
    size_t    external;
    size_t    buffers;
    size_t    limit;            /* of the heap, as it was asked for */
    size_t    live;             /* by the last collection of all that lives,
                                   with what is external */
    size_t    collections;      /* how many of these there were */
} ngx_invoke_v8_stat_t;


/* An argument of a call from C. */

typedef struct {
    const char  *data;          /* a Latin-1 string, or NULL: the number */
    size_t       len;
    int32_t      number;
} ngx_invoke_v8_arg_t;


/*
 * A file of CommonJS as one expression: "(function (…) { ", or "(async
 * function (…) { " when it awaits, the file, and "\n})".
 */

typedef struct {
    const char                *name;        /* of its file, in stacks */
    const void                *data;
    size_t                     len;
    ngx_invoke_v8_encoding_e   encoding;
    int                        column;      /* less what is before the file */
    const uint8_t             *cache;       /* V8's code cache, or NULL */
    size_t                     cache_len;
    /*
     * With release set and a Latin-1 source the bytes are used in place
     * until release(owner) is called, on any thread; else they are copied.
     */
    void                     (*release)(void *owner);
    void                      *owner;
} ngx_invoke_v8_source_t;


/* The process */

/* The version of the library. */
const char *ngx_invoke_v8_version(void);

/* All bindings, the table ended by a NULL name; before anything else. */
void ngx_invoke_v8_register(const ngx_invoke_v8_binding_t *bindings);

/*
 * Builds the startup snapshot: malloc'ed, its owner is the caller. "flags"
 * is NUL-terminated. 0, or -1 with a message in err. It starts and ends V8,
 * which a process can do once: call it in a child made for it.
 */
int ngx_invoke_v8_snapshot(const char *flags, uint8_t **blob, size_t *len,
    char *err, size_t errlen);
/* The i-th of what was found not to be in force meanwhile, or NULL. */
const ngx_invoke_v8_lack_t *ngx_invoke_v8_lack(int i);

/*
 * Starts V8 with a blob, which must stay. Its threads block all signals.
 * 0, or -1 with a message in err: the blob is of another build, or headers
 * and library differ.
 */
int ngx_invoke_v8_init(const char *flags, const uint8_t *blob, size_t len,
    char *err, size_t errlen);

/* After the last isolate is gone. */
void ngx_invoke_v8_exit(void);

/*
 * What compiled code depends on beside its source: V8's version, its flags
 * and the build of its library. After ngx_invoke_v8_init(). Any thread.
 */
const char *ngx_invoke_v8_identity(void);


/* An isolate */

/*
 * Creates one, entered by this thread; NULL when memory is out. Where V8 itself
 * finds none that is told by fatal(), here and for a context.
 */
ngx_invoke_v8_isolate_t *ngx_invoke_v8_isolate_create(
    const ngx_invoke_v8_conf_t *conf);
void ngx_invoke_v8_isolate_free(ngx_invoke_v8_isolate_t *iso);

/* Any thread: ends JavaScript that runs, or the next that starts. */
void ngx_invoke_v8_terminate(ngx_invoke_v8_isolate_t *iso);
void ngx_invoke_v8_cancel_terminate(ngx_invoke_v8_isolate_t *iso);

void ngx_invoke_v8_isolate_stat(ngx_invoke_v8_isolate_t *iso,
    ngx_invoke_v8_stat_t *stat);

/*
 * The account of what an isolate makes the process hold, which outlives it,
 * and the bytes of it now. Any thread.
 */
const ngx_invoke_v8_account_t *ngx_invoke_v8_account(
    ngx_invoke_v8_isolate_t *iso);
size_t ngx_invoke_v8_held(const ngx_invoke_v8_account_t *account);

/* No context is left: what is held now is nobody's. */
void ngx_invoke_v8_rest(ngx_invoke_v8_isolate_t *iso);

/* Runs a task of V8's own for this isolate, in an idle moment; 0: none. */
int ngx_invoke_v8_pump(ngx_invoke_v8_isolate_t *iso);
/* Nanoseconds until one is due, -1: there is none. */
int64_t ngx_invoke_v8_tasks_due(ngx_invoke_v8_isolate_t *iso);

/*
 * Collects all garbage and gives free memory back to the system; for an idle
 * moment.
 */
void ngx_invoke_v8_collect(ngx_invoke_v8_isolate_t *iso);

/* Collects, in a hurry, what of it there is by now. */
void ngx_invoke_v8_collect_some(ngx_invoke_v8_isolate_t *iso);

/* A context */

/* The template of that name, as src/js has them ("lean"), or -1. */
int ngx_invoke_v8_template(const char *name, size_t len);

/*
 * From the snapshot, with "data" for its natives and a queue of microtasks of
 * its own, which ends with it; NULL: memory is out.
 */
ngx_invoke_v8_context_t *ngx_invoke_v8_context_create(
    ngx_invoke_v8_isolate_t *iso, ngx_invoke_v8_template_e kind, void *data);
void ngx_invoke_v8_context_free(ngx_invoke_v8_context_t *ctx);

/*
 * Runs the microtasks of the context until there are none, each as work of
 * whoever has made it.
 */
ngx_invoke_v8_rc_e ngx_invoke_v8_microtasks(ngx_invoke_v8_context_t *ctx);

/*
 * Calls a hook with the continuation data set to "async", an id or 0. What was
 * thrown is put into err as text.
 */
ngx_invoke_v8_rc_e ngx_invoke_v8_hook(ngx_invoke_v8_context_t *ctx,
    ngx_invoke_v8_hook_e hook, int32_t async, int argc,
    const ngx_invoke_v8_arg_t *argv, char *err, size_t errlen);


/* A native function's call in progress */

void *ngx_invoke_v8_data(ngx_invoke_v8_call_t *call);
ngx_invoke_v8_isolate_t *ngx_invoke_v8_call_isolate(
    ngx_invoke_v8_call_t *call);

/* What the function was called on. */
ngx_invoke_v8_value_t ngx_invoke_v8_this(ngx_invoke_v8_call_t *call);
/* Argument i; undefined behind the last. */
ngx_invoke_v8_value_t ngx_invoke_v8_arg(ngx_invoke_v8_call_t *call, int i);
int ngx_invoke_v8_argc(ngx_invoke_v8_call_t *call);
/*
 * 1 and *value when argument i is a small integer, as indexes mostly are,
 * and not negative; 0: it is undefined, -1: it is something else.
 */
int ngx_invoke_v8_arg_index(ngx_invoke_v8_call_t *call, int i,
    size_t *value);
void ngx_invoke_v8_return(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value);
void ngx_invoke_v8_return_number(ngx_invoke_v8_call_t *call, double value);
void ngx_invoke_v8_return_size(ngx_invoke_v8_call_t *call, size_t value);

/*
 * Makes the exception pending: an error of that kind with that message
 * (UTF-8, NUL-terminated) and, unless code is NULL, that property "code".
 */
void ngx_invoke_v8_throw(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_error_e kind, const char *code, const char *message);
/* The same for a value of JavaScript. */
void ngx_invoke_v8_throw_value(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value);
/* An error as ngx_invoke_v8_throw() has it, not thrown. */
ngx_invoke_v8_value_t ngx_invoke_v8_error(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_error_e kind, const char *code, const char *message);


/* Reading values; none of these runs JavaScript */

ngx_invoke_v8_type_e ngx_invoke_v8_type(ngx_invoke_v8_value_t v);
int ngx_invoke_v8_is_int32(ngx_invoke_v8_value_t v);
/* Of a number or boolean; 0 and NaN for anything else. */
int32_t ngx_invoke_v8_int32(ngx_invoke_v8_value_t v);
double ngx_invoke_v8_number(ngx_invoke_v8_value_t v);

/* Bytes that the string takes in an encoding; 0 when v is no string. */
size_t ngx_invoke_v8_string_size(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, ngx_invoke_v8_encoding_e enc);
/* Writes at most size bytes of it (whole characters), returns how many. */
size_t ngx_invoke_v8_string_write(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, ngx_invoke_v8_encoding_e enc, void *buf,
    size_t size);
/* The same in UTF-8, and how many UTF-16 units of it were read. */
size_t ngx_invoke_v8_string_encode(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, void *buf, size_t size, size_t *read);
/* At most size characters of it from the one at "at", their low bytes. */
size_t ngx_invoke_v8_string_part(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, size_t at, void *buf, size_t size);

/*
 * The memory of an ArrayBuffer or of a view on one, valid until JavaScript
 * runs again; 0, or -1 when v is something else. Detached: length 0.
 */
int ngx_invoke_v8_bytes(ngx_invoke_v8_value_t v, uint8_t **data, size_t *len);
/*
 * The same for reading alone: what V8 still keeps in its heap, which is less
 * than NGX_INVOKE_V8_ROOM bytes, is copied into "room".
 */
int ngx_invoke_v8_view(ngx_invoke_v8_value_t v, uint8_t *room,
    const uint8_t **data, size_t *len);
/* Whether v is an ArrayBuffer, or a view on one, that was detached. */
int ngx_invoke_v8_detached(ngx_invoke_v8_value_t v);

/* By the vector code that libnode brings along; else plain loops. */
int ngx_invoke_v8_is_utf8(const uint8_t *data, size_t len);
int ngx_invoke_v8_is_ascii(const uint8_t *data, size_t len);
/* The bytes written, or (size_t) -1 when it is to be done by other means. */
size_t ngx_invoke_v8_encode_base64(uint8_t *dst, const uint8_t *src,
    size_t len, int url);
size_t ngx_invoke_v8_decode_base64(uint8_t *dst, size_t size,
    const uint8_t *src, size_t len, int url);


/* Making values; NULL when that has thrown (length, memory) */

ngx_invoke_v8_value_t ngx_invoke_v8_undefined(ngx_invoke_v8_call_t *call);
ngx_invoke_v8_value_t ngx_invoke_v8_new_boolean(ngx_invoke_v8_call_t *call,
    int value);
ngx_invoke_v8_value_t ngx_invoke_v8_new_number(ngx_invoke_v8_call_t *call,
    double value);
ngx_invoke_v8_value_t ngx_invoke_v8_new_string(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e enc, const void *data, size_t len);
/*
 * A string without a copy: memory for its characters (LATIN1 or UTF16, size
 * in bytes), which counts as an ArrayBuffer's does, and the string that
 * takes it over in any case. Short ones are copied.
 */
void *ngx_invoke_v8_string_alloc(ngx_invoke_v8_call_t *call, size_t size);
ngx_invoke_v8_value_t ngx_invoke_v8_new_string_from(
    ngx_invoke_v8_call_t *call, ngx_invoke_v8_encoding_e enc, void *data,
    size_t size);
/* Two strings as one. */
ngx_invoke_v8_value_t ngx_invoke_v8_concat(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t left, ngx_invoke_v8_value_t right);
/* An internalised string, for keys and words that come again. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_name(ngx_invoke_v8_call_t *call,
    const char *data, size_t len);
/* A Uint8Array of len bytes with its memory, which is zeroed. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_bytes(ngx_invoke_v8_call_t *call,
    size_t len, uint8_t **data);
/* The same not zeroed: all of it is to be written before JavaScript runs. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_bytes_raw(
    ngx_invoke_v8_call_t *call, size_t len, uint8_t **data);
/* A Uint8Array of the UTF-8 of a string. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_utf8(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t string);
/* An ArrayBuffer, zeroed. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_array_buffer(
    ngx_invoke_v8_call_t *call, size_t len);
/* Detaches an ArrayBuffer; a new one has its memory. NULL: v cannot be. */
ngx_invoke_v8_value_t ngx_invoke_v8_transfer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v);
/* NULL when one of the values is, for which an exception is pending. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_array(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t *values, size_t n);


/*
 * An object that owns data: release(data) is called when it was collected,
 * or at the end of the isolate. "kind" is any address, "size" what the
 * collector should think it holds.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_new_holder(ngx_invoke_v8_call_t *call,
    const void *kind, void *data, size_t size, void (*release)(void *data));
/*
 * One that owns nothing: no copy is made of it without host(), see below. With
 * a model, which is another one, it has what that has.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_new_carrier(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t model);
/* Whether it is either of both. */
int ngx_invoke_v8_is_carrier(ngx_invoke_v8_value_t v);
/* The data of such an object of that kind, or NULL. */
void *ngx_invoke_v8_holder(ngx_invoke_v8_value_t v, const void *kind);

/*
 * Memory of a library that such an object holds, which counts as the isolate's
 * and is looked at by the collector; NULL: there is no room. The isolate's
 * thread.
 */
void *ngx_invoke_v8_alloc(size_t size);
void ngx_invoke_v8_free(void *p);
/* Of what the library allocates by itself; 0: there is no room for it. */
int ngx_invoke_v8_charge(size_t size);
void ngx_invoke_v8_discharge(size_t size);
/* Whether ArrayBuffers of n bytes have room, once garbage is collected. */
int ngx_invoke_v8_has_room(ngx_invoke_v8_call_t *call, size_t n);


/* Objects; these may run JavaScript (getters, setters, proxies) */

/* 0, or -1 with an exception pending. */
int ngx_invoke_v8_set(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t object, const char *key,
    ngx_invoke_v8_value_t value);
/* As ECMAScript's ToIntegerOrInfinity; 0, or -1 with an exception. */
int ngx_invoke_v8_to_integer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, double *value);


/* Scripts: compiled once an isolate, run once a context */

/*
 * Compiles; NULL with a SyntaxError pending, whose stack shows file, line
 * and column, or with "quiet" with none. *rejected: the code cache did not
 * fit and was not used. release() is called in every case.
 */
ngx_invoke_v8_script_t *ngx_invoke_v8_script_compile(
    ngx_invoke_v8_call_t *call, const ngx_invoke_v8_source_t *source,
    int quiet, int *rejected);
/*
 * Runs it in the context of the call: the function, or NULL. The first time
 * it may throw a SyntaxError: the file is not all of the function.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_script_run(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_script_t *script);
/* V8's code cache of what is compiled by now, malloc'ed; 0 or -1. */
int ngx_invoke_v8_script_cache(ngx_invoke_v8_script_t *script,
    uint8_t **data, size_t *len);
void ngx_invoke_v8_script_free(ngx_invoke_v8_script_t *script);

/*
 * ES modules: a context knows those it has by number, from 0. -1, or NULL: an
 * exception is pending, as for a number of none.
 */

/*
 * Compiles a file as it is, whose name is its URL; release() is called in every
 * case. The script keeps what is compiled for other contexts of the isolate,
 * which have a module of it by _again(); it takes no more of the source than
 * its name and code cache.
 */
int ngx_invoke_v8_module_compile(ngx_invoke_v8_call_t *call,
    const ngx_invoke_v8_source_t *source, ngx_invoke_v8_script_t **script,
    int *rejected);
int ngx_invoke_v8_module_again(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_script_t *script, const ngx_invoke_v8_source_t *source);
/* One of a string, as a URL may hold it. */
int ngx_invoke_v8_module_text(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t text, ngx_invoke_v8_value_t url);
/* One that exports what the other does, and __esModule. */
int ngx_invoke_v8_module_facade(ngx_invoke_v8_call_t *call, int number);
/*
 * One whose exports are the keys of an object, of which the hook "module" sets
 * the values when it is evaluated.
 */
int ngx_invoke_v8_module_synthetic(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t title, ngx_invoke_v8_value_t names);
int ngx_invoke_v8_module_export(ngx_invoke_v8_call_t *call, int number,
    ngx_invoke_v8_value_t key, ngx_invoke_v8_value_t value);
/*
 * An array of its number and of what it imports, each specifier with its
 * attributes: undefined, or an array of keys and values.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_module_requests(
    ngx_invoke_v8_call_t *call, int number);
/* How many those are. */
size_t ngx_invoke_v8_module_links(ngx_invoke_v8_call_t *call, int number);
/* The i-th of those is that module. */
int ngx_invoke_v8_module_link(ngx_invoke_v8_call_t *call, int number, int i,
    int to);
/* Once all that it imports, and they do, is linked. */
int ngx_invoke_v8_module_instantiate(ngx_invoke_v8_call_t *call, int number);
/*
 * Evaluates it with what it imports: undefined, or a promise where that
 * awaits. NULL: it has thrown, now or before.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_module_evaluate(
    ngx_invoke_v8_call_t *call, int number);
ngx_invoke_v8_value_t ngx_invoke_v8_module_namespace(
    ngx_invoke_v8_call_t *call, int number);
/* V8's number of its status; *async: it, or what it imports, awaits. */
int ngx_invoke_v8_module_status(ngx_invoke_v8_call_t *call, int number,
    int *async);
/* Whose it is: a pointer that the caller sets, or NULL. */
void ngx_invoke_v8_module_own(ngx_invoke_v8_call_t *call, int number,
    void *owner);
void *ngx_invoke_v8_module_owner(ngx_invoke_v8_call_t *call, int number);
/* How many the context has had: the next one has that number. */
size_t ngx_invoke_v8_modules(ngx_invoke_v8_call_t *call);
/* It is not needed by its number any more. */
int ngx_invoke_v8_module_drop(ngx_invoke_v8_call_t *call, int number);

/*
 * Of Node's vm: a script, as a holder, to be run any number of times in the
 * context of the call, and a function of a body and the names in the array
 * "params", with the objects of the array "extensions" around it. Line and
 * column are those of the text's begin. NULL: an exception is pending.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_vm_script(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t text, ngx_invoke_v8_value_t file, int line,
    int column);
ngx_invoke_v8_value_t ngx_invoke_v8_vm_run(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t script);
ngx_invoke_v8_value_t ngx_invoke_v8_vm_function(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t text, ngx_invoke_v8_value_t file, int line,
    int column, ngx_invoke_v8_value_t params,
    ngx_invoke_v8_value_t extensions);

/*
 * What src/js needs of the loop. The continuation data is the id of an
 * invocation or an array that begins with it.
 */

ngx_invoke_v8_value_t ngx_invoke_v8_async_get(ngx_invoke_v8_call_t *call);
/* What follows is work of the id in it. */
void ngx_invoke_v8_async_set(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v);
/* At the end of a microtask that has set it: the next one has its own. */
void ngx_invoke_v8_async_clear(ngx_invoke_v8_call_t *call);
/* Calls fn(type, promise, reason) for rejections: 0 no handler, 1 late. */
void ngx_invoke_v8_on_reject(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t fn);
void ngx_invoke_v8_enqueue_microtask(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t fn);


/* What Node's library needs to know of values */

typedef enum {
    NGX_INVOKE_V8_IS_EXTERNAL = 0,
    NGX_INVOKE_V8_IS_DATE,
    NGX_INVOKE_V8_IS_ARGUMENTS,
    NGX_INVOKE_V8_IS_BIGINT_OBJECT,
    NGX_INVOKE_V8_IS_BOOLEAN_OBJECT,
    NGX_INVOKE_V8_IS_NUMBER_OBJECT,
    NGX_INVOKE_V8_IS_STRING_OBJECT,
    NGX_INVOKE_V8_IS_SYMBOL_OBJECT,
    NGX_INVOKE_V8_IS_BOXED,             /* one of the five above */
    NGX_INVOKE_V8_IS_NATIVE_ERROR,
    NGX_INVOKE_V8_IS_REGEXP,
    NGX_INVOKE_V8_IS_ASYNC_FUNCTION,
    NGX_INVOKE_V8_IS_GENERATOR_FUNCTION,
    NGX_INVOKE_V8_IS_GENERATOR,
    NGX_INVOKE_V8_IS_PROMISE,
    NGX_INVOKE_V8_IS_MAP,
    NGX_INVOKE_V8_IS_SET,
    NGX_INVOKE_V8_IS_MAP_ITERATOR,
    NGX_INVOKE_V8_IS_SET_ITERATOR,
    NGX_INVOKE_V8_IS_WEAK_MAP,
    NGX_INVOKE_V8_IS_WEAK_SET,
    NGX_INVOKE_V8_IS_ARRAY_BUFFER,
    NGX_INVOKE_V8_IS_DATA_VIEW,
    NGX_INVOKE_V8_IS_SHARED_ARRAY_BUFFER,
    NGX_INVOKE_V8_IS_ANY_ARRAY_BUFFER,
    NGX_INVOKE_V8_IS_ARRAY_BUFFER_VIEW,
    NGX_INVOKE_V8_IS_PROXY,
    NGX_INVOKE_V8_IS_MODULE_NAMESPACE,
    NGX_INVOKE_V8_IS_CONSTRUCTOR,
    NGX_INVOKE_V8_IS_DETACHED           /* an ArrayBuffer without memory */
} ngx_invoke_v8_is_e;

int ngx_invoke_v8_is(ngx_invoke_v8_value_t v, ngx_invoke_v8_is_e what);

/* A promise: its state (0 pending, 1 fulfilled, 2 rejected) and *result. */
int ngx_invoke_v8_promise(ngx_invoke_v8_value_t v,
    ngx_invoke_v8_value_t *result);
/* A proxy. */
void ngx_invoke_v8_proxy(ngx_invoke_v8_value_t v,
    ngx_invoke_v8_value_t *target, ngx_invoke_v8_value_t *handler);
/* The entries of a collection or its iterator; NULL: it is something else. */
ngx_invoke_v8_value_t ngx_invoke_v8_preview(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, int *pairs);
/*
 * Own keys, less indices. "filter" leaves out: 1 read-only ones, 2 those not
 * enumerable, 4 not configurable, 8 strings, 16 symbols. NULL: it has thrown.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_own_names(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, int filter);
ngx_invoke_v8_value_t ngx_invoke_v8_constructor_name(
    ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v);
/* A key that no reflection of JavaScript shows. */
ngx_invoke_v8_value_t ngx_invoke_v8_new_private(ngx_invoke_v8_call_t *call,
    const char *key);

/*
 * A copy by HTML's structured clone algorithm; the ArrayBuffers of the array
 * "transfer" (or undefined) are moved. fail(message) makes the exception for
 * what cannot be cloned. Of an object with data of C, or a carrier,
 * host(object) gives the number of its copy in the array that ready() gives
 * when all else was copied, if there is one, or "transfer". NULL: it has
 * thrown.
 */
ngx_invoke_v8_value_t ngx_invoke_v8_clone(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, ngx_invoke_v8_value_t transfer,
    ngx_invoke_v8_value_t fail, ngx_invoke_v8_value_t host,
    ngx_invoke_v8_value_t ready);

/*
 * V8's serialization, for Node's v8.Serializer and v8.Deserializer: a writer
 * or a reader is a holder, and "self" the object of JavaScript whose methods
 * V8 asks (_writeHostObject and so on). A reader has a copy of the bytes.
 * What is no such holder has thrown; else 0, or -1 with an exception pending.
 */

ngx_invoke_v8_value_t ngx_invoke_v8_writer(ngx_invoke_v8_call_t *call);
int ngx_invoke_v8_write_header(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer);
int ngx_invoke_v8_write_value(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, ngx_invoke_v8_value_t self,
    ngx_invoke_v8_value_t v);
/* "wide": of 64 bits */
int ngx_invoke_v8_write_integer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, uint64_t value, int wide);
int ngx_invoke_v8_write_double(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, double value);
int ngx_invoke_v8_write_raw(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, const uint8_t *data, size_t len);
int ngx_invoke_v8_write_views_as_hosts(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, int on);
/* The buffer is written as that id alone, or stands for it. */
int ngx_invoke_v8_write_transfer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, uint32_t id, ngx_invoke_v8_value_t buffer);
/* What was written, a Uint8Array, which the writer then has no more. */
ngx_invoke_v8_value_t ngx_invoke_v8_write_release(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer);

ngx_invoke_v8_value_t ngx_invoke_v8_reader(ngx_invoke_v8_call_t *call,
    const uint8_t *data, size_t len);
int ngx_invoke_v8_read_header(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader);
/* NULL: an exception is pending. */
ngx_invoke_v8_value_t ngx_invoke_v8_read_value(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, ngx_invoke_v8_value_t self);
int ngx_invoke_v8_read_integer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, uint64_t *value, int wide);
int ngx_invoke_v8_read_double(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, double *value);
/* Skips so many bytes, and where they begin. */
int ngx_invoke_v8_read_raw(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, size_t len, size_t *offset);
int ngx_invoke_v8_read_version(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, uint32_t *version);
int ngx_invoke_v8_read_transfer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, uint32_t id, ngx_invoke_v8_value_t buffer);

/* fn(global, error, sites) makes the text of a stack in this context. */
void ngx_invoke_v8_on_stack(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t fn);


#ifdef __cplusplus
}
#endif


#endif /* _NGX_INVOKE_V8_H_INCLUDED_ */
