import type { FetchLike } from '@modelcontextprotocol/client';
import { isRecord, objectIn } from '../../system/json.ts';
import { printable } from '../../system/printable.ts';
import { McpError, SEE_LOG } from '../errors.ts';
import { plainAddress } from '../log.ts';
import type { McpSettings } from '../settings.ts';
import { REGISTER_BY_HAND, resourceOf } from './provider.ts';
import type { AuthSession } from './session.ts';

export interface OAuthFetchOptions {
  readonly fetch: FetchLike;
  readonly settings: McpSettings;
  readonly session: AuthSession;
  readonly sleep: (ms: number) => Promise<void>;
  readonly log: (step: string, facts: Readonly<Record<string, unknown>>) => void;
}

const LARGEST = 1_048_576;
const LIMIT_MS = 10_000;
/** Waits before a token endpoint is asked again that gave no answer, ms. */
const PAUSES_MS = [500, 1500];

/**
 * The requests of discovery, registration and token exchange, as real servers need them to be: what is no metadata
 * document counts as absent, an unreachable token endpoint costs no sign-in, and a registration whose scope is refused
 * is made without one. Answers are held to 1 MiB and 10 seconds each.
 */
export function oauthFetch(options: OAuthFetchOptions): FetchLike {
  const endpoints = { token: '', registration: '' };
  const { session } = options;
  const ask = async (url: string | URL, init: RequestInit | undefined): Promise<Response> => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const response = await options.fetch(url, { ...init, signal });
    return whole(response, new URL(url).host);
  };
  return async (input, init) => {
    const url = new URL(String(input));
    const method = init?.method ?? 'GET';
    if (method === 'GET' && url.pathname.includes('/.well-known/')) {
      const response = await discovered(url, init, ask, options).catch((error: unknown) => {
        // The SDK would take the MCP server itself for the authorization server, and go on.
        session.failure ??= error;
        throw error;
      });
      learn(await documentIn(response), endpoints);
      return response;
    }
    if (session.failure !== undefined) throw session.failure;
    if (url.href === endpoints.registration) return registered(url, init, ask, options);
    if (url.href === endpoints.token) return exchanged(url, init, ask, options);
    return ask(url, init);
  };
}

type Ask = (url: URL, init: RequestInit | undefined) => Promise<Response>;

/** Answers that mean "no such document here"; bot protection says 401 or 403 for it. */
const ABSENT = new Set([400, 401, 403, 404, 405, 410]);

async function discovered(
  url: URL,
  init: RequestInit | undefined,
  ask: Ask,
  { log }: OAuthFetchOptions,
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await ask(url, init).catch((error: unknown) => error);
    if (response instanceof Response && response.status < 500) {
      const document = await documentIn(response);
      const isAbsent =
        ABSENT.has(response.status) || (response.ok && (document === undefined || !isMetadata(document)));
      log('discovery', {
        url: plainAddress(url),
        status: response.status,
        verdict: isAbsent ? 'not here' : 'found',
      });
      if (isAbsent) return new Response(null, { status: 404 });
      return document === undefined ? response : Response.json(oneSpelling(document));
    }
    if (attempt < 2) continue;
    if (!(response instanceof Response)) throw response;
    throw new McpError(
      'MCP_DISCOVERY_FAILED',
      `${url.href} answered with status ${response.status}.`,
      'The server may be down for a moment. Try again.',
    );
  }
}

/** RFC 9728 §3.2 and RFC 8414 §3.2: the members that must be there. A page of HTML or of JSON is neither. */
function isMetadata(document: Record<string, unknown>): boolean {
  return typeof document['resource'] === 'string' || typeof document['issuer'] === 'string';
}

/**
 * An issuer without a path has two spellings, with a slash at its end and without (RFC 3986 §6.2.3). The SDK accepts both
 * in the server's metadata when the resource's metadata has the slash.
 */
function oneSpelling(document: Record<string, unknown>): Record<string, unknown> {
  const servers = document['authorization_servers'];
  if (!Array.isArray(servers)) return document;
  const spelled = servers.map((server) =>
    typeof server === 'string' && URL.canParse(server) && new URL(server).pathname === '/'
      ? new URL(server).href
      : server,
  );
  return { ...document, authorization_servers: spelled };
}

