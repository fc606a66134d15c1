import OpenAI, { APIUserAbortError } from 'openai';
import { failure, print, since } from './report.mjs';

const client = new OpenAI();
const model = 'gpt-4.1';
const ask = (content, more = {}) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more });

const chat = (await ask('hello')).choices[0].message.content;

const pieces = [];
for await (const chunk of await ask('hello', { stream: true }))
  if (chunk.choices[0]?.delta.content) pieces.push(chunk.choices[0].delta.content);

const tools = [
  { type: 'function', function: { name: 'whoami', parameters: { type: 'object', properties: {} } } },
];
const called = (await ask('Call the tool whoami', { tools })).choices[0].message;
const answered = await client.chat.completions.create({
  model,
  tools,
  messages: [
    { role: 'user', content: 'Call the tool whoami' },
    called,
    { role: 'tool', tool_call_id: called.tool_calls[0].id, content: 'Ada' },
  ],
});

const response = await client.responses.create({ model: 'gpt-5-2025-08-07', input: 'hello' });
const { data } = await client.embeddings.create({ model: 'ada-002', input: ['a', 'b'] });

const started = since();
const controller = new AbortController();
const aborted = await (async () => {
  const stream = await ask('stream for 12 seconds', { stream: true }, { signal: controller.signal });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) stream.controller.abort();
  return 'ended early';
})().catch((error) => (error instanceof APIUserAbortError ? 'ended early' : String(error)));

print({
  chat,
  streamed: { pieces: pieces.length, text: pieces.join('') },
  tools: [called.tool_calls[0].function.name, answered.choices[0].message.content],
  responses: response.output_text,
  embeddings: data.map(({ embedding }) => embedding.length),
  models: (await client.models.list()).data.some(({ id }) => id === model),
  model: (await client.models.retrieve(model)).id,
  aborted: [aborted, started() < 10_000],
  errors: {
    model: await failure(ask('hello', { model: 'gpt-none' })),
    key: await failure(new OpenAI({ apiKey: 'wrong' }).models.list()),
    route: await failure(client.images.generate({ prompt: 'a cat' })),
  },
  // The address of Anthropic's and Gemini's API works, too.
  other: (
    await new OpenAI({ baseURL: process.env.OPENAI_BASE_URL.replace('/v1', '') }).chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'hello' }],
    })
  ).choices[0].message.content,
});
