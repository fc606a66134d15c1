import type { Identity } from '../credentials/identity.ts';
import { identityIn } from '../credentials/identity.ts';
import type { Role } from './roles.ts';

/** A project that the person may use. */
export interface Project {
  readonly name: string;
  readonly isAdmin: boolean;
}

export interface PlatformUser extends Identity {
  readonly projects: readonly Project[];
  readonly role: Role;
  /** An administrator or maintainer, who may use every project. */
  readonly isAdmin: boolean;
}

export interface Model {
  readonly id: string;
  /** All names that the platform accepts for the model. */
  readonly names?: readonly string[];
  readonly label: string;
  readonly provider?: string;
  readonly isDefault: boolean;
  readonly abilities?: Abilities;
}

/** What a model can do, as the platform says. */
export interface Abilities {
  readonly images: boolean;
  readonly tools: boolean;
  readonly temperature: boolean;
  /** Tokens. */
  readonly maxOutput?: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads `GET /v1/user` in both formats: `projects[]`, and the older `applications[]` with `applications_admin[]`. The result is
 * their union, without duplicates (ignoring case), and includes projects listed only in `applications_admin`.
 */
export function userFrom(body: Fields): PlatformUser {
  const projects = new Map<string, Project>();
  const add = (name: unknown, isAdmin: boolean): void => {
    if (typeof name !== 'string' || name === '') return;
    const key = name.toLowerCase();
    const known = projects.get(key);
    projects.set(key, { name: known?.name ?? name, isAdmin: isAdmin || known?.isAdmin === true });
  };
  for (const project of list(body['projects'])) {
    if (isFields(project)) add(project['name'], project['is_project_admin'] === true);
    else add(project, false);
  }
  for (const name of list(body['applications'])) add(name, false);
  for (const name of list(body['applications_admin'] ?? body['applicationsAdmin'])) add(name, true);
  const role = roleIn(body, [...projects.values()]);
  return {
    ...identityIn(body),
    projects: [...projects.values()],
    role,
    isAdmin: role === 'admin' || role === 'maintainer',
  };
}

function roleIn(body: Fields, projects: readonly Project[]): Role {
  const is = (...names: readonly string[]): boolean => names.some((name) => body[name] === true);
  if (is('is_maintainer', 'isMaintainer')) return 'maintainer';
  if (is('is_admin', 'isAdmin')) return 'admin';
  return projects.some(({ isAdmin }) => isAdmin) ? 'project-admin' : 'user';
}

/** Reads `GET /v1/admin/applications`: `{"applications": [{"name", "displayName"}]}`. */
export function applicationsFrom(body: Fields): readonly string[] {
  return list(body['applications']).flatMap((entry) => {
    const name = isFields(entry) ? entry['name'] : undefined;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
}

/** Reads `GET /v1/llm_models`. The id is `id`, `base_name` or `deployment_name`, in this order. Skips disabled models. */
export function modelsFrom(body: unknown): readonly Model[] {
  const models: Model[] = [];
  for (const entry of list(body)) {
    if (!isFields(entry) || entry['enabled'] === false) continue;
    const names = [entry['id'], entry['base_name'], entry['deployment_name']].filter(isModelName);
    const [id] = names;
    if (id === undefined) continue;
    models.push({
      id,
      names,
      label: typeof entry['label'] === 'string' ? entry['label'] : id,
      ...optional('provider', entry['provider']),
      isDefault: entry['default'] === true,
      abilities: abilitiesIn(entry),
    });
  }
  return models;
}

/** A longer text is no name, and comparing it with the known families would take long. */
function isModelName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_NAME;
}

const LONGEST_NAME = 500;

/** `multimodal`, `features` and `max_output_tokens` (server 2.42). What is not said is taken to work. */
function abilitiesIn(entry: Fields): Abilities {
  const features = isFields(entry['features']) ? entry['features'] : {};
  const most = entry['max_output_tokens'];
  return {
    images: entry['multimodal'] !== false,
    tools: features['tools'] !== false,
    temperature: features['temperature'] !== false,
    ...(typeof most === 'number' && Number.isSafeInteger(most) && most > 0 ? { maxOutput: most } : {}),
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function optional<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  return (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { [Key in Name]?: string };
}
