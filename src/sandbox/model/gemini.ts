import { countTokens, ownWords, pieces, type Reply } from './brain.ts';
import { type Dialect, type Fields, idFor, isFields, list, type ServerSentEvent } from './dialect.ts';

/** Gemini (`POST /v1beta/models/M:generateContent`, `:streamGenerateContent?alt=sse`). The path contains the model. */
export const gemini: Dialect = {
  routes: [],
  parse: (body) => {
    const prompts: string[] = [];
    let results: string[] = [];
    for (const content of list(body['contents']).filter(isFields)) {
      const parts = list(content['parts']).filter(isFields);
      for (const part of parts)
        if (isFields(part['functionResponse'])) results.push(resultOf(part['functionResponse']));
      if (content['role'] === 'model') continue;
      const words = ownWords(textIn(parts));
      if (words === '') continue;
      prompts.push(words);
      results = [];
    }
    return { system: systemOf(body), prompts, results, tools: toolsOf(body) };
  },
  whole: (reply, body) => ({
    ...candidate(reply, body, parts(reply), 'STOP'),
    usageMetadata: usage(reply, body),
  }),
  events: (reply, body) => stream(reply, body),
};

function systemOf(body: Fields): string {
  const instruction = body['systemInstruction'] ?? body['system_instruction'];
  const own = isFields(instruction) ? textIn(list(instruction['parts']).filter(isFields)) : '';
  const said = list(body['contents'])
    .filter(isFields)
    .map((content) => textIn(list(content['parts']).filter(isFields)));
  return [own, ...said].join('\n');
}

function textIn(parts: readonly Fields[]): string {
  return parts
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join('\n');
}

function resultOf(response: Fields): string {
  const body = isFields(response['response']) ? response['response'] : {};
  const text = body['output'] ?? body['error'];
  return typeof text === 'string' ? text : JSON.stringify(body);
}

function toolsOf(body: Fields): { name: string; schema: Fields }[] {
  return list(body['tools'])
    .filter(isFields)
    .flatMap((tool) => list(tool['functionDeclarations']).filter(isFields))
    .map((declaration) => {
      const schema = declaration['parametersJsonSchema'] ?? declaration['parameters'];
      return { name: String(declaration['name']), schema: isFields(schema) ? schema : {} };
    });
}

function parts(reply: Reply): Fields[] {
  return reply.call === undefined
    ? [{ text: reply.text }]
    : [{ functionCall: { id: idFor('call_', reply), name: reply.call.tool, args: reply.call.input } }];
}

function candidate(reply: Reply, body: Fields, content: readonly Fields[], finishReason?: string): Fields {
  return {
    candidates: [
      {
        index: 0,
        content: { role: 'model', parts: content },
        ...(finishReason === undefined ? {} : { finishReason }),
      },
    ],
    modelVersion: body['model'],
    responseId: idFor('resp_', reply),
  };
}

function usage(reply: Reply, body: Fields): Fields {
  const promptTokenCount = countTokens(JSON.stringify(body['contents'] ?? ''));
  const candidatesTokenCount = countTokens(reply.text + JSON.stringify(reply.call ?? ''));
  return { promptTokenCount, candidatesTokenCount, totalTokenCount: promptTokenCount + candidatesTokenCount };
}

function* stream(reply: Reply, body: Fields): Iterable<ServerSentEvent> {
  if (reply.call !== undefined) yield { data: candidate(reply, body, parts(reply)) };
  else
    for (const text of pieces(reply.text, reply.overMs > 0 ? 20 : 4))
      yield { data: candidate(reply, body, [{ text }]), paced: true };
  yield { data: { ...candidate(reply, body, [{ text: '' }], 'STOP'), usageMetadata: usage(reply, body) } };
}
