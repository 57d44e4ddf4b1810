-- The database of a fleet's functions, for PostgreSQL 14 and later:
--
--     psql --single-transaction -v ON_ERROR_STOP=1 -f conf/schema.sql
--
-- It may be run again, and over a database of the former execution service: it
-- adds what is missing, changes and drops nothing.  What it adds is numbered in
-- invoke_schema.
--
-- A role for the module needs no more than
--
--     GRANT SELECT ON projects, functions, function_versions,
--         function_environment_variables, global_settings, invoke_schema
--         TO invoke;
--     GRANT INSERT ON execution_logs TO invoke;
--     GRANT USAGE ON SEQUENCE execution_logs_id_seq TO invoke;
--     GRANT UPDATE (execution_count, last_executed) ON functions TO invoke;

SET client_min_messages = warning;


-- Tables

CREATE TABLE IF NOT EXISTS projects (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name         varchar(100) NOT NULL,
    description  text,
    created_by   uuid,
    is_active    boolean NOT NULL DEFAULT true,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE projects
    ADD COLUMN IF NOT EXISTS is_active boolean NOT NULL DEFAULT true;


CREATE TABLE IF NOT EXISTS functions (
    id                        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name                      varchar(100) NOT NULL,
    description               text,
    project_id                uuid REFERENCES projects (id) ON DELETE CASCADE,
    deployed_by               uuid,
    requires_api_key          boolean NOT NULL DEFAULT false,
    api_key                   varchar(255),
    is_active                 boolean NOT NULL DEFAULT true,
    created_at                timestamptz NOT NULL DEFAULT now(),
    updated_at                timestamptz NOT NULL DEFAULT now(),
    last_executed             timestamptz,
    execution_count           integer NOT NULL DEFAULT 0,
    active_version_id         uuid,
    retention_type            varchar(10)
                              CHECK (retention_type IN ('time', 'count',
                                                        'none')),
    retention_value           integer,
    retention_enabled         boolean NOT NULL DEFAULT false,
    schedule_enabled          boolean NOT NULL DEFAULT false,
    schedule_cron             varchar(100),
    next_execution            timestamptz,
    last_scheduled_execution  timestamptz
);

ALTER TABLE functions
    ADD COLUMN IF NOT EXISTS custom_timeout_enabled boolean NOT NULL
        DEFAULT false,
    ADD COLUMN IF NOT EXISTS custom_timeout_seconds integer,
    ADD COLUMN IF NOT EXISTS custom_memory_enabled boolean NOT NULL
        DEFAULT false,
    ADD COLUMN IF NOT EXISTS custom_memory_mb integer;


CREATE TABLE IF NOT EXISTS function_versions (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    function_id   uuid NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    version       integer NOT NULL,
    file_size     bigint,
    package_path  varchar(500) NOT NULL,
    package_hash  varchar(64) NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    created_by    uuid,
    UNIQUE (function_id, version)
);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint
                   WHERE conrelid = 'functions'::regclass
                         AND confrelid = 'function_versions'::regclass)
    THEN
        ALTER TABLE functions
            ADD FOREIGN KEY (active_version_id)
            REFERENCES function_versions (id) ON DELETE SET NULL NOT VALID;
    END IF;
END
$$;


CREATE TABLE IF NOT EXISTS function_environment_variables (
    id              serial PRIMARY KEY,
    function_id     uuid NOT NULL REFERENCES functions (id) ON DELETE CASCADE,
    variable_name   varchar(255) NOT NULL,
    variable_value  text,
    description     text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (function_id, variable_name)
);


CREATE TABLE IF NOT EXISTS execution_logs (
    id                 serial PRIMARY KEY,
    function_id        uuid REFERENCES functions (id) ON DELETE CASCADE,
    status_code        integer,
    execution_time_ms  integer,
    request_size       integer,
    response_size      integer,
    request_headers    jsonb,
    response_headers   jsonb,
    request_body       text,
    response_body      text,
    request_method     varchar(10),
    request_url        text,
    console_logs       jsonb,
    error_message      text,
    client_ip          inet,
    user_agent         text,
    api_key_used       boolean,
    executed_at        timestamptz NOT NULL DEFAULT now()
);


CREATE TABLE IF NOT EXISTS global_settings (
    id             serial PRIMARY KEY,
    setting_key    varchar(255) NOT NULL UNIQUE,
    setting_value  text,
    description    text,
    updated_at     timestamptz NOT NULL DEFAULT now()
);


-- Indexes: a log is read and cleared by function and time; the functions of a
-- project are asked for by nobody here, but deleted with it.

CREATE INDEX IF NOT EXISTS invoke_execution_logs_function
    ON execution_logs (function_id, executed_at);

CREATE INDEX IF NOT EXISTS invoke_functions_project
    ON functions (project_id);


-- Notifications: a change of what the engine reads is told, on the channels and
-- with the payloads of the former service.  Equal ones of a transaction are
-- folded by PostgreSQL, so a function is told once for each table and action.

