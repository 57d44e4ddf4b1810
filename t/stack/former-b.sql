-- What the former service's last state has on top of former-a.sql: its columns,
-- its table of groups, its own trigger, and no log.

ALTER TABLE projects ADD COLUMN kv_storage_limit_bytes bigint
    DEFAULT 1073741824;

CREATE TABLE function_groups (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL, project_id uuid REFERENCES projects (id));

ALTER TABLE functions
    ADD COLUMN group_id uuid REFERENCES function_groups (id),
    ADD COLUMN sort_order integer DEFAULT 0,
    ADD COLUMN custom_timeout_enabled boolean DEFAULT false,
    ADD COLUMN custom_timeout_seconds integer,
    ADD COLUMN custom_memory_enabled boolean DEFAULT false,
    ADD COLUMN custom_memory_mb integer;

DROP TABLE execution_logs;

UPDATE functions SET custom_timeout_enabled = true, custom_timeout_seconds = 5;

INSERT INTO global_settings (setting_key, setting_value)
    VALUES ('execution_max_timeout_seconds', '60'),
           ('execution_max_memory_mb', '1024');

CREATE FUNCTION notify_env() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('execution_cache_invalidated', json_build_object(
        'table', TG_TABLE_NAME, 'action', TG_OP,
        'function_id', NEW.function_id)::text);
    RETURN NEW;
END
$$;

CREATE TRIGGER env_notify AFTER INSERT OR UPDATE
    ON function_environment_variables
    FOR EACH ROW EXECUTE FUNCTION notify_env();
