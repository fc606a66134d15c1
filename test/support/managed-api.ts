import { onTestFinished } from 'vitest';
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

/** A sandbox in this process, for one test. */
export async function managedApi(options: SandboxOptions = { access: 'platform' }): Promise<ManagedApi> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
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
