import { describe, expect, it } from 'vitest';
import { authOutcomeOf } from '../../src/platform-api/auth-outcome.ts';
import { modelsFrom, userFrom } from '../../src/platform-api/shapes.ts';

describe('GET /v1/user', () => {
  it('merges both formats, ignoring case and including admin-only projects', () => {
    const user = userFrom({
      user_id: 'u1',
      username: 'ada',
      projects: [{ name: 'Alpha', is_project_admin: false }],
      applications: ['alpha', 'beta'],
      applicationsAdmin: ['ALPHA', 'gamma'],
    });
    expect(user).toEqual({
      id: 'u1',
      name: 'ada',
      role: 'project-admin',
      isAdmin: false,
      projects: [
        { name: 'Alpha', isAdmin: true },
        { name: 'beta', isAdmin: false },
        { name: 'gamma', isAdmin: true },
      ],
    });
  });

  it('works with either format missing', () => {
    expect(userFrom({ userId: 'x', isAdmin: true })).toEqual({
      id: 'x',
      role: 'admin',
      isAdmin: true,
      projects: [],
    });
  });
});

describe('the role of a person', () => {
  it.each([
    ['user', { projects: [{ name: 'a', is_project_admin: false }] }],
    ['project-admin', { applications_admin: ['a'] }],
    ['admin', { is_admin: true, applications_admin: ['a'] }],
    ['maintainer', { is_admin: true, is_maintainer: true }],
  ])('%s', (role, body) => {
    expect(userFrom(body)).toMatchObject({ role, isAdmin: role === 'admin' || role === 'maintainer' });
  });
});

describe('GET /v1/llm_models', () => {
  it('uses id, base_name or deployment_name, in this order, and hides disabled models', () => {
    const models = modelsFrom([
      { base_name: 'a', deployment_name: 'dep-a', label: 'A', enabled: true, default: true },
      { deployment_name: 'dep-b', enabled: true },
      { base_name: 'c', enabled: false },
      { label: 'nameless' },
      'junk',
    ]);
    expect(models).toMatchObject([
      { id: 'a', names: ['a', 'dep-a'], label: 'A', isDefault: true },
      { id: 'dep-b', names: ['dep-b'], label: 'dep-b', isDefault: false },
    ]);
    expect(models).toHaveLength(2);
  });

  it.each([
    [{}, { images: true, tools: true, temperature: true }],
    [
      { multimodal: false, max_output_tokens: 32_768, features: { tools: false, temperature: false } },
      { images: false, tools: false, temperature: false, maxOutput: 32_768 },
    ],
    [
      { max_output_tokens: '1e9', features: null },
      { images: true, tools: true, temperature: true },
    ],
    [{ max_output_tokens: -1 }, { images: true, tools: true, temperature: true }],
  ])('reads what a model can do: %j', (said, abilities) => {
    expect(modelsFrom([{ base_name: 'a', ...said }])[0]?.abilities).toEqual(abilities);
  });
});

describe('the four responses to an expired session', () => {
  it.each([
    ['401', 401, {}, 'not-signed-in'],
    ['a redirect to the identity provider', 302, { location: 'https://idp/login' }, 'not-signed-in'],
    ['a login page with 200', 200, { 'content-type': 'text/html; charset=utf-8' }, 'not-signed-in'],
    ['a sign-in page with 403', 403, { 'content-type': 'text/html' }, 'not-signed-in'],
    ['a plain refusal', 403, { 'content-type': 'application/json' }, 'denied'],
    ['data', 200, { 'content-type': 'application/json' }, 'ok'],
    ['not modified', 304, {}, 'ok'],
    ['a server error', 500, {}, 'failed'],
  ] as const)('%s', (_name, status, headers, face) => {
    expect(authOutcomeOf({ status, headers })).toBe(face);
  });
});
