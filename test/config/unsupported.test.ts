import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/profile.ts';
import { select } from '../../src/config/selection.ts';
import { saveProfile } from '../../src/config/write.ts';
import { openAccess } from '../../src/credentials/find/find-access.ts';
import { config } from '../../src/doctor/checks/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import { failureOf } from '../sign-in/support.ts';
import { type TestContext, testContext } from '../support/context.ts';

async function machine(fields: Parameters<typeof saveProfile>[2]): Promise<TestContext> {
  const context = testContext();
  await saveProfile(context, 'aws', fields, { activate: true });
  return context;
}

describe('a profile of an unsupported provider', () => {
  it.each([
    ['bedrock', 'https://bedrock-runtime.us-east-1.amazonaws.com', 'Amazon Bedrock'],
    ['ollama', 'http://localhost:11434', 'Ollama'],
    ['azure', 'https://x.openai.azure.com', 'Azure OpenAI'],
    ['anthropic-subscription', undefined, 'an Anthropic subscription'],
    ['something', 'https://s.example', 'the provider "something"'],
    ['constructor', 'https://s.example', 'the provider "constructor"'],
  ])('%s gives one error with a remedy, and no advice to sign in there', async (provider, baseUrl, title) => {
    const context = await machine({ provider, ...(baseUrl && { baseUrl }) });
    const error = await failureOf(openAccess(context, {}));
    expect([error.code, error.exit]).toEqual(['PROVIDER_UNSUPPORTED', 'config']);
    expect(error.message).toBe(`Profile "aws" uses ${title}, which codemie doesn't support yet.`);
    expect([error.hint, ...error.remedies].join('\n')).not.toMatch(/amazonaws|localhost|login --url/);
  });

  it('a sign-in without a URL says so, and opens nothing', async () => {
    const context = await machine({ provider: 'bedrock', baseUrl: 'https://bedrock.example' });
    const request = { method: 'browser', openBrowser: true, timeoutMs: 1000 } as const;
    const error = await failureOf(signIn(context, request));
    expect([error.code, error.message, error.fix]).toEqual([
      'PROVIDER_UNSUPPORTED',
      'Profile "aws" uses Amazon Bedrock, which codemie doesn\'t support yet.',
      'codemie profile list',
    ]);
    expect(error.hint).toContain('add --url');
    expect(context.opened).toEqual([]);
  });

  it('doctor says so, and does not ask for a CodeMie URL', async () => {
    const context = await machine({ provider: 'bedrock', baseUrl: 'https://bedrock.example' });
    const { checks } = await examine(context, [config], { offline: true });
    expect(checks[0]).toMatchObject({
      status: 'fail',
      detail: 'Profile "aws" uses Amazon Bedrock, which codemie doesn\'t support yet. [PROVIDER_UNSUPPORTED]',
      fix: ['codemie profile list'],
    });
  });

  it('is used normally if a URL is given, or if it names a platform', () => {
    const settings: Config = {
      version: 2,
      profiles: {
        aws: { name: 'aws', provider: 'bedrock', baseUrl: 'https://bedrock.example' },
        own: { name: 'own', provider: 'our-own-word', codeMieUrl: 'https://h.example' },
        llm: { name: 'llm', provider: 'litellm', baseUrl: 'https://llm.example' },
      },
    };
    const told = select(settings, {}, { profile: 'aws', baseUrl: 'https://h.example' });
    expect(told).toMatchObject({ origin: 'https://h.example', unsupported: undefined });
    for (const profile of ['own', 'llm'])
      expect(select(settings, {}, { profile }).unsupported).toBeUndefined();
    expect(select(settings, {}, { profile: 'aws' })).toMatchObject({
      origin: undefined,
      unsupported: 'Amazon Bedrock',
    });
  });
});
