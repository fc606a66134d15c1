import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { ensurePrivateFolder } from '../system/files.ts';
import { outputOf } from '../system/output.ts';
import { redact } from '../system/redact.ts';
import type { Adapter } from './adapter.ts';
import { findProgram } from './find.ts';

/** An installation of hundreds of megabytes over a slow line. */
const LIMIT_MS = 900_000;

export interface Installed {
  readonly agent: string;
  readonly version: string;
  readonly program: string;
  /** Scripts of the package that npm was told to run, because it would refuse them by itself. */
  readonly allowedScripts: readonly string[];
}

/** @returns the folder agents are installed into: ours alone, so that nothing global is touched. */
export function agentsFolder(home: string): string {
  return join(home, 'agents');
}

/**
 * Installs an agent from npm into our own folder: the version it was tried with, unless another one is named. It is found
 * there when PATH has none, and never updates by itself.
 *
 * @throws INSTALL_FAILED (1) with npm's last words, NPM_MISSING (1).
 */
export async function installAgent(context: Context, adapter: Adapter, version: string): Promise<Installed> {
  const folder = agentsFolder(context.home);
  ensurePrivateFolder(folder);
  const npm = context.platform === 'win32' ? 'npm.cmd' : 'npm';
  const allowedScripts =
    (await refusesScripts(context, npm)) && adapter.hasInstallScript ? [adapter.npmPackage] : [];
  const args = [
    'install',
    '--prefix',
    folder,
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--save-exact',
    ...allowedScripts.map((name) => `--allow-scripts=${name}`),
    `${adapter.npmPackage}@${version}`,
  ];
  try {
    await outputOf(npm, args, { ...context, cwd: folder, timeoutMs: LIMIT_MS, tellErrors: true });
  } catch (cause) {
    context.signal.throwIfAborted();
    throw failed(adapter, version, cause);
  }
  const program = findProgram({ ...context, env: {} }, adapter);
  if (program === undefined)
    throw failed(adapter, version, new Error('npm was content, but there is no program'));
  return { agent: adapter.name, version, program, allowedScripts };
}

/** From 12 on npm runs install scripts of named packages only. */
async function refusesScripts(context: Context, npm: string): Promise<boolean> {
  try {
    return Number((await outputOf(npm, ['--version'], context)).trim().split('.')[0]) >= 12;
  } catch (cause) {
    throw new CodemieError({
      code: 'NPM_MISSING',
      message: `npm could not be started: ${messageOf(cause)}.`,
      hint: 'Install Node.js with npm, or install the agent yourself',
      exit: 'failed',
      cause,
    });
  }
}

function failed(adapter: Adapter, version: string, cause: unknown): CodemieError {
  return new CodemieError({
    code: 'INSTALL_FAILED',
    message: `${adapter.title} ${version} could not be installed: ${redact(messageOf(cause)).slice(0, 600)}`,
    hint: `npm install -g ${adapter.npmPackage}`,
    exit: 'failed',
    cause,
  });
}
