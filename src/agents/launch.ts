import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type Child, type StopSignal, startChild } from '../system/child.ts';
import { CodemieError, interrupted, messageOf } from '../system/errors.ts';
import { type Launch, SETTINGS_FILE } from './adapter.ts';

export interface LaunchOptions {
  readonly program: string;
  readonly launch: Launch;
  readonly env: Readonly<Record<string, string>>;
  /** Our stdin was read for a token; the agent gets none. */
  readonly noInput: boolean;
  readonly timeoutMs: number | undefined;
}

const PATIENCE_MS = 5000;

/**
 * Runs an agent to its end on our streams.
 *
 * @returns its own exit code, 128 + n when it died of a signal.
 * @throws INTERRUPTED with 130, 143 or 129 when we were told to stop, whatever the agent made of it; AGENT_TIMEOUT;
 * AGENT_FAILED when it cannot be started.
 */
export async function launchAgent(context: Context, options: LaunchOptions): Promise<number> {
  const { launch, timeoutMs } = options;
  // Told to stop while the credential was checked or the port bound: then nothing starts.
  context.signal.throwIfAborted();
  const folder = launch.settings === undefined ? undefined : mkdtempSync(join(tmpdir(), 'codemie-'));
  const settingsFile = folder === undefined ? '' : join(folder, 'settings.json');
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
    if (folder !== undefined)
      writeFileSync(settingsFile, JSON.stringify(launch.settings), { mode: 0o600, flag: 'wx' });
    const started = startChild({
      program: options.program,
      args: launch.argv.map((word) => (word === SETTINGS_FILE ? settingsFile : word)),
      env: options.env,
      cwd: context.cwd,
      noInput: options.noInput,
      ownGroup: !attended,
    });
    child = started;
    if (timeoutMs !== undefined) {
      timer = setTimeout(() => {
        late = true;
        end(started, 'SIGTERM');
      }, timeoutMs);
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
    await child?.reap();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
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
    exit: 'failed',
  });
}

function notStarted(program: string, cause: unknown): CodemieError {
  return new CodemieError({
    code: 'AGENT_FAILED',
    message: `${program} could not be started: ${messageOf(cause)}.`,
    hint: `Run it alone to see why: ${program} --version`,
    exit: 'failed',
    cause,
  });
}
