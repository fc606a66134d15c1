import type { Readable } from 'node:stream';
import type { FetchLike } from '@modelcontextprotocol/client';
import type { Context } from '../../context.ts';
import type { Keeper } from '../keep/keeper.ts';
import type { McpLog } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { type Ask, type Outcome, runFlow } from './flow.ts';
import type { SignInLimits } from './limits.ts';
import { oauthRequests } from './oauth-requests.ts';
import type { AuthSession } from './session.ts';

export interface FlightOptions {
  readonly context: Pick<Context, 'clock' | 'openBrowser' | 'terminal' | 'signal'>;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly keeper: Keeper;
  readonly fetch: FetchLike;
  readonly log: McpLog;
  /** Where a person may paste the address that the browser came back with. */
  readonly paste?: Readable;
  /** Whether nobody is there to sign in: what is stored is used and refreshed, and more than that is an error. */
  readonly isUnattended?: boolean;
}

/** `taken`: another process has signed in or refreshed since. */
export type Result = Outcome | 'taken';

export interface Flight {
  readonly how: Ask['how'];
  readonly done: Promise<Result>;
}

/** The sign-ins and refreshes at one server, one at a time in this process and, through the keeper, on this machine. */
export interface Flights {
  /** The one that goes on. */
  current(): Flight | undefined;
  /**
   * Begins one. There must be none.
   *
   * @param refused the token that was sent, if any.
   */
  start(ask: Ask, refused: string | undefined): Promise<Result>;
  /** Waits for the next one that brings a token, for what must not open a browser itself. */
  next(signal: AbortSignal): Promise<Result>;
  /** Whether a person is at the browser now, ours or that of another process. */
  isWaiting(): boolean;
  /** Ends the one that goes on. One that is stored is finished first, because the next process uses it. */
  close(): Promise<void>;
  readonly closed: AbortSignal;
}

/** A token that ends this soon is refreshed before it is used, ms. One that lives less than a minute is used for half its life. */
const EARLY_MS = 30_000;

export function endsSoon({ tokens, expiresAt }: AuthSession, now: number): boolean {
  const half = tokens?.expires_in === undefined ? EARLY_MS : tokens.expires_in * 500;
  return expiresAt !== undefined && expiresAt - now <= Math.min(EARLY_MS, half);
}

export function createFlights(options: FlightOptions, limits: SignInLimits): Flights {
  const { context, settings, session, keeper, log } = options;
  const { clock, signal, terminal } = context;
  const requests = oauthRequests({
    ...{ fetch: options.fetch, settings, session, clock, signal },
    say: (text) => terminal.say(text),
    log: (step, facts) => log.note(step, facts),
  });
  const closed = new AbortController();
  let flight: Flight | undefined;
  let isWaiting = false;
  /** Whether it is this process that signs in or refreshes now. */
  let isAtWork = false;
  let waiting: ((result: Result) => void)[] = [];

  const flow = async (ask: Ask): Promise<Outcome> => {
    const onWaiting = (isOpen: boolean): void => {
      isWaiting = isOpen;
      if (isOpen) limits.count(ask.how === 'step-up' ? 'step-up' : 'browser');
    };
    const { paste } = options;
    const parts = { context, settings, session, keeper, log, requests, onWaiting, paste };
    const outcome = await runFlow({ ...parts, closed: closed.signal }, ask);
    if (outcome === 'refreshed') limits.count('refresh');
    return outcome;
  };
  const run = async (ask: Ask, refused: string | undefined): Promise<Result> => {
    limits.require();
    const onWait = (): void => {
      isWaiting = true;
      terminal.say(
        `Another codemie process is signing in to ${settings.url.host}. Finish that in your browser.`,
      );
    };
    return keeper.alone({ signal: closed.signal, onWait }, async () => {
      isWaiting = false;
      const { tokens } = session;
      if (tokens !== undefined && tokens.access_token !== refused && !endsSoon(session, clock.now()))
        return 'taken';
      isAtWork = true;
      let outcome: Outcome | undefined;
      try {
        outcome = await flow(ask);
        return outcome;
      } finally {
        await keeper.save(outcome);
      }
    });
  };
  const fly = async (ask: Ask, refused: string | undefined): Promise<Result> => {
    try {
      const result = await run(ask, refused);
      const released = waiting;
      waiting = [];
      for (const go of released) go(result);
      return result;
    } finally {
      flight = undefined;
      isWaiting = false;
      isAtWork = false;
    }
  };

  return {
    current: () => flight,
    start: (wanted, refused) => {
      const ask: Ask = options.isUnattended ? { ...wanted, how: 'refresh' } : wanted;
      const done = fly(ask, refused);
      flight = { how: ask.how, done };
      return done;
    },
    next: (ended) =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        ended.addEventListener('abort', () => reject(ended.reason), { once: true });
      }),
    isWaiting: () => isWaiting,
    close: async () => {
      if (isAtWork && keeper.isOn()) await flight?.done.catch(() => undefined);
      closed.abort(new Error('the host has gone'));
    },
    closed: closed.signal,
  };
}
