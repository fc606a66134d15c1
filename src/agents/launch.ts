import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { isCi } from '../system/env.ts';
import { CodemieError, interrupted, messageOf } from '../system/errors.ts';
import { type Child, type ChildInput, type StopSignal, startChild } from '../system/process/child.ts';
import { type ChildEnvironment, withValues } from '../system/process/child-environment.ts';
import { temporaryFolder } from '../system/temporary-folder.ts';
import { runFolder, sweepRunFolders, tidyFolder } from '../system/tidy.ts';
import { type Launch, PLUGIN_FOLDER, PRIVATE_HOME, SETTINGS_FILE } from './adapters/adapter.ts';

export interface LaunchOptions {
  readonly program: string;
  readonly launch: Launch;
  readonly env: ChildEnvironment;
  /** Stdin was read for a token, so the agent gets none. */
  readonly noInput: boolean;
  readonly timeoutMs: number | undefined;
  /** `--silent`: codemie prints nothing of its own, except what would otherwise be lost. */
  readonly silent: boolean;
}

const KILL_AFTER_MS = 5000;

/**
 * Runs an agent on our streams until it exits.
 *
 * @returns the agent's exit code, or 128 + n when signal n killed it.
 * @throws INTERRUPTED, TERMINATED or HUNG_UP when we received a stop signal, whatever the agent's exit code;
 *   AGENT_TIMEOUT; AGENT_FAILED when it cannot be started.
 */
export async function launchAgent(context: Context, options: LaunchOptions): Promise<number> {
  // A stop signal may have arrived while the credential was checked or the port bound; then nothing starts.
  context.signal.throwIfAborted();
  const { home } = options.launch;
  if (home === undefined) return runAgent(context, options, undefined);
  const tell = (message: string): void => {
    if (!options.silent) context.terminal.say(`codemie: ${message}`);
  };
  const { inPrivateHome } = await import('./home/private-home.ts');
  return inPrivateHome(context, home, tell, (folder) => runAgent(context, options, folder));
}

async function runAgent(
  context: Context,
  options: LaunchOptions,
  privateHome: string | undefined,
): Promise<number> {
  const { launch, timeoutMs } = options;
  const needsFolder = [launch.settings, launch.plugin].some((part) => part !== undefined);
  const folder = needsFolder ? runFolder(temporaryFolder(context)) : undefined;
  const attended = context.terminal.isTTY.stdin && !options.noInput;
  let child: Child | undefined;
  let stopSignal: StopSignal | undefined;
  let isTimedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const release = context.takeSignals((signal) => {
    // The terminal sends Ctrl-C to the agent as well; in a conversation it means "stop this answer".
    const heard = attended && signal === 'SIGINT';
    if (heard && !launch.unattended) return;
    if (stopSignal !== undefined) return child?.signal('SIGKILL');
    stopSignal = signal;
    end(child, heard ? undefined : signal);
  });
  try {
    const places: Readonly<Record<string, string | undefined>> = {
      ...(folder === undefined ? {} : fillRunFolder(folder, launch)),
      [PRIVATE_HOME]: privateHome,
    };
    const fill = (word: string): string => places[word] ?? word;
    const started = startChild({
      program: options.program,
      args: launch.argv.map(fill),
      env: withValues(options.env, fill),
      cwd: context.cwd,
      input: inputOf(context, options),
      ownGroup: !attended,
      folder,
    });
    child = started;
    if (timeoutMs !== undefined) {
      timer = setTimeout(() => {
        isTimedOut = true;
        end(started, 'SIGTERM');
      }, timeoutMs);
    }
    context.log.debug('agent started', { program: options.program });
    const code = await started.ended;
    context.log.debug('agent ended', { code });
    if (stopSignal !== undefined) throw interrupted(stopSignal);
    if (isTimedOut) throw timedOut(timeoutMs ?? 0);
    return code;
  } catch (error) {
    throw error instanceof CodemieError ? error : notStarted(options.program, error);
  } finally {
    clearTimeout(timer);
    release();
    // A conversation that ended normally may have left processes running on purpose; those stay.
    await child?.reap(launch.unattended || stopSignal !== undefined || isTimedOut);
    if (folder !== undefined) await tidyFolder(folder, context);
    sweepRunFolders(temporaryFolder(context).path);
  }
}

/**
 * Fills the folder of one run.
 *
 * @returns the paths that replace the placeholders in argv and the environment.
 */
function fillRunFolder(folder: string, { settings, plugin }: Launch): Record<string, string> {
  const write = (path: string, value: unknown): void =>
    writeFileSync(path, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
  const settingsFile = join(folder, 'settings.json');
  if (settings !== undefined) write(settingsFile, settings);
  const pluginFolder = join(folder, 'plugin');
  for (const [path, content] of Object.entries(plugin ?? {})) {
    mkdirSync(join(pluginFolder, dirname(path)), { recursive: true, mode: 0o700 });
    write(join(pluginFolder, path), content);
  }
  return { [SETTINGS_FILE]: settingsFile, [PLUGIN_FOLDER]: pluginFolder };
}

/**
 * A task cannot ask at a terminal. An agent that reads its input to the end also gets an end when a pipe stays
 * silent.
 */
function inputOf({ terminal, env, limits }: Context, { launch, noInput, silent }: LaunchOptions): ChildInput {
  if (noInput) return 'none';
  if (launch.input !== 'brief' || !launch.unattended) return 'ours';
  if (terminal.isTTY.stdin) return 'none';
  const isSeen = terminal.isTTY.stderr && !isCi(env) && !silent;
  const seconds = limits.inputMs / 1000;
  const messages = {
    waiting: isSeen
      ? 'waiting for piped input. Press Ctrl-D to end it, or start with </dev/null.'
      : `waiting ${seconds} s for piped input. Add </dev/null to skip this.`,
    'given-up': `no piped input after ${seconds} s; starting the agent without it.`,
    late: 'piped input arrived too late: the agent started without it and will not see it.',
  };
  return {
    from: terminal.stdin,
    limitMs: isSeen ? undefined : limits.inputMs,
    tell: (event) => {
      // Lost input is reported even with --silent.
      if (!silent || event === 'late') terminal.say(`codemie: ${messages[event]}`);
    },
  };
}

/** Asks the agent to stop, and kills it after `KILL_AFTER_MS`. */
function end(child: Child | undefined, signal: StopSignal | undefined): void {
  if (signal !== undefined) child?.signal(signal);
  setTimeout(() => {
    if (child?.running() === true) child.signal('SIGKILL');
  }, KILL_AFTER_MS).unref();
}

function timedOut(ms: number): CodemieError {
  return new CodemieError({
    code: 'AGENT_TIMEOUT',
    message: `Stopped the agent: it ran longer than ${Math.round(ms / 1000)} s (--timeout).`,
    hint: 'Allow more time, for example --timeout 30m.',
  });
}

function notStarted(program: string, cause: unknown): CodemieError {
  return new CodemieError({
    code: 'AGENT_FAILED',
    message: `Couldn't start ${program}: ${messageOf(cause)}.`,
    hint: `To see why, run it by itself: ${program} --version`,
    cause,
  });
}
