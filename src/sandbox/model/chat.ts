import { countTokens, ownWords, pieces, type Reply } from './brain.ts';
import { type Dialect, type Fields, idFor, isFields, list, type ServerSentEvent, textOf } from './dialect.ts';

/**
 * OpenAI Chat Completions (`POST /v1/chat/completions`). Timestamps are fixed, because the sandbox is deterministic.
 */
export const chat: Dialect = {
  routes: ['/chat/completions'],
  parse: (body) => {
    const messages = list(body['messages']).filter(isFields);
    const prompts: string[] = [];
    let results: string[] = [];
    for (const message of messages) {
      const text = textOf(message['content']);
      if (message['role'] === 'tool') results.push(text);
      if (message['role'] !== 'user') continue;
      const words = ownWords(text);
      if (words === '') continue;
      prompts.push(words);
      results = [];
    }
    return {
      system: messages.map((message) => textOf(message['content'])).join('\n'),
      prompts,
      results,
      tools: list(body['tools'])
        .filter(isFields)
        .map((tool) => (isFields(tool['function']) ? tool['function'] : {}))
        .map((fn: Fields) => ({
          name: String(fn['name']),
          schema: isFields(fn['parameters']) ? fn['parameters'] : {},
        })),
    };
  },
  whole: (reply, body) => ({
    ...head(reply, body, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: reply.text === '' ? null : reply.text,
          ...calls(reply, false),
        },
        finish_reason: finish(reply),
      },
    ],
    usage: usage(reply, body),
  }),
  events: (reply, body) => stream(reply, body),
};

function head(reply: Reply, body: Fields, object: string): Fields {
  return { id: idFor('chatcmpl-', reply), object, created: 1_700_000_000, model: body['model'] };
}

function calls(reply: Reply, streamed: boolean): Fields {
  if (reply.call === undefined) return {};
  const call = {
    ...(streamed ? { index: 0 } : {}),
    id: idFor('call_', reply),
    type: 'function',
    function: { name: reply.call.tool, arguments: JSON.stringify(reply.call.input) },
  };
  return { tool_calls: [call] };
}

function finish(reply: Reply): string {
  return reply.call === undefined ? 'stop' : 'tool_calls';
}

function usage(reply: Reply, body: Fields): Fields {
  const prompt_tokens = countTokens(JSON.stringify(body['messages'] ?? []));
  const completion_tokens = countTokens(reply.text + JSON.stringify(reply.call ?? ''));
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

function* stream(reply: Reply, body: Fields): Iterable<ServerSentEvent> {
  const chunk = (delta: Fields, finish_reason: string | null = null): Fields => ({
    ...head(reply, body, 'chat.completion.chunk'),
    choices: [{ index: 0, delta, finish_reason }],
  });
  yield { data: chunk({ role: 'assistant', content: '' }) };
  if (reply.text !== '') {
    for (const content of pieces(reply.text, reply.overMs > 0 ? 20 : 4))
      yield { data: chunk({ content }), paced: true };
  }
  if (reply.call !== undefined) yield { data: chunk(calls(reply, true)) };
  yield { data: chunk({}, finish(reply)) };
  yield { data: { ...head(reply, body, 'chat.completion.chunk'), choices: [], usage: usage(reply, body) } };
  yield { data: '[DONE]' };
}
