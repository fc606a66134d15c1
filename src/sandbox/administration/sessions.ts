import type { IncomingMessage } from 'node:http';
import { randomHex } from '../../system/digest.ts';
import type { Secret } from '../../system/secret.ts';
import { cookiesOf } from '../api/cookie-gateway.ts';

/** What the page keeps about one browser, in memory. */
export interface Session {
  readonly id: string;
  /** The value that each form of this session has to send along. */
  readonly token: string;
  readonly startedAt: number;
  /** Who has signed in; undefined before that. */
  visitor?: Visitor;
  /** A sign-in that is under way. */
  pending?: PendingSignIn;
  /** What the next page says once: the result of a change. */
  notice?: string;
}

/** `front`: the session cookie of the front server is the proof. `tokens`: the page holds them. */
export type Visitor =
  | { readonly kind: 'front'; readonly id: string }
  | { readonly kind: 'tokens'; readonly access: Secret; readonly refresh: Secret | undefined };

export interface PendingSignIn {
  readonly state: string;
  readonly verifier: string;
  /** Path of the page that the visitor asked for. */
  readonly to: string;
}

export interface Sessions {
  /** @returns the session of this request's cookie. */
  of(request: IncomingMessage): Session | undefined;
  /** Starts a session with an ID of its own, and ends the old one, so that an ID known before a sign-in is worthless. */
  start(old: Session | undefined, content: Pick<Session, 'visitor' | 'pending'>): Session;
  end(session: Session): void;
  /** The Set-Cookie header of a session; without one, the header that clears the cookie. */
  cookie(session?: Session): string;
}

const COOKIE = 'codemie_settings';
const LIFE_MS = 12 * 3_600_000;
/** Anybody may start a session, so their number is limited; the oldest one ends. */
const MOST_SESSIONS = 1000;

export function createSessions(now: () => number, origin: string): Sessions {
  const sessions = new Map<string, Session>();
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  return {
    of: (request) => {
      const session = sessions.get(cookiesOf(request).get(COOKIE) ?? '');
      return session !== undefined && now() - session.startedAt < LIFE_MS ? session : undefined;
    },
    start: (old, content) => {
      if (old !== undefined) sessions.delete(old.id);
      const session: Session = { id: randomHex(32), token: randomHex(32), startedAt: now(), ...content };
      sessions.set(session.id, session);
      const [oldest = ''] = sessions.keys();
      if (sessions.size > MOST_SESSIONS) sessions.delete(oldest);
      return session;
    },
    end: ({ id }) => void sessions.delete(id),
    cookie: (session) =>
      `${COOKIE}=${session?.id ?? ''}; Path=/settings; Max-Age=${session === undefined ? 0 : LIFE_MS / 1000}; HttpOnly; SameSite=Lax${secure}`,
  };
}
