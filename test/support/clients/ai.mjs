import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { failure, print, since } from './report.mjs';

// It would print them on stdout.
globalThis.AI_SDK_LOG_WARNINGS = false;
const { GATEWAY, KEY: apiKey } = process.env;
const openai = createOpenAI({ baseURL: `${GATEWAY}/v1`, apiKey });
const compatible = createOpenAICompatible({ name: 'codemie', baseURL: `${GATEWAY}/v1`, apiKey });
const anthropic = createAnthropic({ baseURL: `${GATEWAY}/v1`, apiKey });
const google = createGoogleGenerativeAI({ baseURL: `${GATEWAY}/v1beta`, apiKey });

const tools = {
  whoami: tool({ inputSchema: jsonSchema({ type: 'object', properties: {} }), execute: async () => 'Ada' }),
};

async function tried(of, name) {
  const model = of(name);
  const pieces = [];
  for await (const piece of streamText({ model, prompt: 'hello' }).textStream) pieces.push(piece);
  const started = since();
  const controller = new AbortController();
  const long = streamText({
    model,
    prompt: 'stream for 12 seconds',
    abortSignal: controller.signal,
    onError: () => undefined,
  });
  for await (const piece of long.textStream) if (piece !== '') controller.abort();
  const withTool = await generateText({
    model,
    tools,
    stopWhen: stepCountIs(2),
    prompt: 'Call the tool whoami',
  });
  return {
    chat: (await generateText({ model, prompt: 'hello' })).text,
    streamed: { pieces: pieces.length, text: pieces.join('') },
    tools: [withTool.steps[0].toolCalls[0].toolName, withTool.text],
    aborted: started() < 10_000,
    error: await failure(generateText({ model: of('none'), prompt: 'hello' })),
  };
}

const values = ['a', 'b'];
const lengths = async (model) => (await embedMany({ model, values })).embeddings.map(({ length }) => length);

print({
  openai: await tried(openai, 'gpt-5-2025-08-07'),
  'openai-chat': await tried(openai.chat, 'gpt-4.1'),
  'openai-compatible': await tried(compatible, 'gpt-4.1'),
  anthropic: await tried(anthropic, 'claude-4-5-sonnet'),
  google: await tried(google, 'gemini-3-flash'),
  embeddings: [
    await lengths(openai.textEmbeddingModel('ada-002')),
    await lengths(compatible.textEmbeddingModel('ada-002')),
  ],
});
