import type { ServerResponse } from 'node:http';
import { type Exchange, readJson, send } from '../exchange.ts';
import { mayUse, modelsOf, type SandboxUser } from '../world.ts';
import { anthropic, inputTokens } from './anthropic.ts';
import { countTokens, type Reply, think } from './brain.ts';
import { chat } from './chat.ts';
import { type Dialect, type Fields, isFields } from './dialect.ts';
import { gemini } from './gemini.ts';
import { responses } from './responses.ts';

const DIALECTS: readonly Dialect[] = [anthropic, chat, responses];
/** Gemini's addresses name the model and what is wanted of it. */
const GEMINI = /^\/v1(?:beta)?\/models\/([\w.-]+):(generateContent|streamGenerateContent|countTokens)$/;
const OTHERS = ['/messages/count_tokens', '/models', '/completions', '/embeddings'];

/** Routes exist with and without `/v1`. */
function bare(route: string): string {
  return route.replace(/^\/v1(?=\/)/, '');
}

export function isModelRoute(route: string): boolean {
  if (GEMINI.test(route)) return true;
  return OTHERS.includes(bare(route)) || DIALECTS.some((dialect) => dialect.routes.includes(bare(route)));
}

/** Answers a model call of a signed-in person, who may use the models of their roles and no others. */
export async function answerModelCall(
  exchange: Exchange,
  route: string,
  user: SandboxUser,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  const { request, response } = exchange;
  const called = GEMINI.exec(route);
  if (called !== null) return answerGemini(exchange, called[1] ?? '', called[2] ?? '', user, sleep);
  const name = bare(route);
  if (name === '/models') {
    const data = modelsOf(user).map((model) => ({
      id: model.base_name,
      object: 'model',
      created: 1_700_000_000,
      owned_by: model.provider,
    }));
    return send(response, 200, { object: 'list', data });
  }
  const body = await readJson(request);
  const dialect =
    DIALECTS.find((entry) => entry.routes.includes(name)) ??
    (name.startsWith('/messages') ? anthropic : chat);
  if (!isFields(body)) return send(response, 400, dialect.error('invalid', 'The body is not a JSON object.'));
  const model = body['model'];
  if (!mayUse(user, String(model ?? ''))) return refuse(response, dialect, user, model);
  if (name === '/messages/count_tokens') return send(response, 200, { input_tokens: inputTokens(body) });
  if (name === '/embeddings') return send(response, 200, embedding(body));
  if (name === '/completions') {
    const text = `Sandbox answer: ${String(body['prompt'] ?? '').slice(0, 200)}`;
    return send(response, 200, {
      id: 'cmpl-sandbox',
      object: 'text_completion',
      model,
      choices: [{ index: 0, text, finish_reason: 'stop' }],
    });
  }
  const reply = think(dialect.parse(body));
  if (body['stream'] === true) return streamReply(response, dialect, reply, body, sleep);
  if (reply.overMs > 0) await sleep(reply.overMs);
  return send(response, 200, dialect.whole(reply, body));
}

function refuse(response: ServerResponse, dialect: Dialect, user: SandboxUser, model: unknown): void {
  const message = `${user.username} may not use the model ${JSON.stringify(model ?? null)}.`;
  send(response, 403, dialect.error('permission', message));
}

async function answerGemini(
  { request, response, url }: Exchange,
  model: string,
  action: string,
  user: SandboxUser,
  sleep: (ms: number) => Promise<void>,
): Promise<void> {
  const sent = await readJson(request);
  if (!isFields(sent)) return send(response, 400, gemini.error('invalid', 'The body is not a JSON object.'));
  if (!mayUse(user, model)) return refuse(response, gemini, user, model);
  const body = { ...sent, model };
  if (action === 'countTokens')
    return send(response, 200, { totalTokens: countTokens(JSON.stringify(sent['contents'] ?? '')) });
  const reply = think(gemini.parse(body));
  if (action === 'streamGenerateContent' && url.searchParams.get('alt') === 'sse')
    return streamReply(response, gemini, reply, body, sleep);
  if (reply.overMs > 0) await sleep(reply.overMs);
  // Without alt=sse a stream is one JSON array of its chunks.
  const whole = gemini.whole(reply, body);
  return send(response, 200, action === 'generateContent' ? whole : [whole]);
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

function embedding(body: Fields): unknown {
  const inputs = Array.isArray(body['input']) ? body['input'] : [body['input']];
  const data = inputs.map((input: unknown, index: number) => ({
    object: 'embedding',
    index,
    embedding: Array.from({ length: 8 }, (_, i) => (String(input).charCodeAt(i) || 0) / 128 - 1),
  }));
  return {
    object: 'list',
    data,
    model: body['model'],
    usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
  };
}
