import { describe, expect, it } from 'vitest';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import type { HttpRequest } from '../../src/net/http.ts';
import { accessControlOf } from '../../src/platform-api/access-control.ts';
import { userFrom } from '../../src/platform-api/shapes.ts';
import { Secret } from '../../src/system/secret.ts';
import { testContext } from '../support/context.ts';

type Answer = readonly [status: number, body: unknown];
const ORIGIN = 'https://platform.example';
const USER = userFrom({ user_id: 'u1', is_admin: true });
const NOT_FOUND: Answer = [404, { detail: 'Not Found' }];

async function ask(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  const http = async ({ url }: HttpRequest) => {
    const path = new URL(url).pathname.split('/v1/')[1] ?? '';
    asked.push(path);
    const [status, body] = answers[path] ?? NOT_FOUND;
    return {
      status,
      headers: { 'content-type': 'application/json' },
      setCookie: [],
      body: Buffer.from(JSON.stringify(body)),
    };
  };
  const access = fixedAccess(ORIGIN, {
    kind: 'jwt',
    origin: ORIGIN,
    identity: {},
    obtainedAt: 1,
    token: new Secret('a-token'),
  });
  return { control: await accessControlOf(testContext({ override: { http } }), access, USER), asked };
}

const INFO: Answer = [200, { message: 'Codemie', version: '2.42.0' }];

describe('how a platform controls access', () => {
  it.each([
    ['platform', [{ id: 'features:userManagement', settings: { enabled: true } }]],
    ['keycloak', [{ id: 'idpProvider', settings: { value: 'keycloak' } }]],
  ])('%s, as its configuration says', async (access, components) => {
    const { control, asked } = await ask({ info: INFO, config: [200, components] });
    expect(control).toEqual({ version: '2.42.0', access, role: 'admin' });
    expect(asked.sort()).toEqual(['config', 'info']);
  });

  it.each([
    ['platform', [200, { data: [] }]],
    ['keycloak', [400, { error: { message: 'User management not enabled' } }]],
    [null, [500, {}]],
  ] as const)('%s, as the list of projects shows before 2.41', async (access, projects) => {
    const { control } = await ask({ info: [200, { version: '2.40.1' }], projects });
    expect(control).toEqual({ version: '2.40.1', access, role: 'admin' });
  });

  it('is unknown where the platform answers nothing, and no error', async () => {
    expect((await ask({})).control).toEqual({ version: null, access: null, role: 'admin' });
  });
});
