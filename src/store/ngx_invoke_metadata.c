
#include "ngx_invoke_metadata.h"
#include "ngx_invoke_escape.h"

#include <cjson/cJSON.h>


#define NGX_INVOKE_METADATA_DEADLINE   5000     /* ms, for the check */
#define NGX_INVOKE_METADATA_TIMEOUT    2147483  /* s, of a function at most */
#define NGX_INVOKE_METADATA_MEMORY     1048576  /* MB, at most */
#define NGX_INVOKE_METADATA_MEMORY_MIN 8


/* The columns of the statement. */

enum {
    COLUMN_ACTIVE = 0,
    COLUMN_PROJECT,
    COLUMN_KEY,
    COLUMN_DIGEST,
    COLUMN_PATH,
    COLUMN_TIMEOUT,
    COLUMN_TIMEOUT_MAX,
    COLUMN_MEMORY,
    COLUMN_MEMORY_MAX,
    COLUMN_ENV_NAME,
    COLUMN_ENV_VALUE,
    COLUMNS
};


static ngx_int_t ngx_invoke_metadata_hash(PGresult *result, int column,
    u_char *hash);
static ngx_uint_t ngx_invoke_metadata_limit(PGresult *result, int value,
    int max, ngx_uint_t most);
static ngx_uint_t ngx_invoke_metadata_number(PGresult *result, int column);
static void ngx_invoke_metadata_checked(ngx_invoke_postgres_query_t *query);


/*
 * The columns that a database of the former service may lack are asked for by
 * name: null, then.
 */

const ngx_invoke_postgres_statement_t  ngx_invoke_metadata_function = {
    "invoke_function",

    "SELECT f.is_active AND coalesce(p.is_active, true), f.project_id,"
    " CASE WHEN f.requires_api_key"
    " THEN encode(sha256(convert_to(f.api_key, 'UTF8')), 'hex') END,"
    " v.package_hash, v.package_path,"
    " CASE WHEN to_jsonb(f) ->> 'custom_timeout_enabled' = 'true'"
    " THEN to_jsonb(f) ->> 'custom_timeout_seconds' END,"
    " (SELECT setting_value FROM global_settings"
    " WHERE setting_key = 'execution_max_timeout_seconds'),"
    " CASE WHEN to_jsonb(f) ->> 'custom_memory_enabled' = 'true'"
    " THEN to_jsonb(f) ->> 'custom_memory_mb' END,"
    " (SELECT setting_value FROM global_settings"
    " WHERE setting_key = 'execution_max_memory_mb'),"
    " e.variable_name, e.variable_value"
    " FROM functions f"
    " LEFT JOIN projects p ON p.id = f.project_id"
    " LEFT JOIN function_versions v ON v.id = f.active_version_id"
    " AND v.function_id = f.id"
    " LEFT JOIN function_environment_variables e ON e.function_id = f.id"
    " AND e.variable_value IS NOT NULL"
    " WHERE f.id = $1::uuid"
    " ORDER BY e.variable_name",

    1
};


/* Its one column: what is missing, or null. */

static const ngx_invoke_postgres_statement_t  ngx_invoke_metadata_schema = {
    "invoke_schema",

    "SELECT string_agg(what, ', ') FROM (VALUES"
    " ('table projects', to_regclass('projects') IS NULL),"
    " ('table functions', to_regclass('functions') IS NULL),"
    " ('table function_versions',"
    " to_regclass('function_versions') IS NULL),"
    " ('table function_environment_variables',"
    " to_regclass('function_environment_variables') IS NULL),"
    " ('table global_settings', to_regclass('global_settings') IS NULL),"
    " ('table execution_logs', to_regclass('execution_logs') IS NULL),"
    " ('table invoke_schema', to_regclass('invoke_schema') IS NULL),"
    " ('triggers of functions', NOT EXISTS (SELECT FROM pg_trigger"
    " WHERE tgrelid = to_regclass('functions') AND NOT tgisinternal"
    " AND tgname = 'invoke_update'))"
    ") missing (what, is) WHERE is",

    0
};


