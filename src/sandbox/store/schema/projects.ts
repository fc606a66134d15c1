/** A project is a row of `applications`. Memberships name it by its name, without a foreign key. */
export const PROJECTS = `
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE cost_centers (
  id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT cost_centers_pkey PRIMARY KEY,
  name varchar(255) NOT NULL,
  description varchar(500),
  created_by varchar(255) NOT NULL,
  date timestamp NOT NULL DEFAULT now(),
  update_date timestamp NOT NULL DEFAULT now(),
  deleted_at timestamp
);
CREATE INDEX ix_cost_centers_deleted_at ON cost_centers (deleted_at);
CREATE UNIQUE INDEX ux_cost_centers_name_lower ON cost_centers (lower(name));

CREATE TABLE applications (
  id varchar NOT NULL CONSTRAINT applications_pkey PRIMARY KEY,
  date timestamp,
  update_date timestamp,
  name varchar NOT NULL,
  git_repos jsonb,
  project_type varchar(50) NOT NULL DEFAULT 'shared'
    CONSTRAINT ck_applications_project_type CHECK (project_type IN ('personal', 'shared')),
  created_by varchar(255),
  description varchar(500),
  deleted_at timestamp,
  cost_center_id uuid CONSTRAINT fk_applications_cost_center_id REFERENCES cost_centers
);
CREATE INDEX ix_applications_cost_center_id ON applications (cost_center_id);
CREATE INDEX ix_applications_deleted_at ON applications (deleted_at);
CREATE INDEX ix_applications_name ON applications USING gin (name gin_trgm_ops);

CREATE TYPE configvaluetype AS ENUM ('STRING', 'INT', 'FLOAT', 'BOOL');
CREATE TABLE dynamic_config (
  id varchar NOT NULL CONSTRAINT dynamic_config_pkey PRIMARY KEY,
  date timestamp,
  update_date timestamp,
  key varchar NOT NULL,
  value varchar NOT NULL,
  value_type configvaluetype NOT NULL,
  description varchar(500),
  updated_by varchar NOT NULL
);
CREATE UNIQUE INDEX ix_dynamic_config_key ON dynamic_config (key);
`;

export const PROJECT_NAMES = `
ALTER TABLE applications ADD COLUMN display_name varchar(150);
`;
