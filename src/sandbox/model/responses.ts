import { countTokens, ownWords, pieces, type Reply } from './brain.ts';
import { type Dialect, type Fields, idFor, isFields, list, type ServerSentEvent, textOf } from './dialect.ts';

/** OpenAI Responses (`POST /v1/responses`). */
export const responses: Dialect = {
  routes: ['/responses'],
  parse: (body) => {
    const input = body['input'];
    const items =
      typeof input === 'string' ? [{ role: 'user', content: input }] : list(input).filter(isFields);
    const prompts: string[] = [];
    let results: string[] = [];
    for (const item of items as Fields[]) {
      if (item['type'] === 'function_call_output') results.push(textOf(item['output']));
      if (item['role'] !== 'user') continue;
      const words = ownWords(textOf(item['content']));
      // Agents send their environment as a message of tags before the user's words.
      if (words === '' || /^<\w+>[\s\S]*<\/\w+>$/.test(words)) continue;
      prompts.push(words);
      results = [];
    }
    return {
      system: [
        textOf(body['instructions']),
        ...(items as Fields[]).map((item) => textOf(item['content'])),
      ].join('\n'),
      prompts,
      results,
      tools: list(body['tools'])
        .filter(isFields)
        .filter((tool) => tool['type'] === 'function')
        .map((tool) => ({
          name: String(tool['name']),
          schema: isFields(tool['parameters']) ? tool['parameters'] : {},
        })),
    };
  },
  whole: (reply, body) => document(reply, body, 'completed', [item(reply)]),
  events: (reply, body) => stream(reply, body),
};

function document(reply: Reply, body: Fields, status: string, output: readonly Fields[]): Fields {
  const input_tokens = countTokens(JSON.stringify(body['input'] ?? ''));
  const output_tokens = countTokens(reply.text + JSON.stringify(reply.call ?? ''));
  return {
    id: idFor('resp_', reply),
    object: 'response',
    created_at: 1_700_000_000,
    status,
    model: body['model'],
    output,
    usage: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
  };
}

function item(reply: Reply): Fields {
  if (reply.call !== undefined) {
    const { tool, input } = reply.call;
    const id = idFor('fc_', reply);
    return {
      id,
      type: 'function_call',
      status: 'completed',
      call_id: idFor('call_', reply),
      name: tool,
      arguments: JSON.stringify(input),
    };
  }
  const content = [{ type: 'output_text', text: reply.text, annotations: [] }];
  return { id: idFor('msg_', reply), type: 'message', status: 'completed', role: 'assistant', content };
}

function* stream(reply: Reply, body: Fields): Iterable<ServerSentEvent> {
  let sequence_number = 0;
  const typed = (event: string, fields: Fields): ServerSentEvent => {
    const data = { type: event, sequence_number, ...fields };
    sequence_number += 1;
    return { event, data };
  };
  const done = item(reply);
  const at = { output_index: 0, item_id: done['id'] };
  yield typed('response.created', { response: document(reply, body, 'in_progress', []) });
  if (reply.call === undefined) {
    const part = { type: 'output_text', text: '', annotations: [] };
    yield typed('response.output_item.added', {
      output_index: 0,
      item: { ...done, status: 'in_progress', content: [] },
    });
    yield typed('response.content_part.added', { ...at, content_index: 0, part });
    for (const delta of pieces(reply.text, reply.overMs > 0 ? 20 : 4)) {
      yield { ...typed('response.output_text.delta', { ...at, content_index: 0, delta }), paced: true };
    }
    yield typed('response.output_text.done', { ...at, content_index: 0, text: reply.text });
    yield typed('response.content_part.done', {
      ...at,
      content_index: 0,
      part: { ...part, text: reply.text },
    });
  } else {
    yield typed('response.output_item.added', {
      output_index: 0,
      item: { ...done, status: 'in_progress', arguments: '' },
    });
    yield typed('response.function_call_arguments.delta', { ...at, delta: done['arguments'] });
    yield typed('response.function_call_arguments.done', { ...at, arguments: done['arguments'] });
  }
  yield typed('response.output_item.done', { output_index: 0, item: done });
  yield typed('response.completed', { response: document(reply, body, 'completed', [done]) });
}
