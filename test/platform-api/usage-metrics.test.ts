import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keyProvider } from '../../src/config/providers.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import type { HttpRequest } from '../../src/net/http.ts';
import { type SessionFacts, sendMetrics, sessionMetrics } from '../../src/platform-api/usage-metrics.ts';
import { testContext } from '../support/context.ts';
import { jwtCredential } from '../support/platform.ts';

const ORIGIN = 'https://platform.example';
const FACTS: SessionFacts = {
  agent: 'claude',
  client: 'codemie-claude',
  sessionId: 's-1',
  project: 'team-a',
  repository: 'acme/widgets',
  branch: 'main',
  model: 'claude-sonnet-4-6',
  prompts: 2,
  tools: { Read: 2, Bash: 1 },
  status: 'completed',
  duration: 12_345,
};

/** The metrics that the platform's analytics read, and its responses to a metric. */
const RECORDED = JSON.parse(
  readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8'),
) as Readonly<Record<'named' | 'unnamed', { client: string | null; body: { message: string } }>>;

/** A platform that names metrics like the real one. */
async function sent(facts: SessionFacts): Promise<{ stored: string[]; requests: HttpRequest[] }> {
  const stored: string[] = [];
  const requests: HttpRequest[] = [];
  const context = testContext({
    override: {
      http: async (request) => {
        requests.push(request);
        const { name } = JSON.parse(String(request.body)) as { name: string };
        const { message } = RECORDED[request.headers?.['x-codemie-client'] ? 'named' : 'unnamed'].body;
        stored.push(message.replace('codemie_cli_session_total', name));
        return { status: 200, headers: {}, setCookie: [], body: Buffer.from('{"success":true}') };
      },
    },
  });
  await sendMetrics(context, fixedAccess(ORIGIN, jwtCredential(ORIGIN)), facts);
  return { stored, requests };
}

it('session metrics have the names that the platform’s analytics read', async () => {
  const { stored, requests } = await sent(FACTS);
  expect(stored.sort()).toEqual([
    "Metric 'codemie_cli_session_total' sent successfully",
    "Metric 'codemie_cli_tool_usage_total' sent successfully",
  ]);
  expect(requests[0]).toMatchObject({
    url: `${ORIGIN}/code-assistant-api/v1/metrics`,
    method: 'POST',
    headers: { 'x-codemie-client': 'codemie-claude', 'x-codemie-cli': 'codemie-cli/1.0.0' },
  });
});

it('the metrics contain these counts, and name each tool once per call', () => {
  const [session, tools] = sessionMetrics(FACTS);
  const about = {
    agent: 'claude',
    codemie_client: 'codemie-claude',
    session_id: 's-1',
    project: 'team-a',
    repository: 'acme/widgets',
    branch: 'main',
    llm_model: 'claude-sonnet-4-6',
    session_duration_ms: 12_345,
    had_errors: false,
    count: 1,
  };
  expect(session?.attributes).toMatchObject({ ...about, status: 'completed' });
  expect(tools?.attributes).toMatchObject({
    ...about,
    total_user_prompts: 2,
    total_tool_calls: 3,
    tool_names: ['Read', 'Read', 'Bash'],
  });
});

it('no attribute is an object, because the platform drops metrics that have one', () => {
  for (const { attributes } of sessionMetrics({ ...FACTS, project: undefined, model: undefined }))
    for (const [name, value] of Object.entries(attributes)) {
      const flat = Array.isArray(value) ? value : [value];
      expect(
        flat.every((entry) => ['string', 'number', 'boolean'].includes(typeof entry)),
        name,
      ).toBe(true);
    }
});

it('a tool with very many calls does not make the request too large', () => {
  const [, tools] = sessionMetrics({ ...FACTS, tools: { Read: 1_000_000, Bash: 5 } });
  expect(tools?.attributes['total_tool_calls']).toBe(1_000_005);
  expect(JSON.stringify(tools).length).toBeLessThan(20_000);
});

it('nothing is sent to a model provider, and a platform that does not respond causes no error', async () => {
  let requests = 0;
  const http = async (): Promise<never> => {
    requests += 1;
    throw new Error('no network');
  };
  const context = testContext({ override: { http } });
  const credential = jwtCredential(ORIGIN);
  const provider = { keyProvider: keyProvider('openai') };
  await sendMetrics(context, fixedAccess(ORIGIN, credential, provider), FACTS);
  expect(requests).toBe(0);
  await sendMetrics(context, fixedAccess(ORIGIN, credential), FACTS);
  expect(requests).toBe(2);
});
