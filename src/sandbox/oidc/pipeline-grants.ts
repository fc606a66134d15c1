import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type Exchange, send } from '../http.ts';
import { findUser } from '../people-and-models.ts';
import type { IssuerOptions } from './options.ts';
import { EXCHANGES } from './provider.ts';

/** One way to send an identity token: the grant, and the parameter that holds the token. */
interface Form {
  readonly grant: string;
  readonly parameter: string;
  /** Other parameters, with the values they must have. */
  readonly fixed: Readonly<Record<string, string>>;
  readonly answer: Readonly<Record<string, string>>;
}

const TYPE = 'urn:ietf:params:oauth:token-type';

const FORMS: readonly Form[] = [
  {
    grant: 'client_credentials',
    parameter: 'client_assertion',
    fixed: { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
    answer: {},
  },
  { grant: EXCHANGES[0], parameter: 'assertion', fixed: {}, answer: {} },
  {
    grant: EXCHANGES[1],
    parameter: 'subject_token',
    fixed: { subject_token_type: `${TYPE}:id_token` },
    answer: { issued_token_type: `${TYPE}:access_token` },
  },
];

/**
 * Grants for pipelines. They exchange an identity token, signed by the sandbox with the issuer as audience (`codemie
 * sandbox token --audience ISSUER`), for a platform token in each of three ways: RFC 7523 §2.1, §2.2 and RFC 8693.
 *
 * @returns false when the request uses none of them; oidc-provider then answers it.
 */
export async function answeredExchange(exchange: Exchange, options: IssuerOptions): Promise<boolean> {
  const form = new URLSearchParams(await peek(exchange.request));
  const known = FORMS.find(({ grant, parameter }) => form.get('grant_type') === grant && form.has(parameter));
  if (known === undefined) return false;
  const { response } = exchange;
  const issuer = options.provider.issuer;
  const token = form.get(known.parameter) ?? '';
  const wrong = Object.entries(known.fixed).find(([name, value]) => form.get(name) !== value);
  const verdict =
    wrong === undefined ? await options.tokens.verify(token, issuer) : { reason: `${wrong[0]} is another` };
  const refused = known.grant === 'client_credentials' ? 'invalid_client' : 'invalid_grant';
  const user = 'claims' in verdict ? findUser(verdict.claims.sub) : undefined;
  const ok = user !== undefined;
  const status = ok ? 200 : refused === 'invalid_client' ? 401 : 400;
  options.events.add({
    kind: 'token',
    route: '/token',
    status,
    grant: known.grant.replace('urn:ietf:params:oauth:grant-type:', ''),
    outcome: ok ? 'ok' : refused,
    secret: token,
    ...(ok ? { user: user.username } : {}),
  });
  exchange.request.resume();
  if (!ok) {
    send(response, status, {
      error: refused,
      error_description: 'reason' in verdict ? verdict.reason : 'unknown subject',
    });
    return true;
  }
  const ttlSeconds = options.accessTokenTtl;
  send(response, 200, {
    access_token: await options.tokens.mint({ user, ttlSeconds }),
    token_type: 'Bearer',
    expires_in: ttlSeconds,
    ...known.answer,
  });
  return true;
}

const MAX_BODY_BYTES = 65_536;

/** Reads a small body and puts it back, so that the next handler finds it complete. */
async function peek(request: IncomingMessage): Promise<string> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (!(length > 0 && length <= MAX_BODY_BYTES)) return '';
  const chunks: Buffer[] = [];
  for (let size = 0; size < length; ) {
    const chunk = request.read() as Buffer | null;
    if (chunk === null) {
      if (request.destroyed || request.readableEnded) break;
      await once(request, 'readable');
      continue;
    }
    chunks.push(chunk);
    size += chunk.length;
  }
  const body = Buffer.concat(chunks);
  // Must happen before the stream emits its end; after that nothing can be put back.
  if (body.length > 0) request.unshift(body);
  return body.toString('utf8');
}
