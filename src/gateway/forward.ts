import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endpointOf, joinPath } from '../codemie/address.ts';
import { faceOf } from '../codemie/faces.ts';
import { successorOf } from '../codemie/successor.ts';
import type { Dialect } from '../config/providers.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders, type Credential } from '../credentials/credential.ts';
import { CodemieError, messageOf } from '../system/errors.ts';
import { keepBody, type ReplayableBody } from './body.ts';
import { downstreamHeaders, upstreamHeaders } from './headers.ts';
import { errorBody } from './routes.ts';
import type { Upstream, UpstreamAnswer } from './upstream.ts';

export interface ForwardOptions {
  readonly access: Access;
  readonly client: string;
  readonly project?: string | undefined;
  readonly sessionId: string;
  readonly dialect: Dialect;
  readonly upstream: Upstream;
  readonly watch: Watch;
}

/** Told how the credential fares. */
export interface Watch {
  good(): void;
  ended(message: string): void;
}

/** Passes one request on with the credential, renews and replays once when the platform refuses it (S33). */
export async function forward(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<{ readonly status: number; readonly bytes: number }> {
  let end: () => void = () => undefined;
  // The agent hung up: the platform need not think any further.
  response.once('close', () => {
    if (!response.writableFinished) end();
  });
  const onGone = (next: () => void): void => {
    end = next;
    if (response.destroyed) next();
  };
  const say = (status: number, message: string, retry: boolean): { status: number; bytes: number } => {
    const headers = { 'content-type': 'application/json', ...(retry ? {} : { 'x-should-retry': 'false' }) };
    response.writeHead(status, headers).end(errorBody(options.dialect, status, message));
    return { status, bytes: 0 };
  };
  try {
    const body = await keepBody(request);
    const answer = await exchange(context, request, body, options, onGone);
    const face = faceOf({ status: answer.status, headers: flat(answer.headers) });
    if (face === 'not-signed-in') {
      discard(answer);
      const message = signInAgain(options.access);
      options.watch.ended(message);
      return say(401, message, false);
    }
    if (face === 'ok') options.watch.good();
    response.writeHead(answer.status, downstreamHeaders(answer.headers));
    let bytes = 0;
    answer.body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await passOn(answer.body, response);
    return { status: answer.status, bytes };
  } catch (error) {
    if (response.destroyed || response.headersSent) {
      response.destroy();
      return { status: 499, bytes: 0 };
    }
    context.log.debug('no answer of the platform', { reason: messageOf(error) });
    if (error instanceof CodemieError) {
      const message = inOneLine(error);
      if (error.exit === 'auth') options.watch.ended(message);
      // Only what passes by itself is worth the agent's patience: it would try a dead credential for minutes.
      return say(error.exit === 'auth' ? 401 : 502, message, error.exit === 'unreachable');
    }
    return say(502, `codemie could not reach ${options.access.origin}. Check with: codemie doctor`, true);
  }
}

/** As `pipeline` does, at a third of its cost, which every request would pay. */
function passOn(source: UpstreamAnswer['body'], response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    source.once('error', reject);
    // Cut off before its end: the agent must not take a part for the whole.
    source.once('close', () => {
      if (!source.readableEnded) reject(new Error('the answer broke off'));
    });
    response.once('error', reject);
    response.once('close', () => {
      if (response.writableFinished) return resolve();
      source.destroy();
      reject(new Error('the agent hung up'));
    });
    source.pipe(response);
  });
}

async function exchange(
  context: Context,
  request: IncomingMessage,
  body: ReplayableBody,
  options: ForwardOptions,
  onGone: (end: () => void) => void,
): Promise<UpstreamAnswer> {
  const { access } = options;
  const requestId = randomUUID();
  const base = new URL(endpointOf(access)).pathname.replace(/\/$/, '');
  const { keyProvider } = access.selection;
  const send = async (credential: Credential): Promise<UpstreamAnswer> => {
    const answer = await options.upstream.send({
      path: joinPath(base, request.url ?? '/'),
      method: request.method ?? 'POST',
      headers: upstreamHeaders(
        request.headers,
        authorizationHeaders(credential),
        // Whom the work is counted to is the platform's business and no provider's.
        keyProvider === undefined ? { ...options, requestId } : undefined,
      ),
      body: body.take(),
      onGone,
    });
    const renewed = answer.headers['set-cookie'];
    if (renewed !== undefined) {
      // A renewed session that cannot be kept is no reason to withhold an answer that is here.
      await access.observe(Array.isArray(renewed) ? renewed : [renewed]).catch((error: unknown) => {
        context.log.debug('renewed session not kept', { reason: messageOf(error) });
      });
    }
    return answer;
  };
  const credential = await access.fresh();
  const first = await send(credential);
  const face = faceOf({ status: first.status, headers: flat(first.headers) });
  const next = await successorOf(context, access, credential, face);
  if (next === undefined) return first;
  discard(first);
  if (!body.replayable) throw renewedInVain();
  context.log.debug('platform refused the credential, trying once more', { status: first.status });
  return send(next);
}

/** The agent still has the whole request, and tries again what passes by itself. */
function renewedInVain(): CodemieError {
  return new CodemieError({
    code: 'GATEWAY_TOO_LARGE',
    message: 'The sign-in was renewed under a request that is too large to be kept for a second try.',
    hint: 'Send it again.',
    exit: 'unreachable',
  });
}

function signInAgain(access: Access): string {
  return access.source === 'store'
    ? `The platform no longer accepts your sign-in. Run: codemie profile login --url ${access.origin}`
    : `The platform does not accept the token from ${access.sourceName}. Get a new one and pass it again.`;
}

/** A hint is a command to run or a step to take. */
function inOneLine({ message, hint }: CodemieError): string {
  if (hint === undefined) return message;
  return `${message} ${/^(codemie|npm|export) /.test(hint) ? 'Run: ' : ''}${hint}`;
}

/** An answer nobody reads must be drained, or its connection is never free again. */
function discard(answer: UpstreamAnswer): void {
  answer.body.on('error', () => undefined);
  answer.body.resume();
}

function flat(headers: UpstreamAnswer['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
