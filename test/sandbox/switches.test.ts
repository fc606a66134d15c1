import { afterEach, describe, expect, it } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts';
import { browse } from '../support/browser.ts';

let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function start(options: SandboxOptions): Promise<void> {
  sandbox = await startSandbox(options);
}

async function ask(path: string, user?: string, init: RequestInit = {}): Promise<Response> {
  const token = user === undefined ? {} : { authorization: `Bearer ${await sandbox.mintToken({ user })}` };
  const headers = { ...token, ...(init.headers as Record<string, string>) };
  return fetch(`${sandbox.apiUrl}${path}`, { redirect: 'manual', ...init, headers });
}

async function body<T>(answer: Response): Promise<T> {
  return (await answer.json()) as T;
}

interface Who {
  readonly user_id: string;
  readonly name: string;
  readonly projects: readonly { readonly name: string; readonly is_project_admin: boolean }[];
  readonly applications: readonly string[];
  readonly applications_admin: readonly string[];
  readonly is_admin: boolean;
}

const who = async (user: string): Promise<Who> => body(await ask('/v1/user', user));
const settingOf = async (id: string): Promise<unknown> => {
  const list = await body<{ id: string; settings: { value?: string } }[]>(await ask('/v1/config'));
  return list.find((entry) => entry.id === id)?.settings;
};

describe('user management', () => {
  it('Keycloak: a project the user only administers is only in applications_admin; the personal one is listed', async () => {
    await start({});
    const ada = await who('ada');
    expect(ada.projects.map(({ name }) => name)).toEqual(['analytical-engine', 'ada@sandbox.example']);
    expect([ada.applications, ada.applications_admin]).toEqual([
      ['analytical-engine', 'ada@sandbox.example'],
      ['difference-engine'],
    ]);
    expect(await settingOf('features:userManagement')).toBeUndefined();
    expect(await settingOf('idpProvider')).toMatchObject({ value: 'keycloak' });
  });

  it('platform: all projects are listed, and a platform administrator may use every one', async () => {
    await start({ access: 'platform' });
    const ada = await who('ada');
    expect(ada.projects).toContainEqual({
      name: 'difference-engine',
      display_name: null,
      is_project_admin: true,
    });
    expect(ada.applications).toEqual(['analytical-engine', 'difference-engine', 'ada@sandbox.example']);
    expect((await who('grace')).is_admin).toBe(true);
    const all = await body<{ applications: { name: string }[] }>(
      await ask('/v1/admin/applications', 'grace'),
    );
    expect(all.applications.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['analytical-engine', 'difference-engine', 'compilers', 'bob@sandbox.example']),
    );
    expect(await settingOf('features:userManagement')).toBeDefined();
  });

  it('local accounts imply the platform; a token lasts a day, and the sixth attempt in fifteen minutes is rejected', async () => {
    await start({ signIn: 'local' });
    const login = (password: string): Promise<Response> =>
      ask('/v1/local-auth/login', undefined, {
        method: 'POST',
        body: JSON.stringify({ email: 'ada@sandbox.example', password }),
      });
    const { access_token } = await body<{ access_token: string }>(await login('ada-sandbox-password'));
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    expect(claims).toMatchObject({ iss: 'codemie-local', exp: claims.iat + 86_400 });
    for (let i = 0; i < 4; i += 1) expect((await login('wrong')).status).toBe(401);
    const sixth = await login('ada-sandbox-password');
    expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, null]);
    const dan = await ask('/v1/user', 'dan');
    expect([dan.status, await body(dan)]).toMatchObject([
      401,
      { error: { message: 'Account is deactivated' } },
    ]);
  });

  it('a fresh platform has no sign-in, and takes the whole header as a name', async () => {
    await start({ signIn: 'local', access: 'keycloak' });
    expect((await ask('/v1/local-auth/login', undefined, { method: 'POST', body: '{}' })).status).toBe(404);
    expect(await settingOf('idpProvider')).toMatchObject({ value: 'local' });
    const { name, user_id } = await who('ada');
    expect([name, user_id]).toEqual([expect.stringMatching(/^Bearer ey/), name]);
  });
});

describe('a front server', () => {
  it('blocks the API until you sign in, and lets a browser sign in on its page', async () => {
    await start({ front: 'guarded' });
    for (const path of ['/v1/info', '/v1/healthcheck', '/config.js', '/v1/no-such-thing'])
      expect((await ask(path)).headers.get('location'), path).toMatch(
        /^\/oauth2\/start\?rd=%2Fcode-assistant-api/,
      );
    expect((await ask('/v1/info', 'ada')).status).toBe(200);
    expect((await fetch(`${sandbox.url}/somewhere`)).headers.get('content-type')).toContain('text/html');
    const seen: string[] = [];
    await browse(
      `${sandbox.apiUrl}/v1/info`,
      () => false,
      ({ title }) => {
        seen.push(title);
        if (title === '') return undefined;
        return {
          username: 'ada',
          password: seen.length === 1 ? 'wrong' : 'ada-sandbox-password',
          do: 'login',
        };
      },
    );
    expect(seen).toEqual(['Sign in to the CodeMie sandbox', 'Sign in to the CodeMie sandbox', '']);
  });

  it('redirects only to its own addresses', async () => {
    await start({ front: 'guarded', autoApprove: 'ada' });
    for (const elsewhere of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
      const url = `${sandbox.url}/oauth2/start?rd=${encodeURIComponent(elsewhere)}`;
      expect((await fetch(url, { redirect: 'manual' })).headers.get('location'), elsewhere).toBe('/');
    }
  });
});

