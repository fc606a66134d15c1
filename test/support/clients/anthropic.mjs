import Anthropic from '@anthropic-ai/sdk';
import { failure, print, since } from './report.mjs';

const client = new Anthropic();
const model = 'claude-4-5-sonnet';
const body = (content, more = {}) => ({
  model,
  max_tokens: 100,
  messages: [{ role: 'user', content }],
  ...more,
});
const ask = (content, more) => client.messages.create(body(content, more));
const textIn = ({ content }) => content.find(({ type }) => type === 'text')?.text;

const pieces = [];
const stream = client.messages.stream(body('hello')).on('text', (text) => pieces.push(text));
const whole = textIn(await stream.finalMessage());

const tools = [{ name: 'whoami', input_schema: { type: 'object', properties: {} } }];
const called = (await ask('Call the tool whoami', { tools })).content.find(({ type }) => type === 'tool_use');
const answered = await client.messages.create({
  ...body(''),
  tools,
  messages: [
    { role: 'user', content: 'Call the tool whoami' },
    { role: 'assistant', content: [called] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: called.id, content: 'Ada' }] },
  ],
});

const started = since();
const long = client.messages.stream(body('stream for 12 seconds'));
long.on('text', () => long.abort());
const aborted = await long.finalMessage().catch((error) => error.constructor.name);

print({
  chat: textIn(await ask('hello')),
  streamed: { pieces: pieces.length, text: pieces.join(''), whole },
  tools: [called.name, textIn(answered)],
  tokens: (await client.messages.countTokens({ model, messages: [{ role: 'user', content: 'hello' }] }))
    .input_tokens,
  models: (await client.models.list()).data.some(({ id }) => id === model),
  model: (await client.models.retrieve(model)).id,
  aborted: [aborted, started() < 10_000],
  errors: {
    model: await failure(ask('hello', { model: 'claude-none' })),
    key: await failure(new Anthropic({ authToken: 'wrong' }).models.list()),
    route: await failure(client.messages.batches.list()),
  },
  // The address of OpenAI's API works, too.
  other: textIn(
    await new Anthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` }).messages.create(body('hello')),
  ),
});
