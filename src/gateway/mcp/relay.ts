import { takeBody, wholeBody } from '../../net/stream/replayable-body.ts';
import { objectIn } from '../../system/json.ts';
import { passOn } from '../pass-on.ts';
import { addressIn } from './address.ts';
import { readRequest } from './bodies.ts';
import { serverDocument } from './documents.ts';
import {
  ask,
  askForDocument,
  type Exchange,
  type Outcome,
  passDocument,
  passResource,
  redirectFor,
} from './exchange.ts';
import { clientHeaders, serverHeaders } from './headers.ts';
import { type Changes, changeBody, changeParameters } from './parameters.ts';
import { INERT, refuse } from './refuse.ts';
import type { Flow, Relay } from './relay-url.ts';
import { authorizationPage, callbackOf, clientCallback } from './stand-in.ts';

export interface RelayRequest {
  readonly flow: Flow;
  readonly relay: Relay;
  /** At the other origin. */
  readonly path: string;
  readonly query: string;
  /** Name in a registration. */
  readonly clientName: string;
}

/** A request to a URL that this installation issued. */
export async function relay(exchange: Exchange, wanted: RelayRequest): Promise<Outcome> {
  const { request } = exchange;
  const { flow, relay, path, query } = wanted;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (relay.purpose === 'authorize' || relay.purpose === 'callback') {
    if (!isRead) throw refuse(405, 'use GET here');
    return redirect(exchange, wanted);
  }
  const url = urlOf(relay.origin, path, query);
  const { urls, base } = exchange;
  if (relay.purpose === 'resource' && isRead)
    return passResource(exchange, await askForDocument(exchange, url), url, addressIn(flow.query));
  const relayed = (to: URL): string => urls.issue(base, flow, relay, `${to.pathname}${to.search}`);
  if (relay.purpose === 'server' && isRead && path.includes('/.well-known/')) {
    const answer = await askForDocument(exchange, url);
    const self = urls.issue(base, flow, relay, issuerPath(path));
    return passDocument(exchange, answer, { url, relayed }, (document) =>
      serverDocument(document, relay, self, { urls, base, flow }),
    );
  }
  return toEndpoint(exchange, wanted, { url, relayed });
}

/** What a client put before or behind the well-known part (RFC 8414 §3.1, OpenID Connect Discovery §4.1). */
function issuerPath(path: string): string {
  return path.replace(/\/\.well-known\/[\w-]+/, '');
}

/** The origin is the one in the URL that was issued, whatever the path holds. */
function urlOf(origin: string, path: string, query: string): URL {
  const text = `${origin}${path}${query === '' ? '' : `?${query}`}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.origin !== origin) throw refuse(400, 'the path is not valid');
  return url;
}

/** A page for the browser: it is sent to the sign-in server, or from there back to the client. */
function redirect({ response, urls, base }: Exchange, wanted: RelayRequest): Outcome {
  const { flow, relay, path } = wanted;
  const query = new URLSearchParams(wanted.query);
  const url =
    relay.purpose === 'callback'
      ? clientCallback({ urls, query })
      : authorizationPage({ urls, base, flow, relay, query }, urlOf(relay.origin, path, ''));
  response
    .writeHead(302, {
      location: url.href,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      ...INERT,
    })
    .end();
  return { status: 302, bytes: 0, host: url.host };
}

interface Target {
  readonly url: URL;
  /** The URL for a redirect within the origin. */
  readonly relayed: (to: URL) => string;
}

/** Registration, tokens, keys: the body is changed where it names what only the gateway knows by another name. */
async function toEndpoint(
  exchange: Exchange,
  wanted: RelayRequest,
  { url, relayed }: Target,
): Promise<Outcome> {
  const { request, response, hasKey, urls, base, limits } = exchange;
  const { flow, relay } = wanted;
  const isRegistration = relay.purpose === 'register';
  const redirectUri = callbackOf({ urls, base, relay });
  const changes: Changes = {
    flow,
    ...(isRegistration && { clientName: wanted.clientName }),
    ...(redirectUri !== undefined && { redirectUri }),
  };
  const type = request.headers['content-type'] ?? '';
  const isChangeable =
    /^application\/(json|x-www-form-urlencoded)\b/i.test(type) &&
    request.headers['content-encoding'] === undefined;
  const given = isChangeable ? await readRequest(request) : undefined;
  const body = given === undefined ? takeBody(request, limits) : wholeBody(changeBody(type, given, changes));
  await body.ready();
  const params = new URLSearchParams(url.search);
  if (changeParameters(params, { flow })) url.search = params.toString();
  const isStandingIn = isRegistration && redirectUri !== undefined;
  const without = isStandingIn ? ['accept-encoding'] : [];
  const headers = serverHeaders(request.headers, { hasKey, without });
  const answer = await ask(exchange, url, { method: request.method ?? 'GET', headers, body });
  body.settle();
  if (isStandingIn) {
    const uris = objectIn(given?.toString('utf8'))?.['redirect_uris'];
    return passDocument(exchange, answer, { url, relayed }, (document) =>
      'redirect_uris' in document ? { ...document, redirect_uris: uris } : document,
    );
  }
  const location = await redirectFor(exchange, answer, url, relayed);
  response.writeHead(
    answer.status,
    clientHeaders(answer.headers, { ...(location !== undefined && { location }) }),
  );
  return { status: answer.status, bytes: await passOn(answer.body, response), host: url.host };
}
