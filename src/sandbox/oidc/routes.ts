import { decodeJwt } from 'jose';
import type { EventKind } from '../events.ts';
import { type Exchange, send } from '../http.ts';
import { findUser } from '../people-and-models.ts';
import type { Tokens } from '../tokens.ts';
import { approveDevice, handleInteraction } from './interactions.ts';
import type { IssuerOptions } from './options.ts';
import { answeredExchange } from './pipeline-grants.ts';

const KINDS: Readonly<Record<string, EventKind>> = {
  '/auth': 'authorize',
  '/device/auth': 'authorize',
  '/token': 'token',
  '/token/revocation': 'revoke',
  '/session/end': 'logout',
};

/** Handles everything under the issuer's path: our own pages and shortcuts around the provider, and the event log. */
export async function handleIssuer(exchange: Exchange, route: string, options: IssuerOptions): Promise<void> {
  const { request, response, url } = exchange;
  if (route.startsWith('/interaction/'))
    return handleInteraction(options.provider, exchange, options.autoApprove);
  if (route === '/device' && options.autoApprove !== undefined && url.searchParams.has('user_code')) {
    return approveDevice(options.provider, exchange, { ...options, accountId: options.autoApprove });
  }
  if (route === '/device' && url.searchParams.has('user_code')) {
    // The library answers with a form that a script submits; ours shows the code and a button.
    const code = encodeURIComponent(url.searchParams.get('user_code') ?? '');
    return void response.writeHead(302, { location: `${url.pathname}?shown=${code}` }).end();
  }
  const kind = KINDS[route] ?? (route.startsWith('/auth/') ? 'authorize' : undefined);
  if (kind === undefined) return options.handler(request, response);
  if (kind !== 'token' || request.method !== 'POST') {
    response.once('finish', () => options.events.add({ kind, route, status: response.statusCode }));
    return options.handler(request, response);
  }
  const fault = options.faults.hit('token');
  if (fault?.fault === 'slow') await options.sleep((fault.value ?? 2) * 1000);
  if (fault?.fault === 'drop') return void request.socket.destroy();
  if (fault?.fault === '429' || fault?.fault === '500') {
    options.events.add({ kind, route, status: Number(fault.fault), outcome: 'fault' });
    return send(response, Number(fault.fault), { error: 'temporarily_unavailable' });
  }
  if (await answeredExchange(exchange, options)) return;
  return observeToken(exchange, options);
}

/** Logs the grant, outcome and credential of a token request as it passes, and shifts times under the clock fault. */
function observeToken(exchange: Exchange, options: IssuerOptions): void {
  const { request, response } = exchange;
  const sent: Buffer[] = [];
  request.on('data', (chunk: Buffer) => sent.push(chunk));
  const end = response.end.bind(response);
  const finish = async (body: string): Promise<void> => {
    const form = new URLSearchParams(Buffer.concat(sent).toString('utf8'));
    const answer = parseObject(body);
    const outcome = typeof answer['error'] === 'string' ? answer['error'] : 'ok';
    const sub =
      typeof answer['access_token'] === 'string' ? decodeJwt(answer['access_token']).sub : undefined;
    const user = findUser(sub)?.username;
    options.events.add({
      kind: 'token',
      route: '/token',
      status: response.statusCode,
      grant: (form.get('grant_type') ?? '').replace('urn:ietf:params:oauth:grant-type:', ''),
      outcome,
      secret: form.get('refresh_token') ?? undefined,
      ...(user === undefined ? {} : { user }),
    });
    const skew = options.faults.skew();
    if (skew === 0) return void end(body);
    for (const name of ['id_token', 'access_token']) {
      if (typeof answer[name] === 'string')
        answer[name] = await shift(answer[name], skew, options.tokens, name);
    }
    const text = JSON.stringify(answer);
    if (!response.headersSent) response.setHeader('content-length', Buffer.byteLength(text));
    end(text);
  };
  response.end = ((chunk?: unknown) => {
    const body = chunk === undefined || typeof chunk === 'function' ? '' : String(chunk);
    finish(body).catch(() => response.destroy());
    return response;
  }) as typeof response.end;
  options.handler(request, response);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function shift(token: string, skew: number, tokens: Tokens, name: string): Promise<string> {
  const claims = decodeJwt(token);
  for (const time of ['iat', 'exp', 'nbf', 'auth_time']) {
    const value = claims[time];
    if (typeof value === 'number') claims[time] = value + skew;
  }
  return tokens.sign(claims, name === 'id_token' ? 'JWT' : 'at+jwt');
}
