/*
 * What the fleet's database says of a function: its metadata.
 *
 * The records of all workers are in a shared-memory zone, so that they ask
 * once together, and a reload or the death of a worker loses nothing. Each
 * worker reads copies of its own: whether one is still what the zone has is
 * told by ngx_invoke_record_changes() without a lock.
 *
 * A record may be of a function that does not exist; those ids are of the
 * clients' choosing, so they are the first to be forgotten when the zone is
 * full. After them go the records that were used least recently.
 *
 * All functions but the first: event loop.
 */

#ifndef _NGX_INVOKE_RECORD_H_INCLUDED_
#define _NGX_INVOKE_RECORD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_field.h"


#define NGX_INVOKE_UUID          16
#define NGX_INVOKE_UUID_TEXT     36
#define NGX_INVOKE_RECORD_KEY    32
#define NGX_INVOKE_RECORD_DIGEST 64     /* hex digits of SHA-256 */


/*
 * A record, one piece of memory of "size" bytes: nothing in it changes. In a
 * worker it is counted.
 */

typedef struct {
    size_t                  size;
    uint64_t                serial;         /* of the zone, when stored */
    ngx_uint_t              refs;

    u_char                  uuid[NGX_INVOKE_UUID];
    u_char                  project[NGX_INVOKE_UUID];   /* zeros: none */
    u_char                  key[NGX_INVOKE_RECORD_KEY]; /* SHA-256 of it */
    unsigned                active:1;       /* 0: there is no such function,
                                               or it may not be called */
    unsigned                key_required:1;

    ngx_str_t               id;             /* in lower case */
    ngx_str_t               digest;         /* in lower case; len 0: there is
                                               no version, or no digest */
    ngx_str_t               path;           /* of the package in the bucket */
    ngx_msec_t              timeout;        /* 0: that of the location */
    size_t                  memory;         /* bytes, 0: that of the pool */
    ngx_invoke_field_t     *env;
    ngx_uint_t              nenv;
} ngx_invoke_record_t;


/* Where a record stands. */

typedef struct {
    ngx_msec_t              fetched;        /* ngx_current_msec then */
    ngx_uint_t              valid;          /* no change of it is known */
    ngx_uint_t              asked;          /* a worker asks for it */
} ngx_invoke_record_state_t;


/*
 * Adds the zone to a configuration; NULL on errors, which are logged.
 * Configuration time.
 */
ngx_shm_zone_t *ngx_invoke_record_zone(ngx_conf_t *cf, ngx_str_t *name,
    size_t size, void *tag);

/* In init_process. */
void ngx_invoke_record_attach(ngx_shm_zone_t *zone);

/*
 * The bytes of an UUID's text, of any version; NGX_DECLINED when it is none.
 * The second takes one of version 4 alone.
 */
ngx_int_t ngx_invoke_record_bytes(ngx_str_t *text, u_char *uuid);
ngx_int_t ngx_invoke_record_uuid(ngx_str_t *text, u_char *uuid);

/*
 * An empty record with room for the strings and fields that "like" has, which
 * are copied; "like" may lie in other memory of its own. malloc'ed, with one
 * reference; NULL when memory is out.
 */
ngx_invoke_record_t *ngx_invoke_record_create(const ngx_invoke_record_t *like);
ngx_invoke_record_t *ngx_invoke_record_hold(ngx_invoke_record_t *record);
void ngx_invoke_record_release(ngx_invoke_record_t *record);

/* Grows whenever a record is stored, forgotten or becomes invalid. */
ngx_atomic_uint_t ngx_invoke_record_changes(void);

/*
 * Where the zone's record stands; a copy of it is made unless "known" is the
 * same, which is returned then. NULL: there is none, or memory is out.
 */
ngx_invoke_record_t *ngx_invoke_record_find(const u_char *uuid,
    ngx_invoke_record_t *known, ngx_invoke_record_state_t *state);

/*
 * Before the database is asked: NGX_OK, and the caller is the one who does,
 * for so many ms at most; NGX_BUSY, another one does. "generation" is to be
 * given to store().
 */
ngx_int_t ngx_invoke_record_ask(const u_char *uuid, ngx_msec_t time,
    uint64_t *generation);

/*
 * The database's answer. NGX_DECLINED: a change was told after the question,
 * so the record is not valid. NGX_ERROR: the zone has no room for it.
 */
ngx_int_t ngx_invoke_record_store(ngx_invoke_record_t *record,
    uint64_t generation);

/* There was no answer. */
void ngx_invoke_record_unanswered(const u_char *uuid);

/*
 * A change was told: of a function (1: its record was known, and it may be
 * called), of all of a project, of all.
 */
ngx_uint_t ngx_invoke_record_invalidate(const u_char *uuid);
void ngx_invoke_record_invalidate_project(const u_char *project);
void ngx_invoke_record_invalidate_all(void);

/* How many records there are. */
ngx_uint_t ngx_invoke_record_count(void);


#endif /* _NGX_INVOKE_RECORD_H_INCLUDED_ */
