import type { CookieGateway } from './api/cookie-gateway.ts';
import type { EventLog } from './events.ts';
import { type Faults, parseFault } from './faults.ts';
import { type Exchange, readJson, send } from './http.ts';
import { findUser } from './people-and-models.ts';
import type { SandboxStore } from './store.ts';
import type { Tokens } from './tokens.ts';

export interface ControlOptions {
  readonly events: EventLog;
  readonly faults: Faults;
  readonly tokens: Tokens;
  readonly store: SandboxStore;
  readonly gateway: CookieGateway;
}

/** The control API under an unguessable path: events, faults, tokens. */
export async function handleControl(
  exchange: Exchange,
  route: string,
  options: ControlOptions,
): Promise<void> {
  const { request, response, url } = exchange;
  const call = `${request.method} ${route}`;
  switch (call) {
    case 'GET /events':
      return send(response, 200, {
        events: options.events.since(Number(url.searchParams.get('since') ?? 0) || 0),
      });
    case 'DELETE /faults':
      options.faults.clear();
      return send(response, 200, { faults: [] });
    case 'POST /faults':
      return addFault(exchange, options);
    case 'POST /tokens':
      return mint(exchange, options);
    default:
      return send(response, 404, { error: { message: `no ${call} here` } });
  }
}

async function addFault(exchange: Exchange, options: ControlOptions): Promise<void> {
  let fault: ReturnType<typeof parseFault>;
  try {
    fault = parseFault(await readJson(exchange.request));
  } catch (error) {
    return send(exchange.response, 400, {
      error: { message: error instanceof Error ? error.message : 'bad fault' },
    });
  }
  if (fault.fault === 'expire-access') options.tokens.expireAll();
  else if (fault.fault === 'revoke-session') {
    await options.store.clear(['RefreshToken', 'Grant', 'Session']);
    options.gateway.revokeAll();
  } else options.faults.add(fault);
  return send(exchange.response, 200, { fault });
}

async function mint(exchange: Exchange, options: ControlOptions): Promise<void> {
  const { user, ttl, audience, subject } = ((await readJson(exchange.request)) ?? {}) as Record<
    string,
    unknown
  >;
  const known = findUser(typeof user === 'string' ? user : undefined);
  if (known === undefined) return send(exchange.response, 404, { error: { message: 'no such user' } });
  const token = await options.tokens.mint({
    user: known,
    ttlSeconds: typeof ttl === 'number' ? ttl : 3600,
    audience: typeof audience === 'string' ? audience : undefined,
    subject: typeof subject === 'string' ? subject : undefined,
  });
  return send(exchange.response, 200, { token });
}
