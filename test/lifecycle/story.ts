import { onTestFinished, vi } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts';
import { parseDuration } from '../../src/system/duration.ts';
import { browse } from '../support/browser.ts';
import { type Outcome, outcomeOf } from '../support/commands.ts';
import { temporaryFolder, testContext } from '../support/context.ts';
import { addFault } from '../support/program.ts';
import { expectShape } from '../support/schemas.ts';

/** A Monday morning, when every story starts. */
const MONDAY = Date.parse('2026-03-02T09:00:00Z');

export interface Status {
  readonly code: number;
  readonly state: string;
  /** Minutes until the access token expires; null if unknown. */
  readonly minutesLeft: number | null;
  readonly refreshable: boolean;
  readonly email: string | undefined;
  readonly fix: string | null;
  /** The text output. */
  readonly text: string;
}

/** The machine of one person or pipeline, whose clock the story controls. Every command behaves like a new process. */
export interface Story {
  readonly env: Record<string, string | undefined>;
  /** Runs a command with `input` on stdin. */
  run(line: string, input?: string): Promise<Outcome>;
  /** The status as text and as JSON, which must agree. */
  status(): Promise<Status>;
}

/** Stops the clock at the start of the story; `later` moves it. Timers still run in real time. */
export function stopClock(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: MONDAY });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

/** @param duration as on the command line: `6m`, `30d`. */
export function later(duration: string): void {
  vi.setSystemTime(Date.now() + parseDuration(duration, 'later'));
}

/** A platform in this process with the same clock, closed after the test. */
export async function platform(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** Ends all sessions at the server, like an administrator. */
export async function endSessions({ controlUrl }: Sandbox): Promise<void> {
  await addFault(controlUrl, { fault: 'revoke-session' });
  await addFault(controlUrl, { fault: 'expire-access' });
}

export function story(env: Record<string, string | undefined> = {}): Story {
  const home = temporaryFolder();
  const machine = { HOME: home, CODEMIE_HOME: `${home}/.codemie`, BROWSER: 'a-browser', ...env };
  const run = async (line: string, input = ''): Promise<Outcome> => {
    const context = testContext({
      env: machine,
      onOpen: (address) => {
        void browse(address, () => false).catch(() => undefined);
        return true;
      },
    });
    context.type(input);
    context.endInput();
    return outcomeOf(context, ...line.split(' '));
  };
  return {
    env: machine,
    run,
    status: async () => {
      const json = await run('profile status --json');
      const report = expectShape<Report>('profile-status', json.stdout);
      const text = await run('profile status');
      if (text.code !== json.code)
        throw new Error(`the text ends with ${text.code}, the JSON with ${json.code}`);
      return {
        code: text.code,
        state: report.state,
        minutesLeft:
          report.expiresAt === null ? null : Math.round((Date.parse(report.expiresAt) - Date.now()) / 60_000),
        refreshable: report.refreshable,
        email: report.identity.email,
        fix: report.hint,
        text: text.stdout,
      };
    },
  };
}

interface Report {
  readonly state: string;
  readonly expiresAt: string | null;
  readonly refreshable: boolean;
  readonly identity: { readonly email?: string };
  readonly hint: string | null;
}
