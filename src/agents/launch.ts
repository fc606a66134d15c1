import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { type Child, type StopSignal, startChild } from '../system/child.ts';
import { CodemieError, interrupted } from '../system/errors.ts';
import { type Launch, SETTINGS_FILE } from './adapter.ts';

export interface LaunchOptions {
  readonly program: string;
  readonly launch: Launch;
  readonly env: Readonly<Record<string, string>>;
  /** One prompt, then the end: a signal that told us to stop decides the exit code. */
  readonly unattended: boolean;
  /** Our stdin was read for a token; the agent gets none. */
  readonly noInput: boolean;
  readonly timeoutMs: number | undefined;
}

const PATIENCE_MS = 5000;

/**
 * Runs an agent to its end on our streams.
 *
 * @returns its own exit code, 128 + n when it died of a signal.
 * @throws INTERRUPTED with 130, 143 or 129 when we were told to stop, whatever the agent made of it; AGENT_TIMEOUT.
 */
export async function launchAgent(context: Context, options: LaunchOptions): Promise<number> {
  const { launch } = options;
  const folder = launch.settings === undefined ? undefined : mkdtempSync(join(tmpdir(), 'codemie-'));
  const settingsFile = folder === undefined ? '' : join(folder, 'settings.json');
  if (folder !== undefined)
    writeFileSync(settingsFile, JSON.stringify(launch.settings), { mode: 0o600, flag: 'wx' });
  const attended = context.terminal.isTTY.stdin && !options.noInput;
  const child = startChild({
    program: options.program,
    args: launch.argv.map((word) => (word === SETTINGS_FILE ? settingsFile : word)),
    env: options.env,
    cwd: context.cwd,
    noInput: options.noInput,
    ownGroup: !attended,
  });
  let told: StopSignal | undefined;
  const release = context.takeSignals((signal) => {
    const again = told !== undefined;
    told = signal;
    pass(child, signal, { again, attended });
  });
  let late = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          late = true;
          pass(child, 'SIGTERM', { again: false, attended: false });
        }, options.timeoutMs);
  context.log.debug('agent started', { program: options.program });
  try {
    const code = await child.ended;
    context.log.debug('agent ended', { code });
    if (late) throw timedOut(options.timeoutMs ?? 0);
    // An interactive agent takes Ctrl-C for "stop this answer" and goes on; then its own end counts.
    if (told !== undefined && (options.unattended || told !== 'SIGINT' || !attended)) throw interrupted(told);
    return code;
  } finally {
    clearTimeout(timer);
    release();
    await child.reap();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Hands a signal on: to the whole group of its own, or to the agent alone where the terminal told the group already. */
function pass(child: Child, signal: StopSignal, how: { again: boolean; attended: boolean }): void {
  if (how.again && !(how.attended && signal === 'SIGINT')) return child.signal('SIGKILL');
  // A Ctrl-C at a terminal has reached the agent as well.
  if (how.attended && signal === 'SIGINT') return;
  child.signal(signal);
  setTimeout(() => {
    if (child.running()) child.signal('SIGKILL');
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
