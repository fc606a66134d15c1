import type { Clock } from '../../system/clock.ts';
import { formatInstant } from '../../system/duration.ts';
import { isRecord } from '../../system/json.ts';
import { McpError } from '../errors.ts';
import { plainAddress } from '../log.ts';
import { type Ask, isFinal, reasonIn, recordIn, unanswered } from './small-answers.ts';
import { REGISTER_BY_HAND } from './usable.ts';

export interface RegisterOptions {
  readonly ask: Ask;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: (step: string, facts: Readonly<Record<string, unknown>>) => void;
}

/**
 * Dynamic client registration (RFC 7591 §3) as servers answer it: with 200 or 201, with or without the members that were
 * sent. One that refuses the scope is asked once more without; the scope is then part of the authorization request alone.
 *
 * @returns a function that rejects with McpError, and asks nothing while a server's Retry-After lasts.
 */
export function registration({ ask: plain, clock, log }: RegisterOptions): Ask {
  let closedUntil = 0;
  const ask: Ask = (url, init) =>
    plain(url, init).catch((error: unknown) => {
      throw isFinal(error) ? error : unanswered('MCP_UNREACHABLE', `The registration at ${url.host}`, error);
    });
  return async (url, init) => {
    if (clock.now() < closedUntil) throw refused(url, 'status 429', later(closedUntil, clock.now()));
    const sent = sentIn(init);
    let response = await ask(url, init);
    if ([400, 403].includes(response.status) && sent['scope'] !== undefined) {
      const { scope: _scope, ...rest } = sent;
      response = await ask(url, { ...init, body: JSON.stringify(rest) });
    }
    log('registration', { url: plainAddress(url), status: response.status });
    const client = response.ok ? await recordIn(response) : undefined;
    // A member may be there and say nothing.
    const told = Object.entries(client ?? {}).filter(([, value]) => value !== null);
    if (typeof client?.['client_id'] === 'string')
      return Response.json({ redirect_uris: sent['redirect_uris'], ...Object.fromEntries(told) });
    closedUntil = response.status === 429 ? retryAt(response, clock.now()) : 0;
    const wait = closedUntil > clock.now() ? later(closedUntil, clock.now()) : '';
    const reason = await reasonIn(response);
    throw refused(url, `status ${response.status}${reason && `: ${reason}`}`, wait);
  };
}

function sentIn(init: RequestInit | undefined): Record<string, unknown> {
  const body: unknown = JSON.parse(String(init?.body ?? '{}'));
  return isRecord(body) ? body : {};
}

/** Longest wait that is believed, ms. */
const LONGEST_MS = 24 * 3_600_000;

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAt(response: Response, now: number): number {
  const value = response.headers.get('retry-after') ?? '';
  const at = /^\d+$/.test(value) ? now + Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.min(at, now + LONGEST_MS);
}

function later(at: number, now: number): string {
  return ` It takes registrations again ${formatInstant(at, now)}.`;
}

function refused({ host }: URL, why: string, wait: string): McpError {
  return new McpError(
    'MCP_REGISTRATION_REFUSED',
    `${host} does not let this program register itself (${why}).${wait}`,
    wait === '' ? REGISTER_BY_HAND : `Try again then, or do without: ${REGISTER_BY_HAND}`,
  );
}
