import type { ServerResponse } from 'node:http';
import { reply as answer } from '../api/answers.ts';
import { type ModelUser, mayUse, modelNames } from '../api/models.ts';
import { type Exchange, readJson, send } from '../http.ts';
import type { ApiOptions } from '../options.ts';
import { anthropic, inputTokens } from './anthropic.ts';
import { countTokens, type Reply, think } from './brain.ts';
import { chat } from './chat.ts';
import { type Dialect, type Fields, isFields } from './dialect.ts';
import { embeddings } from './embeddings.ts';
import { gemini } from './gemini.ts';
import { responses } from './responses.ts';
import { answeredUpstreamFault, keyDenied, NOT_AN_OBJECT } from './upstream.ts';

const DIALECTS: readonly Dialect[] = [anthropic, chat, responses];
/** Gemini's paths contain the model and the action. */
const GEMINI = /^(\/v1|\/v1beta|)\/models\/([\w.-]+):(generateContent|streamGenerateContent|countTokens)$/;
const POSTED = ['/messages/count_tokens', '/completions', '/embeddings'];
const READ = ['/models', '/health'];

/** Every route exists with and without `/v1`. */
function bare(route: string): string {
  return route.replace(/^\/v1(?=\/)/, '');
}

/** @returns the method of a model route, or undefined for a path that the platform does not forward. */
export function modelRoute(route: string): { readonly method: 'GET' | 'POST' } | undefined {
  const called = GEMINI.exec(route);
  // The platform's list lacks this one route.
  if (called !== null) return called[1] === '/v1beta' && called[3] === 'countTokens' ? undefined : POST;
  const name = bare(route);
  if (READ.includes(name)) return { method: 'GET' };
  return POSTED.includes(name) || DIALECTS.some(({ routes }) => routes.includes(name)) ? POST : undefined;
}

const POST = { method: 'POST' } as const;

/**
 * Answers a model call of a signed-in user, who may use only the models of their roles. The platform does not forward
 * the query string, so it is ignored.
 */
export async function answerModelCall(
  exchange: Exchange,
  route: string,
  user: ModelUser,
  { faults, sleep }: Pick<ApiOptions, 'faults' | 'sleep'>,
): Promise<void> {
  const { request, response } = exchange;
  const [, , named, action] = GEMINI.exec(route) ?? [];
  const name = bare(route);
  const body = request.method === 'GET' ? {} : await readJson(request);
  const model = named ?? (isFields(body) ? String(body['model'] ?? '') : '');
  const fault = faults.hit('upstream');
  if (fault !== undefined && answeredUpstreamFault(fault, response, user, model)) return;
  if (name === '/models') return send(response, 200, { object: 'list', data: modelNames(user).map(listed) });
  if (name === '/health') return send(response, 200, HEALTHY);

  const dialect = action === undefined ? dialectOf(name) : gemini;
  if (!isFields(body)) return answer(response, NOT_AN_OBJECT);
  if (!mayUse(user, model)) return answer(response, keyDenied(user, model));
  if (name === '/messages/count_tokens') return send(response, 200, { input_tokens: inputTokens(body) });
  if (name === '/embeddings') return send(response, 200, embeddings(body));
  if (name === '/completions') return send(response, 200, completion(body));
  if (action === 'countTokens') {
    const totalTokens = countTokens(JSON.stringify(body['contents'] ?? ''));
    return send(response, 200, { totalTokens });
  }
  const asked = { ...body, model };
  const reply = think(dialect.parse(asked));
  if (action === 'streamGenerateContent' || body['stream'] === true)
    return streamReply(response, dialect, reply, asked, sleep);
  if (reply.overMs > 0) await sleep(reply.overMs);
  return send(response, 200, dialect.whole(reply, asked));
}

const HEALTHY = { healthy_endpoints: [], unhealthy_endpoints: [], healthy_count: 0, unhealthy_count: 0 };

function listed(id: string): unknown {
  return { id, object: 'model', created: 1_700_000_000, owned_by: 'openai' };
}

function dialectOf(name: string): Dialect {
  const own = DIALECTS.find(({ routes }) => routes.includes(name));
  return own ?? (name.startsWith('/messages') ? anthropic : chat);
}

function completion(body: Fields): unknown {
  return {
    id: 'cmpl-sandbox',
    object: 'text_completion',
    model: body['model'],
    choices: [
      {
        index: 0,
        text: `Sandbox answer: ${String(body['prompt'] ?? '').slice(0, 200)}`,
        finish_reason: 'stop',
      },
    ],
  };
}

async function streamReply(
  response: ServerResponse,
  dialect: Dialect,
  reply: Reply,
  body: Fields,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const events = [...dialect.events(reply, body)];
  const pause = reply.overMs / Math.max(1, events.filter((entry) => entry.paced).length);
  for (const { event, data, paced } of events) {
    if (paced === true && pause > 0) await sleep(pause);
    if (response.destroyed) return;
    const line = typeof data === 'string' ? data : JSON.stringify(data);
    response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`);
  }
  response.end();
}
