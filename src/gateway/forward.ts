import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dialect } from '../config/providers.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import { isNotRenewable } from '../credentials/errors.ts';
import { type RequestBody, takeBody } from '../net/stream/replayable-body.ts';
import type { Upstream, UpstreamAnswer } from '../net/stream/request.ts';
import { joinPath } from '../platform-api/endpoint.ts';
import { accountError } from '../platform-api/judge-refusal.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { inOneLine, isReplaced, NO_MODELS, outdated, REPLACED, refusedWith, tooSlow } from './advice.ts';
import { echoFilter } from './echo.ts';
import { downstreamHeaders, upstreamHeaders } from './headers.ts';
import { askForList, modelIn } from './one-model.ts';
import { passOn } from './pass-on.ts';
import { errorBody } from './routes.ts';
import type { Settle, Settled } from './settle.ts';

export interface ForwardOptions {
  readonly access: Access;
  readonly client: string;
  readonly project?: string | undefined;
  readonly sessionId: string;
  readonly upstream: Upstream;
  /** The base path of the API at that upstream. */
  readonly base: string;
  readonly watch: Watch;
  readonly settle: Settle;
  /** The status for a sign-in that ended. Default: 401. */
  readonly endedStatus?: (() => number) | undefined;
  /** How long the platform may take to begin its answer; undefined for no limit. */
  readonly requestMs?: number | undefined;
  /** Answers with the entry of this model in the platform's list. */
  readonly model?: string | undefined;
  /** Refreshed sessions that are still being stored while their response is in transit. */
  readonly beside: Set<Promise<void>>;
}

export interface Forwarded {
  readonly status: number;
  readonly bytes: number;
  /** The platform, or a provider behind it, refuses this model to a signed-in user. */
  readonly isDenied: boolean;
}

/** Receives whether the credential is accepted. */
export interface Watch {
  good(): void;
  ended(message: string, credential: Credential | undefined): void;
}

/** Claude Code 2.1 reports a 404 as a missing model, a 403 as a failed sign-in and a 5xx as a temporary fault. */
const NO_MODELS_STATUS = 400;

/**
 * Forwards one request with the credential. The server has already checked the key of the run, `Host`, `Origin` and
 * the route (guard.ts, routes.ts).
 *
 * | The platform                                      | The agent gets                                                |
 * |---------------------------------------------------|---------------------------------------------------------------|
 * | answers                                           | that response, streamed                                       |
 * | refuses a credential that can be refreshed        | the response to one retry with a refreshed credential (S33)   |
 * | refuses the credential for good                   | `endedStatus` and how to sign in, not to be retried           |
 * | refuses the model or the project                  | that response; `settle` detects that it is not the credential |
 * | requires a newer codemie                          | 426 and how to update                                         |
 * | has no model routes                               | 400 and the reason                                            |
 * | lists its models, and one of them was asked for   | the entry of that model, or 404                               |
 * | cannot be reached                                 | 502, to be retried                                            |
 * | does not begin its answer within CODEMIE_TIMEOUT  | 504 and that variable, to be retried                          |
 */