static ngx_invoke_postgres_query_t  ngx_invoke_metadata_query;
static ngx_uint_t                   ngx_invoke_metadata_checks;


ngx_invoke_record_t *
ngx_invoke_metadata_record(const u_char *uuid, const char *id,
    const ngx_invoke_postgres_query_t *query, ngx_log_t *log)
{
    int                   row, rows;
    u_char                hash[NGX_INVOKE_RECORD_DIGEST / 2];
    u_char                hex[NGX_INVOKE_RECORD_DIGEST];
    PGresult             *result;
    ngx_str_t             text;
    ngx_invoke_field_t   *env;
    ngx_invoke_record_t   like, *record;

    if (query->rc == NGX_INVOKE_POSTGRES_REFUSED) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "invoke: PostgreSQL refuses what is asked of function "
                      "\"%s\" (SQLSTATE %s)", id, query->sqlstate);
    }

    if (query->rc != NGX_INVOKE_POSTGRES_DONE) {
        return NULL;
    }

    result = query->result;

    ngx_memzero(&like, sizeof(ngx_invoke_record_t));
    ngx_memcpy(like.uuid, uuid, NGX_INVOKE_UUID);

    like.id.data = (u_char *) id;
    like.id.len = ngx_strlen(id);

    rows = PQntuples(result);

    if (rows == 0 || PQnfields(result) != COLUMNS) {
        return ngx_invoke_record_create(&like);
    }

    like.active = (PQgetvalue(result, 0, COLUMN_ACTIVE)[0] == 't');

    text.data = (u_char *) PQgetvalue(result, 0, COLUMN_PROJECT);
    text.len = PQgetlength(result, 0, COLUMN_PROJECT);

    /* a project may have an id of any version */

    (void) ngx_invoke_record_bytes(&text, like.project);

    if (!like.active) {
        return ngx_invoke_record_create(&like);
    }

    like.key_required = (ngx_invoke_metadata_hash(result, COLUMN_KEY, like.key)
                         == NGX_OK);

    if (ngx_invoke_metadata_hash(result, COLUMN_DIGEST, hash) == NGX_OK) {
        (void) ngx_hex_dump(hex, hash, sizeof(hash));

        like.digest.data = hex;
        like.digest.len = sizeof(hex);
        like.path.data = (u_char *) PQgetvalue(result, 0, COLUMN_PATH);
        like.path.len = PQgetlength(result, 0, COLUMN_PATH);
    }

    like.timeout = 1000 * ngx_invoke_metadata_limit(result, COLUMN_TIMEOUT,
                                                COLUMN_TIMEOUT_MAX,
                                                NGX_INVOKE_METADATA_TIMEOUT);

    like.memory = ngx_invoke_metadata_limit(result, COLUMN_MEMORY,
                                            COLUMN_MEMORY_MAX,
                                            NGX_INVOKE_METADATA_MEMORY);

    if (like.memory) {
        like.memory = ngx_max(like.memory, NGX_INVOKE_METADATA_MEMORY_MIN);
        like.memory *= 1024 * 1024;
    }

    env = malloc(rows * sizeof(ngx_invoke_field_t));
    if (env == NULL) {
        return NULL;
    }

    like.env = env;

    for (row = 0; row < rows; row++) {

        if (PQgetisnull(result, row, COLUMN_ENV_NAME)) {
            continue;
        }

        env->name.data = (u_char *) PQgetvalue(result, row, COLUMN_ENV_NAME);
        env->name.len = PQgetlength(result, row, COLUMN_ENV_NAME);
        env->value.data = (u_char *) PQgetvalue(result, row, COLUMN_ENV_VALUE);
        env->value.len = PQgetlength(result, row, COLUMN_ENV_VALUE);

        env++;
        like.nenv++;
    }

    record = ngx_invoke_record_create(&like);

    free(like.env);

    return record;
}


/* A SHA-256 in hex digits, of any case. */