function learn(
  document: Record<string, unknown> | undefined,
  endpoints: { token: string; registration: string },
): void {
  const { token_endpoint: token, registration_endpoint: registration } = document ?? {};
  if (typeof token === 'string' && URL.canParse(token)) endpoints.token = new URL(token).href;
  if (typeof registration === 'string' && URL.canParse(registration))
    endpoints.registration = new URL(registration).href;
}

async function registered(
  url: URL,
  init: RequestInit | undefined,
  ask: Ask,
  { log }: OAuthFetchOptions,
): Promise<Response> {
  let response = await ask(url, init);
  const body: unknown = JSON.parse(String(init?.body ?? '{}'));
  if ([400, 403].includes(response.status) && isRecord(body) && body['scope'] !== undefined) {
    const { scope: _scope, ...rest } = body;
    response = await ask(url, { ...init, body: JSON.stringify(rest) });
  }
  log('registration', { url: plainAddress(url), status: response.status });
  if (response.ok) return response;
  const after = response.headers.get('retry-after');
  const wait =
    response.status === 429 && after !== null ? ` Try again in ${printable(after, 40)} seconds.` : '';
  throw new McpError(
    'MCP_REGISTRATION_REFUSED',
    `${url.host} does not let this program register itself (status ${response.status}${await reasonIn(response)}).${wait}`,
    REGISTER_BY_HAND,
  );
}

async function exchanged(
  url: URL,
  init: RequestInit | undefined,
  ask: Ask,
  options: OAuthFetchOptions,
): Promise<Response> {
  const { session, settings, sleep, log } = options;
  const form = new URLSearchParams(String(init?.body ?? ''));
  const isRefresh = form.get('grant_type') === 'refresh_token';
  if (settings.sendResource && session.discovery?.resourceMetadata === undefined && !form.has('resource'))
    form.set('resource', resourceOf(settings.url));
  // An authorization code may be spent once; a refresh token that no answer came for may have been spent, too, but a
  // server that rotates them accepts the last one again for a moment.
  const pauses = isRefresh ? PAUSES_MS : [];
  for (let attempt = 0; ; attempt += 1) {
    const response = await ask(url, { ...init, body: form }).catch((error: unknown) => error);
    const isAnswer = response instanceof Response && response.status < 500 && response.status !== 429;
    if (response instanceof Response)
      log('token', { url: plainAddress(url), status: response.status, grant: form.get('grant_type') });
    if (isAnswer) return response;
    const pause = pauses[attempt];
    if (pause !== undefined) {
      await sleep(pause);
      continue;
    }
    const why =
      response instanceof Response ? `answered with status ${response.status}` : 'could not be reached';
    const failure = new McpError(
      'MCP_TOKEN_FAILED',
      `The token endpoint of ${url.host} ${why}.`,
      'Try again in a moment.',
      response instanceof Response ? undefined : response,
    );
    if (isRefresh) session.failure = failure;
    throw failure;
  }
}

/** Reads a whole answer, so that its size is known and nothing keeps the connection. */
async function whole(response: Response, host: string): Promise<Response> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > LARGEST)
      throw new McpError(
        'MCP_DISCOVERY_FAILED',
        `${host} sent more than 1 MiB where a small document was expected.`,
        SEE_LOG,
      );
    chunks.push(chunk);
  }
  const isEmpty = [204, 205, 304].includes(response.status);
  const { status, headers } = response;
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers });
}

async function documentIn(response: Response): Promise<Record<string, unknown> | undefined> {
  return response.ok ? recordIn(response) : undefined;
}

async function reasonIn(response: Response): Promise<string> {
  const { error_description: description, error } = (await recordIn(response)) ?? {};
  const reason = description ?? error;
  return typeof reason === 'string' ? `: ${printable(reason, 300)}` : '';
}

async function recordIn(response: Response): Promise<Record<string, unknown> | undefined> {
  const value = objectIn(await response.clone().text());
  return isRecord(value) ? value : undefined;
}
