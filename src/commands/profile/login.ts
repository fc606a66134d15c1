import { settingsOf } from '../../config/effective.ts';
import { atAddress } from '../../config/first-run.ts';
import { forProfile, option, shellWord } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import { isRefreshable } from '../../credentials/expiry.ts';
import { STORE_LABELS, type StoreName } from '../../secrets/store.ts';
import type { Method, SignInRequest, SignInResult } from '../../sign-in/request.ts';
import { signIn, targetOf } from '../../sign-in/sign-in.ts';
import { formatInstant, parseTimeout } from '../../system/duration.ts';
import { SIGN_IN, usageError } from '../../system/errors.ts';
import { parsePort } from '../../system/port.ts';
import { printable } from '../../system/printable.ts';
import { Secret } from '../../system/secret.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { readAll } from '../../terminal/stdin.ts';
import type { CommandRun, OptionValues } from '../spec.ts';
import { settleProject } from './login-project.ts';

/** `codemie profile login`: signs in with any method, for a user, a script or a pipeline. */
export const run: CommandRun = async ({ options }, context) => {
  const method = methodFrom(options);
  const request: SignInRequest = {
    url: method === 'api-key' ? options.text('url') : await urlFrom(options, context),
    profile: options.text('profile'),
    store: storeFrom(options),
    method,
    openBrowser: !options.on('no-browser'),
    timeoutMs: parseTimeout(options.text('timeout') ?? (method === 'device' ? '15m' : '120s'), '--timeout'),
    issuer: options.text('issuer'),
    clientId: options.text('client-id'),
    callbackPort: parsePort(options.text('callback-port') ?? '0', '--callback-port'),
    secret: await secretFrom(method, context, options),
    provider: options.text('provider'),
    audience: options.text('audience'),
    grant: options.text('grant'),
    trustProject: options.on('trust-project'),
    as: options.text('as'),
  };
  if (method === 'complete' && (await begunNow(context, request))) return 0;
  const result = await atAddress(context.home, request.url, () => signIn(context, request));
  const isJson = options.on('json') || method === 'complete';
  const say = (line: string): void => (isJson ? undefined : context.terminal.say(line));
  for (const line of loginText(result, context.clock.now())) say(line);
  const { project, notice } = await settleProject(context, result, options.text('project'));
  if (isJson) context.terminal.print(redactedJson(loginReport(result, project, notice)));
  if (notice !== undefined) say(`  ${notice}`);
  else if (project !== undefined) say(`  project ${project}`);
  say(nextStep(result));
  return 0;
};

/** `--non-interactive`: the first call prints what the user must do; the second one completes the sign-in. */
async function begunNow(context: Context, request: SignInRequest): Promise<boolean> {
  const { beginWithoutTerminal } = await import('../../sign-in/choose-way.ts');
  const target = await targetOf(context, request);
  const pending = await forProfile(target.selection, () => beginWithoutTerminal(context, request, target));
  if (pending === undefined) return false;
  const { url, directUrl, code, expiresAt } = pending;
  const again = [
    option('store', request.store),
    option('issuer', request.issuer),
    option('client-id', request.clientId),
  ];
  context.terminal.print(
    JSON.stringify({
      schemaVersion: 1,
      status: 'pending',
      profile: target.profileName,
      url,
      directUrl: directUrl ?? null,
      code,
      expiresAt: new Date(expiresAt).toISOString(),
      nextStep: `${SIGN_IN}${option('profile', target.profileName)} --url ${target.origin}${again.join('')} --non-interactive`,
    }),
  );
  return true;
}

const SWITCHES = {
  'with-token': 'token',
  'api-key': 'api-key',
  ci: 'ci',
  device: 'device',
  'non-interactive': 'complete',
} as const;

