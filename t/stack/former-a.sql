-- A database of the former service at its first state, with a little in it.

CREATE EXTENSION IF NOT EXISTS pgcrypto;

CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    username varchar(50) UNIQUE NOT NULL);

CREATE TABLE projects (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL, description text,
    created_by uuid REFERENCES users (id), is_active boolean DEFAULT true,
    created_at timestamp DEFAULT now(), updated_at timestamp DEFAULT now());

CREATE TABLE functions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name varchar(100) NOT NULL, description text,
    project_id uuid REFERENCES projects (id),
    deployed_by uuid REFERENCES users (id),
    requires_api_key boolean DEFAULT false, api_key varchar(255),
    is_active boolean DEFAULT true, created_at timestamp DEFAULT now(),
    updated_at timestamp DEFAULT now(), last_executed timestamptz,
    execution_count integer DEFAULT 0, active_version_id uuid,
    retention_type varchar(20), retention_value integer,
    retention_enabled boolean DEFAULT false,
    schedule_enabled boolean DEFAULT false, schedule_cron varchar(100),
    next_execution timestamptz, last_scheduled_execution timestamptz);

CREATE TABLE function_versions (id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    function_id uuid REFERENCES functions (id) ON DELETE CASCADE,
    version integer NOT NULL, file_size bigint, package_path varchar(500),
    package_hash varchar(64) NOT NULL, created_at timestamp DEFAULT now(),
    created_by uuid, UNIQUE (function_id, version));

ALTER TABLE functions ADD CONSTRAINT fk_active_version
    FOREIGN KEY (active_version_id) REFERENCES function_versions (id);

CREATE TABLE function_environment_variables (id serial PRIMARY KEY,
    function_id uuid REFERENCES functions (id) ON DELETE CASCADE,
    variable_name varchar(255) NOT NULL, variable_value text, description text,
    created_at timestamp DEFAULT now(), updated_at timestamp DEFAULT now(),
    UNIQUE (function_id, variable_name));

CREATE TABLE execution_logs (id serial PRIMARY KEY,
    function_id uuid REFERENCES functions (id) ON DELETE CASCADE,
    status_code integer, execution_time_ms integer, request_size integer,
    response_size integer, request_headers jsonb, response_headers jsonb,
    request_body text, response_body text, request_method varchar(10),
    request_url text, console_logs jsonb, error_message text, client_ip inet,
    user_agent text, api_key_used boolean,
    executed_at timestamp DEFAULT now());

CREATE TABLE global_settings (id serial PRIMARY KEY,
    setting_key varchar(100) UNIQUE NOT NULL, setting_value text,
    description text, updated_at timestamp DEFAULT now());

INSERT INTO users (id, username)
    VALUES ('00000000-0000-4000-8000-000000000001', 'admin');
INSERT INTO projects (id, name, created_by)
    SELECT '00000000-0000-4000-8000-000000000002', 'Default', id FROM users;
INSERT INTO functions (id, name, project_id, requires_api_key, api_key)
    SELECT '00000000-0000-4000-8000-000000000003', 'hello', id, true, 'secret'
    FROM projects;
INSERT INTO function_versions (id, function_id, version, package_path,
                               package_hash)
    SELECT '00000000-0000-4000-8000-000000000004', id, 1,
           'functions/' || id || '/v1.tgz', repeat('a', 64) FROM functions;
UPDATE functions SET active_version_id = '00000000-0000-4000-8000-000000000004';
INSERT INTO function_environment_variables (function_id, variable_name,
                                            variable_value)
    SELECT id, 'GREETING', 'hi' FROM functions;
INSERT INTO execution_logs (function_id, status_code)
    SELECT id, 200 FROM functions;
INSERT INTO global_settings (setting_key, setting_value)
    VALUES ('log_retention_enabled', 'true');