CREATE OR REPLACE FUNCTION invoke_notify_cache() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    field  text := TG_ARGV[0];
    id     text;
    ids    text[];
BEGIN
    IF TG_OP <> 'INSERT' THEN
        ids := ids || (to_jsonb(OLD) ->> TG_ARGV[1]);
    END IF;

    IF TG_OP <> 'DELETE' THEN
        ids := ids || (to_jsonb(NEW) ->> TG_ARGV[1]);
    END IF;

    FOR id IN SELECT DISTINCT unnest(ids) LOOP
        PERFORM pg_notify('execution_cache_invalidated',
                          json_build_object('table', TG_TABLE_NAME,
                                            'action', TG_OP,
                                            field, id)::text);
    END LOOP;

    RETURN NULL;
END
$$;


CREATE OR REPLACE FUNCTION invoke_notify_settings() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('execution_settings_invalidated', '{}');
    RETURN NULL;
END
$$;


CREATE OR REPLACE TRIGGER invoke_insert_delete
    AFTER INSERT OR DELETE ON functions
    FOR EACH ROW EXECUTE FUNCTION invoke_notify_cache('function_id', 'id');

-- not what each invocation changes: execution_count, last_executed

CREATE OR REPLACE TRIGGER invoke_update
    AFTER UPDATE ON functions
    FOR EACH ROW
    WHEN ((OLD.id, OLD.name, OLD.project_id, OLD.requires_api_key, OLD.api_key,
           OLD.is_active, OLD.active_version_id, OLD.custom_timeout_enabled,
           OLD.custom_timeout_seconds, OLD.custom_memory_enabled,
           OLD.custom_memory_mb)
          IS DISTINCT FROM
          (NEW.id, NEW.name, NEW.project_id, NEW.requires_api_key, NEW.api_key,
           NEW.is_active, NEW.active_version_id, NEW.custom_timeout_enabled,
           NEW.custom_timeout_seconds, NEW.custom_memory_enabled,
           NEW.custom_memory_mb))
    EXECUTE FUNCTION invoke_notify_cache('function_id', 'id');

CREATE OR REPLACE TRIGGER invoke_insert_delete
    AFTER INSERT OR DELETE ON function_versions
    FOR EACH ROW
    EXECUTE FUNCTION invoke_notify_cache('function_id', 'function_id');

CREATE OR REPLACE TRIGGER invoke_update
    AFTER UPDATE ON function_versions
    FOR EACH ROW
    WHEN ((OLD.id, OLD.function_id, OLD.version, OLD.file_size,
           OLD.package_path, OLD.package_hash)
          IS DISTINCT FROM
          (NEW.id, NEW.function_id, NEW.version, NEW.file_size,
           NEW.package_path, NEW.package_hash))
    EXECUTE FUNCTION invoke_notify_cache('function_id', 'function_id');

CREATE OR REPLACE TRIGGER invoke_insert_delete
    AFTER INSERT OR DELETE ON function_environment_variables
    FOR EACH ROW
    EXECUTE FUNCTION invoke_notify_cache('function_id', 'function_id');

CREATE OR REPLACE TRIGGER invoke_update
    AFTER UPDATE ON function_environment_variables
    FOR EACH ROW
    WHEN ((OLD.function_id, OLD.variable_name, OLD.variable_value)
          IS DISTINCT FROM
          (NEW.function_id, NEW.variable_name, NEW.variable_value))
    EXECUTE FUNCTION invoke_notify_cache('function_id', 'function_id');

CREATE OR REPLACE TRIGGER invoke_delete
    AFTER DELETE ON projects
    FOR EACH ROW EXECUTE FUNCTION invoke_notify_cache('project_id', 'id');

CREATE OR REPLACE TRIGGER invoke_update
    AFTER UPDATE ON projects
    FOR EACH ROW
    WHEN ((OLD.id, OLD.name, OLD.is_active)
          IS DISTINCT FROM (NEW.id, NEW.name, NEW.is_active))
    EXECUTE FUNCTION invoke_notify_cache('project_id', 'id');

CREATE OR REPLACE TRIGGER invoke_insert_delete
    AFTER INSERT OR DELETE ON global_settings
    FOR EACH ROW EXECUTE FUNCTION invoke_notify_settings();

CREATE OR REPLACE TRIGGER invoke_update
    AFTER UPDATE ON global_settings
    FOR EACH ROW
    WHEN ((OLD.setting_key, OLD.setting_value)
          IS DISTINCT FROM (NEW.setting_key, NEW.setting_value))
    EXECUTE FUNCTION invoke_notify_settings();


-- The number of this schema

CREATE TABLE IF NOT EXISTS invoke_schema (
    version     integer PRIMARY KEY,
    applied_at  timestamptz NOT NULL DEFAULT now()
);

INSERT INTO invoke_schema (version) VALUES (1) ON CONFLICT DO NOTHING;
