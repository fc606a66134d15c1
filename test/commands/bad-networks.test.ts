import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseProgram } from '../../src/commands/program.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { LIMITS } from '../../src/net/limits.ts';
import { CodemieError, interrupted } from '../../src/system/errors.ts';
import { type BadNetwork, badNetwork, MISBEHAVIOURS, type Misbehaviour } from '../support/bad-network.ts';
import { type TestContext, temporaryFolder, testContext } from '../support/context.ts';
import { fakeProvider } from '../support/fake-provider.ts';
import { type Answer, get, post, testGateway } from '../support/platform.ts';

const PLATFORM = 'https://codemie.example';
const TOKEN = [{ alg: 'RS256' }, { sub: 'u-1', exp: 4_000_000_000 }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('c2lnbmF0dXJl')
  .join('.');

/** Short, so that every combination runs to its end. */
const SHORT = { connectMs: 250, exchangeMs: 250, pausesMs: [10, 40] };
/** The limit per combination: three attempts, the pauses between them, and a busy machine. */
const BOUND_MS = 15_000;

interface Outcome {
  readonly code: string;
  /** Everything that was printed or answered. */
  readonly text: string;
}

async function command(context: TestContext, ...argv: string[]): Promise<Outcome> {
  const chosen = await parseProgram(COMMANDS, argv, context.terminal);
  if (chosen === undefined) throw new Error('no command');
  try {
    const code = await (await chosen.spec.load()).run(chosen.input, context);
    return { code: String(code), text: context.out.stdout + context.out.stderr };
  } catch (error) {
    if (!(error instanceof CodemieError)) throw error;
    return { code: error.code, text: `${error.message} ${error.hint} ${context.out.stdout}` };
  }
}

/** Everything that sends requests, each ending on its own and by a signal. */
const ASKING: Readonly<Record<string, (context: TestContext, url: string) => Promise<Outcome>>> = {
  'profile status': (context) => command(context, 'profile', 'status', '--json'),
  'profile login': (context, url) =>
    command(context, 'profile', 'login', '--url', url, '--device', '--store', 'plaintext-file'),
  'codemie-claude': (context) => command(context, 'run', 'claude', '--task', 'x'),
  doctor: (context) => command(context, 'doctor', '--json'),
  gateway: async (context, url) => {
    const gateway = await testGateway(url, {}, context);
    context.signal.addEventListener('abort', () => void gateway.close(), { once: true });
    const answer = await post(gateway, '/v1/messages').catch(() => ({ status: 'TERMINATED', body: '' }));
    return { code: String(answer.status), text: answer.body };
  },
};
const ENDS: Readonly<Record<string, string>> = {
  'profile status': '5',
  'profile login': 'UNREACHABLE',
  'codemie-claude': 'UNREACHABLE',
  doctor: '1',
  gateway: '502',
};

interface Machine {
  readonly context: TestContext;
  readonly network: BadNetwork;
  readonly url: string;
  /** The file that an agent would create. */
  readonly started: string;
}

async function machine(how: Misbehaviour, isProxy: boolean, limits: object): Promise<Machine> {
  const network = await badNetwork(how);
  const url = isProxy ? PLATFORM : `http://${network.host}`;
  const folder = temporaryFolder();
  const started = join(folder, 'started');
  writeFileSync(join(folder, 'claude'), `#!/bin/sh\n: > '${started}'\n`);
  chmodSync(join(folder, 'claude'), 0o755);
  const env = {
    PATH: folder,
    HTTPS_PROXY: `http://ada:pass-0815@${network.host}`,
    CODEMIE_URL: url,
    CODEMIE_JWT_TOKEN: TOKEN,
  };
  return { context: testContext({ env, limits }), network, url, started };
}

const hows = Object.keys(MISBEHAVIOURS) as Misbehaviour[];
const SAYS: Partial<Record<Misbehaviour, RegExp>> = {
  closes: /closed the connection/,
  resets: /closed the connection/,
  'never answers': /did not answer within/,
  'answers 403': /answered HTTP 403/,
  'answers 407': /answered HTTP 407: it rejected the user name and password in HTTPS_PROXY/,
  'answers 407 and knows NTLM alone': /requires Negotiate or NTLM, which codemie doesn't support/,
  'answers 503': /answered HTTP 503/,
};

describe.each(hows)('behind a proxy that %s', (how) => {
  it.each(Object.keys(ASKING))('%s ends within its limits, and names the proxy', async (who) => {
    const { context, network, url, started } = await machine(how, true, SHORT);
    const began = performance.now();
    const outcome = await ASKING[who]?.(context, url);
    expect(performance.now() - began).toBeLessThan(BOUND_MS);
    expect(outcome?.code, outcome?.text).toBe(ENDS[who]);
    expect(outcome?.text).not.toContain('pass-0815');
    if (SAYS[how] !== undefined && who !== 'profile status') {
      expect(outcome?.text).toMatch(SAYS[how]);
      expect(outcome?.text).toContain(`${network.host} (HTTPS_PROXY)`);
    }
    // Three attempts of the first request: a launch sends two at once, and doctor has more checks.
    expect(network.connections()).toBeLessThanOrEqual({ 'codemie-claude': 6, doctor: 9 }[who] ?? 3);
    expect(existsSync(started)).toBe(false);
  });
});

it('by default a command waits 15 seconds, and tries again after a pause', () => {
  expect(LIMITS).toMatchObject({ connectMs: 15_000, exchangeMs: 15_000, pausesMs: [200, 800] });
});

describe.each(['closes', 'resets', 'never answers', 'answers a letter at a time'] as const)(
  'a platform that %s',
  (how) => {
    // The first byte of a model's answer has no limit; the agent has its own.
    const asking = Object.keys(ASKING).filter((who) => who !== 'gateway' || /closes|resets/.test(how));
    it.each(asking)('%s ends within its limits', async (who) => {
      const { context, url } = await machine(how, false, SHORT);
      const began = performance.now();
      const outcome = await ASKING[who]?.(context, url);
      expect(performance.now() - began).toBeLessThan(BOUND_MS);
      expect(outcome?.code, outcome?.text).toBe(ENDS[who]);
    });
  },
);

describe.each([
  ['a proxy', true, 'never answers'],
  ['a proxy', true, 'opens a tunnel that is dead'],
  ['a platform', false, 'never answers'],
  ['a platform', false, 'answers a letter at a time'],
] as const)('%s (%s) that %s', (_what, isProxy, how) => {
  it.each(Object.keys(ASKING))('%s ends on one SIGTERM, long before its limits', async (who) => {
    const { context, network, url } = await machine(how, isProxy, {});
    const outcome = ASKING[who]?.(context, url);
    await network.reached;
    const stopped = performance.now();
    context.stop(interrupted('SIGTERM'));
    expect((await outcome)?.code).toBe('TERMINATED');
    expect(performance.now() - stopped).toBeLessThan(2000);
  });
});

describe('after the machine slept, over connections that no longer answer', () => {
  const HOUR_MS = 3_600_000;
  const MODEL = {
    base_name: 'claude-sonnet-4-6',
    deployment_name: 'claude-sonnet-4-6',
    label: 'm',
    enabled: true,
  };

  async function sleeper(limits: object = {}) {
    const provider = await fakeProvider();
    const api = '/code-assistant-api/v1';
    provider.replies.set(`${api}/llm_models`, () => ({ body: [MODEL] }));
    provider.replies.set(`${api}/healthcheck`, () => ({ body: { status: 'healthy' } }));
    for (const path of [`${api}/messages`, `${api}/models`]) provider.replies.set(path, () => ({ body: {} }));
    provider.answersOnce = true;
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'claude'), '#!/bin/sh\n');
    chmodSync(join(folder, 'claude'), 0o755);
    const env = { PATH: folder, CODEMIE_URL: provider.url, CODEMIE_JWT_TOKEN: TOKEN };
    const clock = { now: () => Date.now(), sleep: async () => undefined };
    const context = testContext({ env, limits, override: { clock } });
    const wake = (): void => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + HOUR_MS });
      onTestFinished(() => void vi.useRealTimers());
    };
    return { provider, context, wake };
  }

  it.each(['profile status', 'profile login', 'codemie-claude', 'doctor'])(
    '%s continues at once, over new connections',
    async (who) => {
      const { provider, context, wake } = await sleeper();
      const before = await ASKING[who]?.(context, provider.url);
      wake();
      const began = performance.now();
      const after = await ASKING[who]?.(context, provider.url);
      expect(performance.now() - began).toBeLessThan(5000);
      expect([before?.code, after?.code], after?.text).toEqual(['0', '0']);
    },
  );

  it.each(['POST', 'GET'])('the gateway sends a %s over a new connection', async (method) => {
    const { provider, context, wake } = await sleeper({ idleMs: 60_000 });
    const gateway = await testGateway(provider.url, {}, context);
    const ask = (): Promise<Answer> =>
      method === 'POST' ? post(gateway, '/v1/messages') : get(gateway, '/v1/models');
    expect((await ask()).status).toBe(200);
    wake();
    const began = performance.now();
    expect((await ask()).status).toBe(200);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('on one SIGTERM, the gateway ends a request over a connection that died a second before', async () => {
    const { provider, context } = await sleeper();
    const gateway = await testGateway(provider.url, {}, context);
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
    const unanswered = post(gateway, '/v1/messages').catch(() => 'INTERRUPTED');
    await vi.waitFor(() => expect(provider.count('/code-assistant-api/v1/messages')).toBe(2));
    const stopped = performance.now();
    await gateway.close();
    expect(await unanswered).toBe('INTERRUPTED');
    expect(performance.now() - stopped).toBeLessThan(2000);
  });
});
