import { once } from 'node:events';
import type { Context } from '../../context.ts';
import { canonicalOrigin } from '../../net/origin.ts';
import { pageFlagsFrom } from '../../sandbox/administration/flags.ts';
import { sandboxesOf } from '../../sandbox/running.ts';
import { type Setup, setupOf } from '../../sandbox/setup.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/start.ts';
import { settingsFrom, wantsImport } from '../../sandbox/variables.ts';
import { parseDuration } from '../../system/duration.ts';
import { usageError } from '../../system/errors.ts';
import { parsePort } from '../../system/port.ts';
import { spawnDetached } from '../../system/process/detached.ts';
import type { CommandRun, OptionValues } from '../spec.ts';

/** `codemie sandbox start`: runs until SIGTERM or SIGINT, which end it normally (exit 0). */
export const run: CommandRun = async ({ options }, context) => {
  const settings = { ...settingsOf(options, context.env), fetch: context.fetch };
  if (options.on('detach')) return detach(options, context);
  const address = options.text('database');
  const setup = setupOf(settings);
  const imports = importsUsers(setup, context);
  if (address === undefined && imports) throw NOWHERE_TO_IMPORT;
  if (address === undefined) return serve(settings, options, context);
  const { storeIn } = await import('./database.ts');
  const database = {
    database: address,
    passwordCommand: options.text('database-password-command'),
  };
  const managed = await storeIn(database, setup, context);
  try {
    if (imports) {
      const { importUsers } = await import('./import-users.ts');
      await importUsers(database, setup.platform.projectLimit, context);
    }
    return await serve({ ...settings, managed }, options, context);
  } finally {
    await managed.close();
  }
};

/** The platform ignores the variable where it could not use the users; we say so. */
function importsUsers({ mode }: Setup, { env, terminal }: Context): boolean {
  if (!wantsImport(env)) return false;
  if (mode.userManagement && mode.idp === 'keycloak') return true;
  terminal.say(
    'KEYCLOAK_MIGRATION_ENABLED does nothing here. It needs ENABLE_USER_MANAGEMENT=true and IDP_PROVIDER=keycloak.',
  );
  return false;
}

const NOWHERE_TO_IMPORT = usageError(
  'KEYCLOAK_MIGRATION_ENABLED imports users into a database, and you named none.',
  { hint: 'Name a PostgreSQL database with --database postgresql://user@host/name.' },
);

async function serve(settings: SandboxOptions, options: OptionValues, context: Context): Promise<number> {
  const sandbox = await startSandbox(settings);
  const pid = process.pid;
  const running = sandboxesOf(context.home);
  try {
    running.remember({
      pid,
      url: sandbox.url,
      controlUrl: sandbox.controlUrl,
      startedAt: new Date(context.clock.now()).toISOString(),
    });
    if (options.on('json')) context.terminal.print(JSON.stringify(readyLine(sandbox, pid)));
    else for (const line of welcome(sandbox, settings)) context.terminal.say(line);
    if (!context.signal.aborted) await once(context.signal, 'abort');
  } finally {
    running.forget(pid);
    await sandbox.close();
  }
  return 0;
}

function settingsOf(options: OptionValues, env: Context['env']): SandboxOptions {
  const seconds = (name: string): number | undefined => {
    const text = options.text(name);
    return text === undefined ? undefined : Math.max(1, Math.round(parseDuration(text, `--${name}`) / 1000));
  };
  const publicUrl = options.text('public-url');
  return {
    port: parsePort(options.text('port') ?? '0', '--port'),
    ...settingsFrom(env),
    page: pageFlagsFrom(env),
    ...given({
      publicUrl: publicUrl === undefined ? undefined : canonicalOrigin(publicUrl),
      autoApprove: options.text('auto-approve'),
      accessTokenTtl: seconds('access-token-ttl'),
      refreshTokenTtl: seconds('refresh-token-ttl'),
      signIn: options.text('sign-in') as SandboxOptions['signIn'],
      access: options.text('access') as SandboxOptions['access'],
      front: options.text('front') as SandboxOptions['front'],
    }),
  };
}

/** @returns the fields that are not undefined. */
function given<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function readyLine(sandbox: Sandbox, pid: number): Record<string, unknown> {
  return {
    schemaVersion: 1,
    url: sandbox.url,
    apiUrl: sandbox.apiUrl,
    issuer: sandbox.issuer,
    controlUrl: sandbox.controlUrl,
    mcpUrl: sandbox.mcpUrl,
    pid,
    users: sandbox.users.map(({ username, password, email, projects, adminOf, roles }) => ({
      username,
      password,
      email,
      projects,
      adminOf,
      roles,
    })),
  };
}

function welcome(sandbox: Sandbox, settings: SandboxOptions): string[] {
  const people = sandbox.users.map((user) => `  ${user.username.padEnd(4)} ${user.password}`);
  return [
    `CodeMie is running at ${sandbox.url} (press Ctrl-C to stop; ${settings.managed === undefined ? 'no data is kept' : 'users and projects stay in the database'}).`,
    ...(settings.trust !== undefined
      ? [`Sign in with an account of ${sandbox.issuer}.`]
      : settings.autoApprove === undefined
        ? ['Users and passwords:', ...people]
        : [`Everyone is signed in as ${settings.autoApprove}.`]),
    `Settings, with users and projects for administrators: ${sandbox.url}/settings`,
    'In another terminal:',
    `  codemie profile login --url ${sandbox.url}`,
    '  codemie profile status',
    '  codemie-claude --task "say hello"',
  ];
}

async function detach(options: OptionValues, context: Context): Promise<number> {
  const args = ['sandbox', 'start', '--json'];
  for (const name of [
    'port',
    'auto-approve',
    'access-token-ttl',
    'refresh-token-ttl',
    'sign-in',
    'access',
    'front',
    'public-url',
    'database',
    'database-password-command',
  ]) {
    const value = options.text(name);
    if (value !== undefined) args.push(`--${name}`, value);
  }
  const { line, value: ready } = await spawnDetached(args, context.env, 20_000);
  if (options.on('json')) context.terminal.print(line);
  else {
    context.terminal.say(`CodeMie is running at ${String(ready['url'])} (process ${String(ready['pid'])}).`);
    context.terminal.say('To stop it: codemie sandbox stop');
  }
  return 0;
}
