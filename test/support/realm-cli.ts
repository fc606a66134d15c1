import { type ChildProcess, execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { ADMIN, type KeycloakServer } from './keycloak-server.ts';
import { Machine, type Result } from './program.ts';

export type Json = Record<string, unknown>;

/** What `codemie realm … --json` prints, as far as tests look at it. */
export interface PlanReport {
  readonly changes: readonly {
    readonly action: string;
    readonly type: string;
    readonly id: string;
    readonly path?: string;
    readonly before?: unknown;
    readonly after?: unknown;
    readonly security: boolean;
  }[];
  readonly findings: readonly { readonly rule: string; readonly severity: string; readonly path: string }[];
  readonly blockers: readonly { readonly object: string; readonly usedBy: readonly string[] }[];
  readonly hiddenSecrets: readonly string[];
  readonly applied?: number;
  readonly verified?: boolean;
}

/** An operator at one realm: the built program, with a proxy that counts between it and Keycloak. */
export interface Operator {
  readonly realm: string;
  readonly proxy: CountingProxy;
  /** Writes a realm file. @returns its path. */
  file(content: Json | string, name?: string): string;
  run(...args: string[]): Promise<Result>;
  /** Starts a command, without waiting for it. */
  start(...args: string[]): ChildProcess;
  /** Runs a command with `--json`. @returns what it printed; fails for an exit code that is not expected. */
  json(exit: number, ...args: string[]): Promise<PlanReport>;
  /** All output of all commands so far, and what is in the files of the machine that the test did not write. */
  traces(): readonly string[];
  /** Runs commands of the guide in a shell, in the folder of the files. */
  shell(script: string): Promise<Result>;
  /** @returns a JSON file that a command has written. */
  read(name: string): Json;
  /** The admin API below the realm, past the proxy. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

/**
 * @param loses as in `countingProxy`.
 * @param env variables of the program, beside those of the administrator.
 */
export async function operator(
  keycloak: KeycloakServer,
  realm: string,
  loses?: Parameters<typeof countingProxy>[1],
  env: Readonly<Record<string, string>> = {},
): Promise<Operator> {
  const proxy = await countingProxy(keycloak.url, loses);
  const written = new Set<string>();
  const machine = new Machine({
    KEYCLOAK_URL: proxy.url,
    KEYCLOAK_REALM: realm,
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    ...env,
  });
  onTestFinished(() => machine.dispose());
  const run = async (...args: string[]): Promise<Result> => {
    const result = await machine.run(['realm', ...args]);
    if (/^\(node:\d+\)/m.test(result.stderr)) throw new Error(`a warning of Node.js: ${result.stderr}`);
    return result;
  };
  return {
    realm,
    proxy,
    file: (content, name = 'realm.json') => {
      const path = join(machine.work, name);
      written.add(path);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
      return path;
    },
    run,
    shell: (script) => inShell(script, machine),
    read: (name) => JSON.parse(readFileSync(join(machine.work, name), 'utf8')) as Json,
    start: (...args) => machine.start(['realm', ...args]),
    json: async (exit, ...args) => {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== exit) throw new Error(`exit ${code}, not ${exit}: ${stderr}${stdout.slice(0, 2000)}`);
      return JSON.parse(stdout) as PlanReport;
    },
    traces: () => [
      machine.output,
      ...[...machine.files()].filter(([path]) => !written.has(path)).map(([, text]) => text),
    ],
    call: (method, path, body) => keycloak.call(method, `/${realm}${path}`, body),
  };
}

function inShell(script: string, machine: Machine): Promise<Result> {
  const options = { cwd: machine.work, env: { ...machine.env, PATH: machine.withCodemie() } };
  return new Promise((resolve) => {
    execFile('sh', ['-e', '-c', script], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
  });
}

/** @returns the entry of a list whose `name` is `value`. */
export function named(list: unknown, name: string, value: string): Json {
  const found = (list as Json[]).find((entry) => entry[name] === value);
  if (found === undefined) throw new Error(`nothing has the ${name} ${value}`);
  return found;
}