static ngx_int_t
ngx_invoke_metadata_hash(PGresult *result, int column, u_char *hash)
{
    u_char     *value;
    ngx_int_t   byte;
    ngx_uint_t  i;

    if (PQgetlength(result, 0, column) != NGX_INVOKE_RECORD_DIGEST) {
        return NGX_DECLINED;
    }

    value = (u_char *) PQgetvalue(result, 0, column);

    for (i = 0; i < NGX_INVOKE_RECORD_DIGEST / 2; i++) {
        byte = ngx_hextoi(value + 2 * i, 2);
        if (byte == NGX_ERROR) {
            return NGX_DECLINED;
        }

        hash[i] = (u_char) byte;
    }

    return NGX_OK;
}


/* A function's own limit, where it has one, within the fleet's. */

static ngx_uint_t
ngx_invoke_metadata_limit(PGresult *result, int value, int max,
    ngx_uint_t most)
{
    ngx_uint_t  limit;

    limit = ngx_invoke_metadata_number(result, max);
    most = limit ? ngx_min(limit, most) : most;

    return ngx_min(ngx_invoke_metadata_number(result, value), most);
}


/* 0: it is no positive number. */

static ngx_uint_t
ngx_invoke_metadata_number(PGresult *result, int column)
{
    ngx_int_t  n;

    n = ngx_atoi((u_char *) PQgetvalue(result, 0, column),
                 PQgetlength(result, 0, column));

    return n > 0 ? (ngx_uint_t) n : 0;
}


void
ngx_invoke_metadata_change(const char *channel, const char *payload,
    ngx_invoke_metadata_change_t *change, ngx_log_t *log)
{
    cJSON              *json, *id;
    u_char              buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t           text;

    static ngx_uint_t   told;

    change->of = NGX_INVOKE_METADATA_NOTHING;

    if (ngx_strcmp(channel, "execution_settings_invalidated") == 0) {
        change->of = NGX_INVOKE_METADATA_ALL;
        return;
    }

    json = cJSON_ParseWithOpts(payload, NULL, 1);

    id = cJSON_GetObjectItemCaseSensitive(json, "function_id");

    if (id) {
        change->of = NGX_INVOKE_METADATA_FUNCTION;

    } else {
        id = cJSON_GetObjectItemCaseSensitive(json, "project_id");
        change->of = NGX_INVOKE_METADATA_PROJECT;
    }

    text.data = (u_char *) cJSON_GetStringValue(id);
    text.len = text.data ? ngx_strlen(text.data) : 0;

    if (ngx_invoke_record_bytes(&text, change->uuid) != NGX_OK) {
        change->of = NGX_INVOKE_METADATA_NOTHING;

        /* the former service told of policies of all projects, too */

        if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(json, "table"))
            && !told++)
        {
            text.data = (u_char *) payload;
            text.len = ngx_strlen(payload);
            text = ngx_invoke_escape_name(buf, &text);

            ngx_log_error(NGX_LOG_WARN, log, 0,
                          "invoke: a notification on \"%s\" is ignored, as "
                          "all like it: \"%V\"", channel, &text);
        }
    }

    cJSON_Delete(json);
}


void
ngx_invoke_metadata_check(ngx_log_t *log)
{
    ngx_invoke_postgres_query_t  *query;

    query = &ngx_invoke_metadata_query;

    if (ngx_invoke_metadata_checks) {
        return;
    }

    query->statement = &ngx_invoke_metadata_schema;
    query->values = NULL;
    query->timeout = NGX_INVOKE_METADATA_DEADLINE;
    query->handler = ngx_invoke_metadata_checked;
    query->data = log;

    ngx_invoke_metadata_checks = (ngx_invoke_postgres_query(query) == NGX_OK);
}


static void
ngx_invoke_metadata_checked(ngx_invoke_postgres_query_t *query)
{
    ngx_invoke_metadata_checks = 0;

    if (query->rc == NGX_INVOKE_POSTGRES_DONE
        && !PQgetisnull(query->result, 0, 0))
    {
        ngx_log_error(NGX_LOG_WARN, (ngx_log_t *) query->data, 0,
                      "invoke: the database lacks %s: run conf/schema.sql "
                      "over it", PQgetvalue(query->result, 0, 0));
    }
}
