import { join } from 'node:path';
import type { Context } from '../context.ts';
import { caAdvice } from '../net/ca-advice.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { ensurePrivateFolder, readTextIfAny, writeFileAtomic } from '../system/files.ts';
import { withLock } from '../system/lock.ts';
import { bareEnvironment, type ChildEnvironment } from '../system/process/child-environment.ts';
import { outputOf } from '../system/process/output-of.ts';
import { redact } from '../system/redact.ts';
import type { Adapter } from './adapters/adapter.ts';
import { findProgram } from './find.ts';
import { missing, npmCommand } from './npm.ts';

/** Enough to download hundreds of megabytes over a slow line. */
const LIMIT_MS = 900_000;

export interface Installed {
  readonly agent: string;
  readonly version: string;
  readonly program: string;
  /** Packages whose install scripts we allowed, because npm would refuse them by default. */
  readonly allowedScripts: readonly string[];
}

/** @returns the folder for installed agents. It belongs to codemie, so nothing global changes. */
export function agentsFolder(home: string): string {
  return join(home, 'agents');
}

/**
 * Installs an agent from npm into codemie's own folder: the newest tested version, unless another one is named.
 * Launchers use it when PATH has none; it never updates itself. Installs run one at a time, because they share a
 * folder that npm does not lock.
 *
 * @throws INSTALL_FAILED (1) with the end of npm's output, NPM_MISSING (1), LOCK_TIMEOUT (1).
 */
export async function installAgent(context: Context, adapter: Adapter, version: string): Promise<Installed> {
  const { clock, signal, home } = context;
  const lock = join(home, 'locks', 'agents.lock');
  return withLock(lock, { clock, signal, waitMs: LIMIT_MS }, () => install(context, adapter, version));
}

async function install(context: Context, adapter: Adapter, version: string): Promise<Installed> {
  const folder = agentsFolder(context.home);
  ensurePrivateFolder(folder);
  const { program: start, args: npm } = npmCommand(context);
  const env = withCaFile(context);
  const runNpm = (args: readonly string[], timeoutMs?: number): Promise<string> =>
    outputOf(start, [...npm, ...args], {
      env,
      signal: context.signal,
      cwd: folder,
      tellErrors: true,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  const allowedScripts =
    (await refusesScripts(context, runNpm)) && adapter.hasInstallScript ? [adapter.npmPackage] : [];
  if (adapter.hasInstallScript) allowScript(folder, adapter.npmPackage, version);
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--save-exact',
    `${adapter.npmPackage}@${version}`,
  ];
  try {
    await runNpm(args, LIMIT_MS);
  } catch (cause) {
    context.signal.throwIfAborted();
    throw failed(adapter, version, cause);
  }
  const program = findProgram({ ...context, env: {} }, adapter);
  if (program === undefined)
    throw failed(adapter, version, new Error('npm reported success, but the program is missing'));
  return { agent: adapter.name, version, program, allowedScripts };
}

/**
 * Allows the script in the folder's package.json for this one version: older npm ignores the entry, newer npm reads
 * it only there.
 */
function allowScript(folder: string, name: string, version: string): void {
  const path = join(folder, 'package.json');
  const manifest = manifestOf(readTextIfAny(path));
  const others = Object.entries(manifest.allowScripts ?? {}).filter(([key]) => !key.startsWith(`${name}@`));
  const allowScripts = { ...Object.fromEntries(others), [`${name}@${version}`]: true };
  writeFileAtomic(path, `${JSON.stringify({ ...manifest, private: true, allowScripts }, undefined, 2)}\n`);
}

function manifestOf(text: string | undefined): { readonly allowScripts?: Record<string, unknown> } {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
}

/** On a company network, the registry's certificate has the same issuer as the platform's. */
function withCaFile(context: Context): ChildEnvironment {
  const env = context.childEnv();
  const file = env['NODE_EXTRA_CA_CERTS'] ? undefined : context.caFile();
  return file === undefined ? env : bareEnvironment({ ...env, NODE_EXTRA_CA_CERTS: file });
}

/** Since version 12, npm runs the install scripts of allowed packages only. */
async function refusesScripts(
  context: Context,
  runNpm: (args: readonly string[]) => Promise<string>,
): Promise<boolean> {
  try {
    return Number((await runNpm(['--version'])).trim().split('.')[0]) >= 12;
  } catch (cause) {
    context.signal.throwIfAborted();
    throw missing(messageOf(cause), cause);
  }
}

/** npm prints the code of OpenSSL. */
const UNTRUSTED =
  /\b(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)_\w+)/;

function failed(adapter: Adapter, version: string, cause: unknown): CodemieError {
  const message = `Couldn't install ${adapter.title} ${version}: ${redact(messageOf(cause)).slice(0, 600)}`;
  const advice = UNTRUSTED.test(message)
    ? { hint: caAdvice() }
    : { fix: `npm install -g ${adapter.npmPackage}` };
  return new CodemieError({ code: 'INSTALL_FAILED', message, ...advice, cause });
}
