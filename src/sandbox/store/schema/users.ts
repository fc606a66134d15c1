export const USERS = `
CREATE TABLE users (
  id varchar(36) NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
  date timestamp,
  update_date timestamp,
  username varchar(255) NOT NULL CONSTRAINT users_username_key UNIQUE,
  email varchar(255) NOT NULL CONSTRAINT users_email_key UNIQUE,
  name varchar(255),
  password_hash varchar(255),
  picture varchar(1024),
  user_type varchar(50) NOT NULL DEFAULT 'regular',
  is_active boolean NOT NULL DEFAULT true,
  is_super_admin boolean NOT NULL DEFAULT false,
  auth_source varchar(50) NOT NULL DEFAULT 'local',
  email_verified boolean NOT NULL DEFAULT false,
  last_login_at timestamp,
  deleted_at timestamp,
  project_limit integer DEFAULT 3,
  CONSTRAINT ck_users_project_limit CHECK (project_limit IS NULL OR project_limit >= 0)
);
CREATE INDEX ix_users_active_deleted ON users (is_active, deleted_at);
CREATE INDEX ix_users_deleted_at ON users (deleted_at);
CREATE INDEX ix_users_email ON users (email);
CREATE INDEX ix_users_email_deleted ON users (email, deleted_at);
CREATE INDEX ix_users_id ON users (id);
CREATE INDEX ix_users_is_active ON users (is_active);
CREATE INDEX ix_users_is_super_admin ON users (is_super_admin);
CREATE INDEX ix_users_username ON users (username);

CREATE TABLE user_projects (
  id varchar(36) NOT NULL CONSTRAINT user_projects_pkey PRIMARY KEY,
  date timestamp,
  update_date timestamp,
  user_id varchar(36) NOT NULL CONSTRAINT user_projects_user_id_fkey REFERENCES users ON DELETE CASCADE,
  project_name varchar(255) NOT NULL,
  is_project_admin boolean NOT NULL DEFAULT false,
  CONSTRAINT ix_user_project_unique UNIQUE (user_id, project_name)
);
CREATE INDEX ix_user_projects_project_name ON user_projects (project_name);
CREATE INDEX ix_user_projects_user_id ON user_projects (user_id);

CREATE TABLE user_knowledge_bases (
  id varchar(36) NOT NULL CONSTRAINT user_knowledge_bases_pkey PRIMARY KEY,
  date timestamp,
  update_date timestamp,
  user_id varchar(36) NOT NULL CONSTRAINT user_knowledge_bases_user_id_fkey REFERENCES users ON DELETE CASCADE,
  kb_name varchar(255) NOT NULL,
  CONSTRAINT ix_user_kb_unique UNIQUE (user_id, kb_name)
);
CREATE INDEX ix_user_knowledge_bases_kb_name ON user_knowledge_bases (kb_name);
CREATE INDEX ix_user_knowledge_bases_user_id ON user_knowledge_bases (user_id);

CREATE TABLE email_verification_tokens (
  id varchar(36) NOT NULL CONSTRAINT email_verification_tokens_pkey PRIMARY KEY,
  date timestamp,
  update_date timestamp,
  user_id varchar(36) NOT NULL
    CONSTRAINT email_verification_tokens_user_id_fkey REFERENCES users ON DELETE CASCADE,
  token_hash varchar(255) NOT NULL CONSTRAINT email_verification_tokens_token_hash_key UNIQUE,
  email varchar(255) NOT NULL,
  token_type varchar(50) NOT NULL DEFAULT 'email_verification',
  expires_at timestamp NOT NULL,
  used_at timestamp
);
CREATE INDEX ix_email_verification_tokens_expires_at ON email_verification_tokens (expires_at);
CREATE INDEX ix_email_verification_tokens_token_hash ON email_verification_tokens (token_hash);
CREATE INDEX ix_email_verification_tokens_user_id ON email_verification_tokens (user_id);
`;

/** The index keeps its name. */
export const ADMIN_NAME = `
ALTER TABLE users RENAME COLUMN is_super_admin TO is_admin;
`;

export const MAINTAINER = `
ALTER TABLE users ADD COLUMN is_maintainer boolean NOT NULL DEFAULT false;

CREATE TABLE user_enrichment (
  email varchar NOT NULL CONSTRAINT user_enrichment_pkey PRIMARY KEY
    CONSTRAINT user_enrichment_email_fkey REFERENCES users (email) ON DELETE CASCADE,
  user_id varchar(36) NOT NULL CONSTRAINT user_enrichment_user_id_fkey REFERENCES users,
  first_name varchar,
  last_name varchar,
  job_title varchar,
  job_function varchar,
  level varchar,
  primary_skill varchar,
  country varchar,
  city varchar,
  synced_at timestamp,
  job_title_group varchar
);
CREATE INDEX ix_user_enrichment_city ON user_enrichment (city);
CREATE INDEX ix_user_enrichment_country ON user_enrichment (country);
CREATE INDEX ix_user_enrichment_job_title ON user_enrichment (job_title);
CREATE INDEX ix_user_enrichment_job_title_group ON user_enrichment (job_title_group);
CREATE INDEX ix_user_enrichment_primary_skill ON user_enrichment (primary_skill);
CREATE INDEX ix_user_enrichment_user_id ON user_enrichment (user_id);
`;

export const ACTIVITY = `
CREATE TABLE activity_events (
  id varchar(36) NOT NULL CONSTRAINT activity_events_pkey PRIMARY KEY,
  domain varchar(64) NOT NULL,
  event_type varchar(128) NOT NULL,
  entity_type varchar(64),
  entity_id text,
  actor_id varchar(36) CONSTRAINT activity_events_actor_id_fkey REFERENCES users ON DELETE SET NULL,
  attributes jsonb,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_activity_events_actor_id_created_at ON activity_events (actor_id, created_at)
  WHERE actor_id IS NOT NULL;
CREATE INDEX ix_activity_events_domain_created_at ON activity_events (domain, created_at);
CREATE INDEX ix_activity_events_entity_type_entity_id ON activity_events (entity_type, entity_id)
  WHERE entity_id IS NOT NULL;
`;
