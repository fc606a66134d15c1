import { afterAll } from 'vitest';
import { createMemoryManagedStore } from '../../src/sandbox/managed/memory.ts';
import { seedRows } from '../../src/sandbox/managed/seed.ts';
import type { ManagedStore } from '../../src/sandbox/managed/store.ts';
import { USERS } from '../../src/sandbox/people-and-models.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts';

export const PERSON: Readonly<Record<string, string>> = Object.fromEntries(
  USERS.map(({ username, id }) => [username, id]),
);

export interface Said {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read fields of many shapes
  readonly body: any;
}

export interface ManagedApi {
  readonly sandbox: Sandbox;
  /** @param request `PUT /v1/admin/users/…`; `{ada}` stands for an ID. */
  ask(user: string, request: string, body?: unknown): Promise<Said>;
  /** Sends a request as it is. */
  send(user: string, request: string, init: RequestInit): Promise<Response>;
}

interface Running {
  readonly sandbox: Sandbox;
  /** Replaces all users and projects. */
  readonly use: (store: ManagedStore) => void;
}

/** The sandboxes of this test file, by their options. Starting one for each test would take most of the time. */
const running = new Map<string, Promise<Running>>();

afterAll(async () => {
  for (const started of running.values()) await (await started).sandbox.close();
  running.clear();
});

async function start(options: SandboxOptions): Promise<Running> {
  let store = createMemoryManagedStore();
  const managed = new Proxy({} as ManagedStore, { get: (_, name) => Reflect.get(store, name) });
  const sandbox = await startSandbox({ ...options, managed });
  return {
    sandbox,
    use: (next) => {
      store = next;
    },
  };
}

/** A platform with rows of its own, those of the sandbox unless `managed` has others. */
export async function managedApi(
  { managed, ...options }: SandboxOptions = { access: 'platform' },
): Promise<ManagedApi> {
  const key = JSON.stringify(options);
  const started = running.get(key) ?? start(options);
  running.set(key, started);
  const { sandbox, use } = await started;
  const authSource = options.signIn === 'local' ? 'local' : 'keycloak';
  const projectLimit = options.platform?.projectLimit ?? 3;
  use(managed ?? createMemoryManagedStore(seedRows({ authSource, projectLimit })));
  const send = async (user: string, request: string, init: RequestInit): Promise<Response> => {
    const [method = 'GET', path = ''] = request.split(' ');
    const named = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PERSON[name] ?? '');
    const authorization = `Bearer ${await sandbox.mintToken({ user })}`;
    const headers = { authorization, ...(init.headers as Record<string, string>) };
    return fetch(`${sandbox.apiUrl}${named}`, { method, ...init, headers });
  };
  return {
    sandbox,
    send,
    ask: async (user, request, body) => {
      const answer = await send(user, request, body === undefined ? {} : { body: JSON.stringify(body) });
      return { status: answer.status, body: await answer.json() };
    },
  };
}

/** An error of the platform, whole. */
export function problemBody(message: string, details: unknown = null, help: string | null = null): unknown {
  return { error: { message, details, help } };
}
