import type { FetchLike } from '@modelcontextprotocol/client';
import type { Clock } from '../../system/clock.ts';
import type { McpSettings } from '../settings.ts';
import { discover } from './discover.ts';
import { tokenExchange } from './exchange.ts';
import { registration } from './register.ts';
import type { AuthSession } from './session.ts';
import { smallAnswers } from './small-answers.ts';
import { pkceWarning, requireUsable } from './usable.ts';

export interface OAuthRequestOptions {
  readonly fetch: FetchLike;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Says something to the person, a line. */
  readonly say: (text: string) => void;
  readonly log: (step: string, facts: Readonly<Record<string, unknown>>) => void;
}

export interface OAuthRequests {
  /**
   * Finds the authorization server, unless it is known.
   *
   * @param challenged the `resource_metadata` of the challenge.
   * @throws McpError for a server that cannot be found or must not be used.
   */
  locate(challenged: URL | undefined): Promise<void>;
  /** For the SDK, which registers and asks for tokens. */
  readonly fetch: FetchLike;
}

/** The requests of one server's sign-in: discovery, registration and token exchange. */
export function oauthRequests(options: OAuthRequestOptions): OAuthRequests {
  const { settings, session, clock, log } = options;
  const ask = smallAnswers(options.fetch);
  const register = registration({ ask, clock, log });
  const sleep = (ms: number): Promise<void> => clock.sleep(ms, options.signal);
  const exchange = tokenExchange({ ask, settings, session, sleep, log });
  return {
    locate: async (challenged) => {
      if (session.discovery !== undefined) return;
      const found = await discover(
        { settings, ask, note: (looked) => log('discovery', { ...looked }) },
        challenged,
      );
      requireUsable(found, settings);
      const warning = pkceWarning(found);
      if (warning !== undefined) options.say(`warning: ${warning}`);
      session.discovery = found;
    },
    fetch: (input, init) => {
      const url = new URL(input);
      const { registration_endpoint: address } = session.discovery?.server ?? {};
      const isRegistration = address !== undefined && new URL(address).href === url.href;
      return isRegistration ? register(url, init) : exchange(url, init);
    },
  };
}