describe('the oldest client', () => {
  const knock = async (version: string): Promise<number> =>
    (await ask('/v1/models', 'ada', { headers: { 'x-codemie-cli': version } })).status;

  it.each([
    ['codemie-cli/0.0.46', 426],
    ['codemie-cli/0.0.47', 200],
    ['0.14.1', 200],
    ['codemie-cli/0.0.47rc1', 426],
    ['codemie-cli/1.0.0-rc.1', 200],
    ['codemie-cli/1.0.0+build.5', 200],
    ['codemie-cli/1.0.0-next.3', 426],
    ['dev', 426],
    ['', 200],
  ])('%s gives %d', async (version, status) => {
    await start({});
    expect(await knock(version)).toBe(status);
  });

  it('can be set like the server’s variable, or turned off', async () => {
    await start({ minClientVersion: '9.1' });
    expect([await knock('codemie-cli/9.0.5'), await knock('codemie-cli/9.1.0')]).toEqual([426, 200]);
    await sandbox.close();
    await start({ minClientVersion: '' });
    expect(await knock('dev')).toBe(200);
  });
});

describe('model routes', () => {
  const post = (path: string, sent: unknown): Promise<Response> =>
    ask(path, 'ada', { method: 'POST', body: JSON.stringify(sent) });

  it('embeddings are in base64 on request, as the npm client asks', async () => {
    await start({});
    const embed = async (more: object): Promise<unknown> => {
      const answer = await post('/v1/embeddings', { model: 'ada-002', input: 'a', ...more });
      return (await body<{ data: { embedding: unknown }[] }>(answer)).data[0]?.embedding;
    };
    const numbers = (await embed({})) as number[];
    const packed = Buffer.from(String(await embed({ encoding_format: 'base64' })), 'base64');
    expect(packed.length).toBe(numbers.length * 4);
    expect(numbers.map((_, i) => packed.readFloatLE(i * 4))).toEqual(numbers);
  });

  it('a Gemini stream does not depend on the query; one Gemini route and the page of a model are missing', async () => {
    await start({});
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    for (const query of ['', '?alt=sse']) {
      const answer = await post(`/v1beta/models/gemini-3.1-pro:streamGenerateContent${query}`, { contents });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('text/event-stream'),
      ]);
    }
    expect((await post('/v1/models/gemini-3.1-pro:countTokens', { contents })).status).toBe(200);
    expect((await post('/v1beta/models/gemini-3.1-pro:countTokens', { contents })).status).toBe(404);
    expect((await ask('/v1/models/gemini-3.1-pro', 'ada')).status).toBe(404);
    expect((await ask('/v1/messages', 'ada')).status).toBe(405);
  });

  it.each([
    ['/v1/messages', { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }],
    ['/v1/responses', { input: 'hi' }],
  ])('%s works with every model in the list', async (path, sent) => {
    await start({});
    const models = await body<{ base_name: string }[]>(await ask('/v1/llm_models', 'ada'));
    expect([models.length, models[0]?.base_name]).toEqual([18, 'gpt-4.1']);
    for (const { base_name: model } of models)
      expect((await post(path, { model, ...sent })).status, model).toBe(200);
  });

  it('an upstream fault affects only model calls, and can be limited to a number of them', async () => {
    await start({});
    const faults = `${sandbox.controlUrl}/faults`;
    const send = (fault: object): Promise<Response> =>
      fetch(faults, { method: 'POST', body: JSON.stringify(fault) });
    expect((await send({ fault: 'model-denied', count: 1 })).status).toBe(200);
    expect((await send({ fault: 'model-denied', route: 'token' })).status).toBe(400);
    expect((await ask('/v1/user', 'ada')).status).toBe(200);
    const call = (): Promise<Response> => post('/v1/responses', { model: 'gpt-4.1', input: 'hi' });
    const denied = await call();
    expect([denied.status, await body(denied)]).toMatchObject([
      401,
      { error: { type: 'key_model_access_denied', code: '401' } },
    ]);
    expect((await call()).status).toBe(200);
    await send({ fault: '500', route: 'model', count: 1 });
    expect((await ask('/v1/user', 'ada')).status).toBe(200);
    expect((await call()).status).toBe(500);
  });
});
