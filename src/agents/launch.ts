import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { isCi } from '../system/env.ts';
import { CodemieError, interrupted, messageOf } from '../system/errors.ts';
import { type Child, type ChildInput, type StopSignal, startChild } from '../system/process/child.ts';
import { type ChildEnvironment, withValues } from '../system/process/child-environment.ts';
import { runFolder, sweepRunFolders, tidyFolder } from '../system/tidy.ts';
import { type Launch, PLUGIN_FOLDER, PRIVATE_HOME, SETTINGS_FILE } from './adapters/adapter.ts';

export interface LaunchOptions {
  readonly program: string;
  readonly launch: Launch;
  readonly env: ChildEnvironment;
  /** Our stdin was read for a token; the agent gets none. */
  readonly noInput: boolean;
  readonly timeoutMs: number | undefined;
  /** `--silent`: nothing of ours is printed, but for what is lost otherwise. */
  readonly silent: boolean;
}

const PATIENCE_MS = 5000;
/** What a timer can hold; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Runs an agent to its end on our streams.
 *
 * @returns its own exit code, 128 + n when it died of a signal.
 * @throws INTERRUPTED, TERMINATED or HUNG_UP when we were told to stop, whatever the agent made of it; AGENT_TIMEOUT;
 * AGENT_FAILED when it cannot be started.
 */
export async function launchAgent(context: Context, options: LaunchOptions): Promise<number> {
  // Told to stop while the credential was checked or the port bound: then nothing starts.
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
  const folder = needsFolder ? runFolder(tmpdir()) : undefined;
  const attended = context.terminal.isTTY.stdin && !options.noInput;
  let child: Child | undefined;
  let told: StopSignal | undefined;
  let late = false;
  let timer: NodeJS.Timeout | undefined;
  const release = context.takeSignals((signal) => {
    // A Ctrl-C at a terminal has reached the agent as well, and in a conversation it means "stop this answer".
    const heard = attended && signal === 'SIGINT';
    if (heard && !launch.unattended) return;
    if (told !== undefined) return child?.signal('SIGKILL');
    told = signal;
    end(child, heard ? undefined : signal);
  });
  try {
    const places: Readonly<Record<string, string | undefined>> = {
      ...(folder === undefined ? {} : furnish(folder, launch)),
      [PRIVATE_HOME]: privateHome,
    };
    const place = (word: string): string => places[word] ?? word;
    const started = startChild({
      program: options.program,
      args: launch.argv.map(place),
      env: withValues(options.env, place),
      cwd: context.cwd,
      input: inputOf(context, options),
      ownGroup: !attended,
      folder,
    });
    child = started;
    if (timeoutMs !== undefined) {
      const wait = (left: number): void => {
        timer = setTimeout(
          () => {
            if (left > LONGEST_TIMER_MS) return wait(left - LONGEST_TIMER_MS);
            late = true;
            end(started, 'SIGTERM');
          },
          Math.min(left, LONGEST_TIMER_MS),
        );
      };
      wait(timeoutMs);
    }
    context.log.debug('agent started', { program: options.program });
    const code = await started.ended;
    context.log.debug('agent ended', { code });
    if (told !== undefined) throw interrupted(told);
    if (late) throw timedOut(timeoutMs ?? 0);
    return code;
  } catch (error) {
    throw error instanceof CodemieError ? error : notStarted(options.program, error);
  } finally {
    clearTimeout(timer);
    release();
    // What a conversation left running on purpose, and came to its own end, stays the person's.
    await child?.reap(launch.unattended || told !== undefined || late);
    if (folder !== undefined) await tidyFolder(folder, context);
    sweepRunFolders(tmpdir());
  }
}

/** Fills the folder of one run. @returns what words of argv or environment become. */
function furnish(folder: string, { settings, plugin }: Launch): Record<string, string> {
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

/** A task has nothing to ask for at a terminal; an agent that waits for the end of its input is given a silent pipe's too. */
function inputOf({ terminal, env, limits }: Context, { launch, noInput, silent }: LaunchOptions): ChildInput {
  if (noInput) return 'none';
  if (launch.input !== 'brief' || !launch.unattended) return 'ours';
  if (terminal.isTTY.stdin) return 'none';
  const isSeen = terminal.isTTY.stderr && !isCi(env) && !silent;
  const seconds = limits.inputMs / 1000;
  const messages = {
    waiting: isSeen
      ? 'waiting for the piped input; end it with Ctrl-D, or start with </dev/null.'
      : `waiting ${seconds} s for piped input; </dev/null spares the wait.`,
    'given-up': `nothing was piped in for ${seconds} s; the agent begins without it.`,
    late: 'what is piped in now came too late: the agent began without it, and does not get it.',
  };
  return {
    from: terminal.stdin,
    limitMs: isSeen ? undefined : limits.inputMs,
    tell: (event) => {
      // What is lost is said even to those who want to hear nothing.
      if (!silent || event === 'late') terminal.say(`codemie: ${messages[event]}`);
    },
  };
}

/** Asks, and insists when nothing happened. */
function end(child: Child | undefined, signal: StopSignal | undefined): void {
  if (signal !== undefined) child?.signal(signal);
  setTimeout(() => {
    if (child?.running() === true) child.signal('SIGKILL');
  }, PATIENCE_MS).unref();
}

function timedOut(ms: number): CodemieError {
  return new CodemieError({
    code: 'AGENT_TIMEOUT',
    message: `The agent was ended: it ran longer than ${Math.round(ms / 1000)} s (--timeout).`,
    hint: 'Give it more time with --timeout 30m',
  });
}

function notStarted(program: string, cause: unknown): CodemieError {
  return new CodemieError({
    code: 'AGENT_FAILED',
    message: `${program} could not be started: ${messageOf(cause)}.`,
    hint: `Run it alone to see why: ${program} --version`,
    cause,
  });
}
