import { GoogleGenAI } from '@google/genai';
import { failure, print, since } from './report.mjs';

const client = new GoogleGenAI({});
const model = 'gemini-3-flash';
const ask = (contents, config = {}) => client.models.generateContent({ model, contents, config });

const pieces = [];
for await (const { text } of await client.models.generateContentStream({ model, contents: 'hello' }))
  if (text) pieces.push(text);

const config = {
  tools: [{ functionDeclarations: [{ name: 'whoami', parameters: { type: 'OBJECT', properties: {} } }] }],
};
const called = await ask('Call the tool whoami', config);
const answered = await ask(
  [
    { role: 'user', parts: [{ text: 'Call the tool whoami' }] },
    called.candidates[0].content,
    { role: 'user', parts: [{ functionResponse: { name: 'whoami', response: { output: 'Ada' } } }] },
  ],
  config,
);

const started = since();
const controller = new AbortController();
const aborted = await (async () => {
  const stream = await client.models.generateContentStream({
    model,
    contents: 'stream for 12 seconds',
    config: { abortSignal: controller.signal },
  });
  for await (const { text } of stream) if (text) controller.abort();
  return 'ended early';
})().catch((error) => error.name);

print({
  chat: (await ask('hello')).text,
  streamed: { pieces: pieces.length, text: pieces.join('') },
  tools: [called.functionCalls[0].name, answered.text],
  tokens: (await client.models.countTokens({ model, contents: 'hello' })).totalTokens,
  aborted: [aborted, started() < 10_000],
  errors: {
    model: await failure(client.models.generateContent({ model: 'gemini-none', contents: 'hello' })),
    key: await failure(
      new GoogleGenAI({ apiKey: 'wrong' }).models.generateContent({ model, contents: 'hello' }),
    ),
    route: await failure(client.models.embedContent({ model: 'gecko', contents: 'a' })),
  },
  // The addresses of the other APIs work, too.
  others: await Promise.all(
    ['/v1', '/v1beta'].map(async (path) => {
      const baseUrl = `${process.env.GOOGLE_GEMINI_BASE_URL}${path}`;
      const other = new GoogleGenAI({ httpOptions: { baseUrl } });
      return (await other.models.generateContent({ model, contents: 'hello' })).text;
    }),
  ),
});