function methodFrom(options: OptionValues): Method {
  const given = Object.entries(SWITCHES).filter(([flag]) => options.on(flag));
  const named = options.text('method') as Method | undefined;
  const names = [...given.map(([flag]) => `--${flag}`), ...(named === undefined ? [] : ['--method'])];
  if (names.length > 1)
    throw usageError(`${names.join(' and ')} exclude each other.`, { hint: 'Give one of them.' });
  return given[0]?.[1] ?? named ?? 'auto';
}

function storeFrom(options: OptionValues): StoreName | undefined {
  const store = options.text('store') as StoreName | undefined;
  if (!options.on('insecure-storage')) return store;
  if (store === undefined || store === 'plaintext-file') return 'plaintext-file';
  throw usageError(`--insecure-storage and --store ${store} exclude each other.`, {
    hint: 'Give one of them.',
  });
}

async function urlFrom(options: OptionValues, context: Context): Promise<string | undefined> {
  const given = options.text('url');
  if (given !== undefined || !context.terminal.interactive) return given;
  const wanted = { profile: options.text('profile'), mayCreate: true, provider: 'ai-run-sso' };
  if (settingsOf(context, wanted).origin !== undefined) return undefined;
  const prompts = await context.terminal.prompts();
  return prompts.input({
    flag: '--url https://…',
    message: 'CodeMie URL (e.g. https://codemie.example.com):',
  });
}

/** Typed with hidden input, or piped. Never an argument, which other users and the shell history could see. */
async function secretFrom(
  method: Method,
  context: Context,
  options: OptionValues,
): Promise<Secret | undefined> {
  if (method !== 'token' && method !== 'api-key') return undefined;
  if (!context.terminal.isTTY.stdin) return new Secret(await readAll(context.terminal.stdin, context.signal));
  const prompts = await context.terminal.prompts();
  const command = `${SIGN_IN}${option('profile', options.text('profile'))}`;
  const question =
    method === 'token'
      ? { flag: `a pipe: … | ${command} --with-token`, message: 'Token:' }
      : { flag: `a pipe: … | ${command} --api-key`, message: 'API key:' };
  return new Secret(await prompts.password(question));
}

function loginReport(
  result: SignInResult,
  project: string | undefined,
  notice: string | undefined,
): Record<string, unknown> {
  const { credential } = result;
  return {
    schemaVersion: 1,
    status: 'signed-in',
    profile: result.profileName,
    url: result.origin,
    kind: credential.kind,
    store: result.store,
    identity: identityOf(result),
    expiresAt: credential.expiresAt === undefined ? null : new Date(credential.expiresAt).toISOString(),
    refreshable: isRefreshable(credential),
    verified: result.verified,
    project: project ?? null,
    warnings: [...result.notices, ...(notice === undefined ? [] : [notice])],
  };
}

function identityOf({ credential, user }: SignInResult): Record<string, string> {
  const { id, name, email } = { ...credential.identity, ...pick(user) };
  return { ...(id && { id }), ...(name && { name }), ...(email && { email }) };
}

/** The platform's text is escaped, because it is shown on a terminal. */
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
      ? (email ?? id ?? 'an unnamed account')
      : email === undefined
        ? name
        : `${name} (${email})`;
  const { credential } = result;
  const end =
    credential.expiresAt === undefined
      ? 'expiry unknown'
      : `expires ${formatInstant(credential.expiresAt, now)}`;
  return [
    result.verified
      ? `Signed in to ${result.origin} as ${who}.`
      : `Saved your sign-in to ${result.origin} (${who}).`,
    ...result.notices,
    `  profile ${result.profileName} · stored in ${STORE_LABELS[result.store]}${result.replaced ? ' (replaces your previous sign-in)' : ''} · ${credential.kind !== 'session' && isRefreshable(credential) ? 'refreshes automatically' : end}`,
    ...(result.store === 'plaintext-file'
      ? ['  warning: it is stored unencrypted; any program running as you can read it']
      : []),
  ];
}

function nextStep({ isActive, profileName }: SignInResult): string {
  return isActive
    ? 'Next: codemie-claude "…", or codemie profile status'
    : `Another profile is active. To switch: codemie profile use ${shellWord(profileName)}`;
}
