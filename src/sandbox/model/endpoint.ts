import type { ServerResponse } from 'node:http';
import { type Exchange, readJson, send } from '../exchange.ts';
import { mayUse, modelsOf, type SandboxUser } from '../world.ts';
import { anthropic, inputTokens } from './anthropic.ts';
import { type Reply, think } from './brain.ts';
import { chat } from './chat.ts';
import { type Dialect, type Fields, isFields } from './dialect.ts';
import { responses } from './responses.ts';

const DIALECTS: readonly Dialect[] = [anthropic, chat, responses];
const OTHERS = ['/messages/count_tokens', '/models', '/completions', '/embeddings'];

/** Routes exist with and without `/v1`. */
function bare(route: string): string {
  return route.replace(/^\/v1(?=\/)/, '');
}

export function isModelRoute(route: string): boolean {
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
  if (typeof model !== 'string' || !mayUse(user, model)) {
    return send(
      response,
      403,
      dialect.error('permission', `${user.username} may not use the model ${JSON.stringify(model ?? null)}.`),
    );
  }
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
