import { countTokens, ownWords, pieces, type Reply } from './brain.ts';
import { type Dialect, type Fields, idFor, isFields, list, type ServerSentEvent, textOf } from './dialect.ts';

/** Anthropic Messages (`POST /v1/messages` and `/v1/messages/count_tokens`). */
export const anthropic: Dialect = {
  routes: ['/messages'],
  parse: (body) => {
    const prompts: string[] = [];
    let results: string[] = [];
    for (const message of list(body['messages'])) {
      if (!isFields(message) || message['role'] !== 'user') continue;
      const content = message['content'];
      const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
      for (const part of parts) {
        if (!isFields(part)) continue;
        if (part['type'] === 'tool_result') results.push(textOf(part['content']));
        else if (part['type'] === 'text') {
          const words = ownWords(textOf(part['text']));
          if (words === '') continue;
          prompts.push(words);
          results = [];
        }
      }
    }
    const raw = list(body['messages']).map((message) =>
      isFields(message) ? textOf(message['content']) : '',
    );
    return {
      system: [textOf(body['system']), ...raw].join('\n'),
      prompts,
      results,
      tools: list(body['tools'])
        .filter(isFields)
        .map((tool) => ({
          name: String(tool['name']),
          schema: isFields(tool['input_schema']) ? tool['input_schema'] : {},
        })),
    };
  },
  whole: (reply, body) => ({
    ...head(reply, body),
    content: blocks(reply),
    ...stop(reply),
    usage: usage(reply, body),
  }),
  events: (reply, body) => stream(reply, body),
};

function head(reply: Reply, body: Fields): Fields {
  return { id: idFor('msg_', reply), type: 'message', role: 'assistant', model: body['model'] };
}

function blocks(reply: Reply): Fields[] {
  const text = reply.text === '' ? [] : [{ type: 'text', text: reply.text }];
  const call = reply.call;
  return call === undefined
    ? text
    : [...text, { type: 'tool_use', id: idFor('toolu_', reply), name: call.tool, input: call.input }];
}

function stop(reply: Reply): Fields {
  return { stop_reason: reply.call === undefined ? 'end_turn' : 'tool_use', stop_sequence: null };
}

function usage(reply: Reply, body: Fields): Fields {
  return {
    input_tokens: inputTokens(body),
    output_tokens: countTokens(reply.text + JSON.stringify(reply.call ?? '')),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
}

/** Input tokens of a request, for `usage` and `/v1/messages/count_tokens`. */
export function inputTokens(body: Fields): number {
  return countTokens(JSON.stringify([body['system'] ?? '', body['messages'] ?? []]));
}

function* stream(reply: Reply, body: Fields): Iterable<ServerSentEvent> {
  const typed = (event: string, fields: Fields = {}): ServerSentEvent => ({
    event,
    data: { type: event, ...fields },
  });
  const start = {
    ...head(reply, body),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage(reply, body), output_tokens: 1 },
  };
  yield typed('message_start', { message: start });
  let index = 0;
  for (const block of blocks(reply)) {
    const isText = block['type'] === 'text';
    yield typed('content_block_start', {
      index,
      content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} },
    });
    if (isText) {
      for (const text of pieces(reply.text, reply.overMs > 0 ? 20 : 4)) {
        yield {
          ...typed('content_block_delta', { index, delta: { type: 'text_delta', text } }),
          paced: true,
        };
      }
    } else {
      const partial_json = JSON.stringify(block['input']);
      yield typed('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
    }
    yield typed('content_block_stop', { index });
    index += 1;
  }
  yield typed('message_delta', {
    delta: stop(reply),
    usage: { output_tokens: usage(reply, body)['output_tokens'] },
  });
  yield typed('message_stop');
}