export async function forward(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  dialect: Dialect,
  options: ForwardOptions,
): Promise<Forwarded> {
  let end: () => void = () => undefined;
  // The agent hung up: cancel the request to the platform.
  response.once('close', () => {
    if (!response.writableFinished) end();
  });
  const onGone = (next: () => void): void => {
    end = next;
    if (response.destroyed) next();
  };
  const say = (status: number, message: string, retry: boolean): Forwarded => {
    const headers = { 'content-type': 'application/json', ...(retry ? {} : { 'x-should-retry': 'false' }) };
    response.writeHead(status, headers).end(errorBody(dialect, status, message));
    return { status, bytes: 0, isDenied: false };
  };
  const endedStatus = options.endedStatus?.() ?? 401;
  let sent: Credential | undefined;
  const onSend = (credential: Credential): void => {
    sent = credential;
  };
  const { model, requestMs } = options;
  if (model !== undefined) askForList(request);
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  try {
    const body = takeBody(request, context.limits);
    await body.ready();
    if (requestMs !== undefined)
      timer = setTimeout(() => {
        isLate = true;
        end();
      }, requestMs);
    const settled = await exchange(context, request, body, options, { onGone, onSend });
    clearTimeout(timer);
    const { answer } = settled;
    body.settle();
    if (settled.kind === 'refused') {
      discard(answer);
      const message = refusedWith(options.access, settled.credential, settled.reason, context.clock.now());
      options.watch.ended(message, settled.credential);
      return say(endedStatus, message, false);
    }
    if (settled.kind === 'outdated') {
      discard(answer);
      return say(426, outdated(settled.reason), false);
    }
    if (settled.kind === 'no-models') {
      discard(answer);
      return say(NO_MODELS_STATUS, NO_MODELS, false);
    }
    if (settled.kind === 'good') options.watch.good();
    if (model !== undefined && answer.status === 200) {
      const entry = await modelIn(answer.body, model);
      if (entry === undefined)
        return say(404, `Model "${model}" is not available to you. Run: codemie models`, false);
      response.writeHead(200, { 'content-type': 'application/json' }).end(entry);
      return { status: 200, bytes: Buffer.byteLength(entry), isDenied: false };
    }
    const echo = echoFilter(authorizationHeaders(settled.credential));
    const { status, headers, body: shown } = echo.filter(answer);
    // Set for web pages only. Browsers do not share this cache, so the platform's own value is not needed.
    const { vary, ...others } = headers;
    response.writeHead(status, downstreamHeaders(response.hasHeader('vary') ? others : headers, echo.hides));
    const isDenied = status === 401 || status === 403;
    return { status, bytes: await passOn(shown, response), isDenied };
  } catch (error) {
    clearTimeout(timer);
    if (response.destroyed || response.headersSent) {
      response.destroy();
      return { status: 499, bytes: 0, isDenied: false };
    }
    if (isLate) return say(504, tooSlow(options.access.origin, requestMs ?? 0), true);
    context.log.debug('no answer of the platform', { reason: messageOf(error) });
    if (error instanceof CodemieError) {
      const message = inOneLine(error);
      if (error.exit === 'auth') options.watch.ended(message, sent);
      // Let the agent retry only temporary faults: it would retry a dead credential for minutes.
      return say(error.exit === 'auth' ? endedStatus : 502, message, error.exit === 'unreachable');
    }
    if (isReplaced(error)) return say(502, REPLACED, false);
    return say(502, `Couldn't reach ${options.access.origin}. Run: codemie doctor`, true);
  }
}

/** The outcome, and the credential it was sent with. */
type Exchanged = Settled & { readonly credential: Credential };

interface Hooks {
  readonly onGone: (end: () => void) => void;
  readonly onSend: (credential: Credential) => void;
}

async function exchange(
  context: Context,
  request: IncomingMessage,
  body: RequestBody,
  options: ForwardOptions,
  { onGone, onSend }: Hooks,
): Promise<Exchanged> {
  const { access, sessionId, client, project } = options;
  const requestId = randomUUID();
  const { keyProvider, integration } = access.selection;
  const send = async (credential: Credential): Promise<Exchanged> => {
    onSend(credential);
    const answer = await options.upstream.send({
      path: joinPath(options.base, request.url ?? '/'),
      method: request.method ?? 'POST',
      headers: upstreamHeaders(
        request.headers,
        authorizationHeaders(credential),
        // Only the platform learns which project to bill; a provider does not.
        keyProvider === undefined ? { sessionId, client, project, integration, requestId } : undefined,
      ),
      body,
      onGone,
    });
    const renewed = answer.headers['set-cookie'];
    if (renewed !== undefined) {
      // A response must not wait for a refreshed session to be stored, or fail because it cannot be.
      const kept = access
        .observe(Array.isArray(renewed) ? renewed : [renewed])
        .catch((error: unknown) =>
          context.log.debug('renewed session not kept', { reason: messageOf(error) }),
        )
        .finally(() => options.beside.delete(kept));
      options.beside.add(kept);
      // Do not start another refresh before this one is stored.
      if (answer.status >= 300) await kept;
    }
    return { ...(await options.settle(answer, credential)), credential };
  };
  const first = await send(await access.fresh());
  if (first.kind !== 'refused' || !access.refreshable) return first;
  // A refresh does not help if the account itself is refused.
  if (accountError(access.origin, first.reason) !== undefined) return first;
  const next = first.successor ?? (await renewed(access, first));
  if (next === undefined) return first;
  discard(first.answer);
  if (!body.isReplayable()) throw tooLargeToRepeat();
  context.log.debug('platform refused the credential, trying once more', { status: first.answer.status });
  return send(next);
}

/** @returns undefined if the credential cannot be refreshed and the server's own message explains more. */
function renewed(
  access: Access,
  { credential, reason }: Exchanged & { readonly kind: 'refused' },
): Promise<Credential | undefined> {
  return access.renew(credential).catch((error: unknown) => {
    if (isNotRenewable(error) && (credential.kind !== 'session' || reason !== undefined)) return undefined;
    throw error;
  });
}

/** The agent still has the whole request, and retries temporary faults. */
function tooLargeToRepeat(): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_TOO_LARGE',
    message:
      'Your sign-in was refreshed during this request, and the request is too large to send again automatically.',
    hint: 'Send it again.',
  });
}

/** Drains an unused response; otherwise its connection is never reused. */
function discard(answer: UpstreamAnswer): void {
  answer.body.on('error', () => undefined);
  answer.body.resume();
}
