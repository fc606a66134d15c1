import type { Context } from '../../context.ts';
import type { StoreName } from '../../credentials/credential.ts';
import { isRefreshable } from '../../credentials/expiry.ts';
import { type SignInResult, signIn } from '../../sign-in/sign-in.ts';
import { formatInstant, parseDuration } from '../../system/duration.ts';
import { usageError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { Secret } from '../../system/secret.ts';
import { readAll } from '../../terminal/stdin.ts';
import type { CommandRun, OptionValues } from '../spec.ts';

/** `codemie profile login`: by browser, device code, or a token from stdin. */
export const run: CommandRun = async ({ options }, context) => {
  const method = options.on('with-token') ? 'token' : options.on('device') ? 'device' : 'browser';
  if (options.on('with-token') && options.on('device'))
    throw usageError('--with-token and --device exclude each other.');
  const result = await signIn(context, {
    url: await urlFrom(options, context),
    profile: options.text('profile'),
    store: options.text('store') as StoreName | undefined,
    method,
    openBrowser: !options.on('no-browser'),
    timeoutMs: timeoutFrom(options.text('timeout') ?? (method === 'device' ? '15m' : '120s')),
    issuer: options.text('issuer'),
    clientId: options.text('client-id'),
    callbackPort: portFrom(options),
    ...(method === 'token' ? { token: await tokenFrom(context) } : {}),
  });
  if (options.on('json')) context.terminal.print(JSON.stringify(loginReport(result)));
  else for (const line of loginText(result, context.clock.now())) context.terminal.say(line);
  return 0;
};

async function urlFrom(options: OptionValues, context: Context): Promise<string | undefined> {
  const given = options.text('url');
  if (given !== undefined || !context.terminal.interactive) return given;
  const { readConfig } = await import('../../config/file.ts');
  const { select } = await import('../../config/select.ts');
  const config = readConfig(context.home);
  const wanted = options.text('profile');
  const known = wanted === undefined || Object.hasOwn(config.profiles, wanted);
  if (known && select(config, context.env, { profile: wanted }).origin !== undefined) return undefined;
  const prompts = await context.terminal.prompts();
  return prompts.input({ flag: '--url https://…', message: 'Address of the CodeMie platform:' });
}

/** Longer waits than a timer can hold would end at once. */
const LONGEST_MS = 86_400_000;

function timeoutFrom(text: string): number {
  const ms = parseDuration(text, '--timeout');
  if (ms > 0 && ms <= LONGEST_MS) return ms;
  throw usageError(`--timeout takes a duration up to 24h, not "${text}".`);
}

function portFrom(options: OptionValues): number {
  const text = options.text('callback-port') ?? '0';
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw usageError(`--callback-port takes a number from 0 to 65535, not "${text}".`);
}

async function tokenFrom(context: Context): Promise<Secret> {
  if (!context.terminal.isTTY.stdin) return new Secret(await readAll(context.terminal.stdin));
  const prompts = await context.terminal.prompts();
  return new Secret(
    await prompts.password({ flag: 'stdin: … | codemie profile login --with-token', message: 'Token:' }),
  );
}

function loginReport(result: SignInResult): Record<string, unknown> {
  const { credential } = result;
  return {
    schemaVersion: 1,
    profile: result.profileName,
    url: result.origin,
    kind: credential.kind,
    store: result.store,
    identity: identityOf(result),
    expiresAt: credential.expiresAt === undefined ? null : new Date(credential.expiresAt).toISOString(),
    refreshable: isRefreshable(credential),
  };
}

function identityOf({ credential, user }: SignInResult): Record<string, string> {
  const { id, name, email } = { ...credential.identity, ...pick(user) };
  return { ...(id && { id }), ...(name && { name }), ...(email && { email }) };
}

/** What the platform wrote is shown on a terminal. */
function pick(user: SignInResult['user']): { id?: string; name?: string; email?: string } {
  return {
    ...(user?.id && { id: printable(user.id) }),
    ...(user?.name && { name: printable(user.name) }),
    ...(user?.email && { email: printable(user.email) }),
  };
}

function loginText(result: SignInResult, now: number): string[] {
  const { name, email, id } = identityOf(result);
  const who =
    name === undefined
      ? (email ?? id ?? 'somebody the platform did not name')
      : email === undefined
        ? name
        : `${name} (${email})`;
  const { credential } = result;
  const end =
    credential.expiresAt === undefined
      ? 'expiry unknown'
      : `expires ${formatInstant(credential.expiresAt, now)}`;
  return [
    ...result.notices,
    `Signed in to ${result.origin} as ${who}.`,
    `  profile ${result.profileName}, credential in ${result.store}${result.replaced ? ' (replaces the former one)' : ''}, ${isRefreshable(credential) ? 'renewed by itself' : end}`,
    ...(result.store === 'plaintext-file'
      ? ['  warning: it rests there unencrypted, readable by any program of yours']
      : []),
    ...(result.store === 'memory' ? ['  it is forgotten now that this command ends'] : []),
    'Next: codemie-claude "…", or codemie profile status',
  ];
}
