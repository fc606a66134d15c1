/** The people and models of the sandbox. Facts only; tests and documents name them. */
export interface SandboxUser {
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email: string;
  /** All projects the person may work in. */
  readonly projects: readonly string[];
  /** Those of them the person administers; `applications_admin` only, so that admin-only access is exercised. */
  readonly adminOf: readonly string[];
  readonly roles: readonly string[];
}

export const USERS: readonly SandboxUser[] = [
  {
    username: 'ada',
    password: 'ada-sandbox-password',
    name: 'Ada Lovelace',
    email: 'ada@sandbox.example',
    projects: ['analytical-engine', 'difference-engine'],
    adminOf: ['difference-engine'],
    roles: ['developer', 'researcher'],
  },
  {
    username: 'bob',
    password: 'bob-sandbox-password',
    name: 'Bob Babbage',
    email: 'bob@sandbox.example',
    projects: ['analytical-engine'],
    adminOf: [],
    roles: ['developer'],
  },
  {
    username: 'eve',
    password: 'eve-sandbox-password',
    name: 'Eve Outsider',
    email: 'eve@sandbox.example',
    projects: [],
    adminOf: [],
    roles: [],
  },
];

export interface SandboxModel {
  readonly base_name: string;
  readonly deployment_name: string;
  readonly label: string;
  readonly provider: string;
  readonly enabled: boolean;
  readonly multimodal: boolean;
  readonly default?: true;
  /** Roles whose holders may use it. */
  readonly roles: readonly string[];
}

export const MODELS: readonly SandboxModel[] = [
  model('claude-sonnet-4-6', 'Claude Sonnet 4.6', 'aws_bedrock', ['developer'], true),
  model('claude-haiku-4-5', 'Claude Haiku 4.5', 'aws_bedrock', ['developer']),
  model('claude-opus-4-8', 'Claude Opus 4.8', 'aws_bedrock', ['researcher']),
  model('gpt-5', 'GPT-5', 'azure_openai', ['developer']),
  model('gpt-5-mini', 'GPT-5 mini', 'azure_openai', ['developer']),
  model('gemini-2.5-pro', 'Gemini 2.5 Pro', 'google_vertexai', ['researcher']),
  { ...model('claude-2', 'Claude 2 (retired)', 'aws_bedrock', ['developer']), enabled: false },
];

function model(
  name: string,
  label: string,
  provider: string,
  roles: readonly string[],
  preset = false,
): SandboxModel {
  return {
    base_name: name,
    deployment_name: `${name}-sandbox`,
    label,
    provider,
    enabled: true,
    multimodal: true,
    ...(preset ? { default: true as const } : {}),
    roles,
  };
}

/** @returns the person by user name or e-mail. */
export function findUser(name: string | undefined): SandboxUser | undefined {
  return USERS.find((user) => user.username === name || user.email === name);
}

/** @returns the enabled models a person's roles allow. */
export function modelsOf(user: SandboxUser): readonly SandboxModel[] {
  return MODELS.filter((entry) => entry.enabled && entry.roles.some((role) => user.roles.includes(role)));
}

/** @returns whether a person may call a model, named in any way clients name it. */
export function mayUse(user: SandboxUser, name: string): boolean {
  return modelsOf(user).some((entry) => name === entry.base_name || name === entry.deployment_name);
}

/** Claims of a token, as a Keycloak-managed platform reads them. */
export function claimsOf(user: SandboxUser): Record<string, unknown> {
  return {
    name: user.name,
    email: user.email,
    email_verified: true,
    preferred_username: user.username,
    realm_access: { roles: user.roles },
    applications: user.projects.filter((project) => !user.adminOf.includes(project)),
    applications_admin: user.adminOf,
  };
}
