/** Budgets of single users. */
export const ASSIGNED_BUDGETS = `
CREATE TABLE budgets (
  budget_id varchar(255) NOT NULL CONSTRAINT budgets_pkey PRIMARY KEY,
  name varchar(128) NOT NULL,
  description varchar(500),
  soft_budget double precision NOT NULL,
  max_budget double precision NOT NULL,
  budget_duration varchar(16) NOT NULL,
  budget_category varchar(32) NOT NULL,
  budget_reset_at varchar(64),
  created_by varchar(255) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz
);
CREATE INDEX ix_budgets_budget_category ON budgets (budget_category);
CREATE INDEX ix_budgets_created_by ON budgets (created_by);

CREATE TABLE user_budget_assignments (
  user_id varchar(36) NOT NULL
    CONSTRAINT user_budget_assignments_user_id_fkey REFERENCES users ON DELETE CASCADE,
  category varchar(32) NOT NULL,
  budget_id varchar(255) NOT NULL
    CONSTRAINT user_budget_assignments_budget_id_fkey REFERENCES budgets ON DELETE CASCADE,
  assigned_at timestamptz NOT NULL DEFAULT now(),
  assigned_by varchar(255),
  CONSTRAINT user_budget_assignments_pkey PRIMARY KEY (user_id, category)
);
CREATE INDEX idx_uba_user_category ON user_budget_assignments (user_id, category);
CREATE INDEX ix_uba_budget_id ON user_budget_assignments (budget_id);
CREATE INDEX ix_uba_user_id ON user_budget_assignments (user_id);
`;

/** Budgets of projects, and of their members. `project_name` holds the id of a project. */
export const PROJECT_BUDGETS = `
ALTER TABLE budgets
  ADD COLUMN budget_type varchar(16) NOT NULL DEFAULT 'global',
  ADD COLUMN provider_metadata jsonb,
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN budget_origin_type varchar(32) NOT NULL DEFAULT 'main',
  ADD COLUMN parent_budget_id varchar(255) CONSTRAINT fk_budgets_parent_budget_id REFERENCES budgets,
  ADD COLUMN owner_user_id varchar(36) CONSTRAINT fk_budgets_owner_user_id REFERENCES users,
  ADD COLUMN project_name varchar(100) CONSTRAINT fk_budgets_project_name REFERENCES applications,
  ADD COLUMN detached_at timestamptz;
CREATE INDEX ix_budgets_budget_type ON budgets (budget_type);
CREATE INDEX ix_budgets_origin_type ON budgets (budget_origin_type);
CREATE INDEX ix_budgets_parent_budget_id ON budgets (parent_budget_id);
CREATE INDEX ix_budgets_project_origin ON budgets (project_name, budget_category, budget_origin_type);
CREATE INDEX ix_budgets_type_category ON budgets (budget_type, budget_category);
CREATE UNIQUE INDEX uix_budgets_name_active ON budgets (name) WHERE deleted_at IS NULL;

CREATE TABLE project_budget_assignments (
  id varchar(36) NOT NULL CONSTRAINT project_budget_assignments_pkey PRIMARY KEY,
  project_name varchar(100) NOT NULL
    CONSTRAINT project_budget_assignments_project_name_fkey REFERENCES applications ON DELETE CASCADE,
  budget_category varchar(32) NOT NULL,
  budget_id varchar(255) NOT NULL
    CONSTRAINT project_budget_assignments_budget_id_fkey REFERENCES budgets ON DELETE CASCADE,
  allocation_mode varchar(16) NOT NULL DEFAULT 'equal',
  assigned_by varchar(255) NOT NULL,
  assigned_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE INDEX idx_pba_active_project_category ON project_budget_assignments (project_name, budget_category)
  WHERE deleted_at IS NULL;
CREATE INDEX ix_pba_budget_id ON project_budget_assignments (budget_id);
CREATE INDEX ix_pba_project_category ON project_budget_assignments (project_name, budget_category);
CREATE INDEX ix_pba_project_name ON project_budget_assignments (project_name);
CREATE UNIQUE INDEX uix_pba_project_category_active
  ON project_budget_assignments (project_name, budget_category) WHERE deleted_at IS NULL;

CREATE TABLE project_member_budget_assignments (
  id varchar(36) NOT NULL CONSTRAINT project_member_budget_assignments_pkey PRIMARY KEY,
  project_name varchar(100) NOT NULL
    CONSTRAINT project_member_budget_assignments_project_name_fkey REFERENCES applications ON DELETE CASCADE,
  budget_category varchar(32) NOT NULL,
  project_budget_id varchar(255) NOT NULL
    CONSTRAINT project_member_budget_assignments_project_budget_id_fkey REFERENCES budgets ON DELETE CASCADE,
  user_id varchar(36) NOT NULL
    CONSTRAINT project_member_budget_assignments_user_id_fkey REFERENCES users ON DELETE CASCADE,
  allocation_mode varchar(16) NOT NULL DEFAULT 'equal',
  allocation_weight double precision,
  allocated_soft_budget double precision NOT NULL,
  allocated_max_budget double precision NOT NULL,
  pmba_provider_metadata jsonb,
  spend double precision,
  budget_reset_at varchar(64),
  pmba_last_synced_at timestamptz,
  sync_status varchar(32),
  override_reason varchar(500),
  assigned_by varchar(255),
  assigned_at timestamptz NOT NULL DEFAULT now(),
  pmba_deleted_at timestamptz,
  shared_budget_id varchar(255) CONSTRAINT fk_pmba_shared_budget_id REFERENCES budgets,
  override_budget_id varchar(255) CONSTRAINT fk_pmba_override_budget_id REFERENCES budgets,
  effective_budget_id varchar(255) CONSTRAINT fk_pmba_effective_budget_id REFERENCES budgets
);
CREATE INDEX idx_pmba_active_project_category_user
  ON project_member_budget_assignments (project_name, budget_category, user_id) WHERE pmba_deleted_at IS NULL;
CREATE INDEX ix_pmba_effective_budget_id ON project_member_budget_assignments (effective_budget_id);
CREATE INDEX ix_pmba_project_budget_id ON project_member_budget_assignments (project_budget_id);
CREATE INDEX ix_pmba_project_category ON project_member_budget_assignments (project_name, budget_category);
CREATE INDEX ix_pmba_user_id ON project_member_budget_assignments (user_id);
CREATE UNIQUE INDEX uix_pmba_project_category_user_active
  ON project_member_budget_assignments (project_name, budget_category, user_id) WHERE pmba_deleted_at IS NULL;
`;

export const BUDGET_GROUPS = `
CREATE TABLE project_budget_groups (
  id varchar(36) NOT NULL CONSTRAINT project_budget_groups_pkey PRIMARY KEY,
  project_name varchar(100) NOT NULL
    CONSTRAINT project_budget_groups_project_name_fkey REFERENCES applications,
  name varchar(100) NOT NULL DEFAULT '',
  budget_duration varchar(16) NOT NULL,
  description varchar(500),
  created_by varchar(255) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz,
  deleted_at timestamptz
);
CREATE INDEX ix_pbg_project_name ON project_budget_groups (project_name);
CREATE UNIQUE INDEX uix_pbg_project_active ON project_budget_groups (project_name) WHERE deleted_at IS NULL;

ALTER TABLE project_budget_assignments
  ADD COLUMN group_id varchar(36) CONSTRAINT fk_pba_group_id REFERENCES project_budget_groups;
CREATE INDEX ix_pba_group_id ON project_budget_assignments (group_id);
`;
