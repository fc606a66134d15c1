import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { expect } from 'vitest';
import { configPath, readConfig } from '../../src/config/file.ts';
import { openStore } from '../../src/credentials/keep/open-store.ts';
import type { SandboxOptions } from '../../src/sandbox/start.ts';
import { outcomeOf } from './commands.ts';
import type { TestContextOptions } from './context.ts';
import { memoryKeychain } from './keychain.ts';
import { type Person, person, sandboxFor } from './person.ts';
import { addFault } from './program.ts';
import { platformJwt } from './real-platform.ts';

/** Shorter limits, so that a server that hangs costs little. */
export const SHORT = { limits: { connectMs: 800, exchangeMs: 800, pausesMs: [10, 40] } } as const;

export type Machine = Person & { readonly url?: string };

/** The shell's variables. */
export const envOf = (machine: Person): Record<string, string> =>
  machine.context.env as Record<string, string>;

/** A person who says yes to every question. */
export function somebody(options: TestContextOptions = {}): Person {
  const module = memoryKeychain();
  const own = person({
    ...SHORT,
    ...options,
    override: { loadKeychain: async () => module, ...options.override },
  });
  const asked = own.context.terminal;
  const prompts = async () => ({ ...(await asked.prompts()), confirm: async () => true });
  const terminal = Object.create(asked, { prompts: { value: prompts } });
  Object.assign(own.context, { terminal });
  return own;
}

/** A machine that takes everything from its environment. */
export const fromVariables = (env: Record<string, string>, options: TestContextOptions = {}): Machine =>
  somebody({
    ...options,
    env: { CODEMIE_JWT_TOKEN: platformJwt({ exp: 4_000_000_000 }), ...env, ...options.env },
  });

/** Ada, signed in to a sandbox that then goes wrong. */
export async function signedInWith(
  options: TestContextOptions & { readonly sandbox?: SandboxOptions; readonly store?: string } = {},
  ...faults: readonly Record<string, unknown>[]
): Promise<Person & { readonly url: string }> {
  const { sandbox, store = 'plaintext-file', ...own } = options;
  const platform = await sandboxFor(sandbox);
  const ada = somebody(own);
  const { code, stderr } = await ada.run(`profile login --url ${platform.url} --store ${store}`);
  expect(code, stderr).toBe(0);
  for (const fault of faults) await addFault(platform.controlUrl, fault);
  return { ...ada, url: platform.url };
}

export function set<Somebody extends Person>(machine: Somebody, name: string, value: string): Somebody {
  envOf(machine)[name] = value;
  return machine;
}

/** Edits the settings file. */
export function settings<Somebody extends Person>(
  machine: Somebody,
  change: (text: string) => string,
): Somebody {
  const path = configPath(machine.context.home);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return machine;
}

/** Adds a field to the profile. */
export const withField = <Somebody extends Person>(
  machine: Somebody,
  field: string,
  value: unknown,
): Somebody =>
  settings(machine, (text) => {
    const config = JSON.parse(text);
    config.profiles.default[field] = value;
    return JSON.stringify(config);
  });

/** Lets the stored access token expire. */
export async function expired<Somebody extends Person>(machine: Somebody): Promise<Somebody> {
  const { store = '', id = '' } = readConfig(machine.context.home).profiles['default']?.credential ?? {};
  const kept = await openStore(store as 'plaintext-file', machine.context);
  const credential = await kept.get(id);
  if (credential === undefined) throw new Error('not signed in');
  await kept.set(id, { ...credential, obtainedAt: 0, expiresAt: 1000 });
  return machine;
}

/** A server that gives one answer. */
export const says =
  (status: number, type: string, body: string, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(body);
  };

/** Types a printed command at the shell of this machine, exactly as it is printed. Each one is another process. */
export async function typeCommand(machine: Person, command: string): Promise<void> {
  const [program = '', ...words] = command.split(' ');
  if (program === 'codemie') {
    const { code, stderr } = await outcomeOf({ ...machine.context }, ...words);
    expect(code, stderr).toBe(0);
  } else if (program === 'unset') {
    for (const name of words) delete envOf(machine)[name];
  } else if (program === 'export') {
    const [name = '', value = ''] = words.join(' ').split('=');
    envOf(machine)[name] = value;
  } else if (/\b(?:timedatectl|sntp|w32tm)\b/.test(command))
    Object.assign(machine.context.clock, { now: () => Date.now() });
  else execFileSync('sh', ['-c', command], { cwd: machine.context.cwd });
}
