import { describe, expect, it } from 'vitest';
import { openGates } from '../../src/realm/gates.ts';
import { objectsOf } from '../../src/realm/model/objects.ts';
import type { TypeName } from '../../src/realm/model/types.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';

/** Messages about the gates of a server whose one gate has this condition. */
function told(
  condition: JsonObject,
  server: JsonObject = {},
  { requirement = 'REQUIRED', file = {}, unseen = [] as TypeName[] } = {},
): readonly string[] {
  const step = {
    authenticator: 'conditional',
    requirement,
    priority: 1,
    authenticatorConfig: 'the condition',
  };
  const realm = objectsOf({
    authenticationFlows: [
      { alias: 'gate', providerId: 'basic-flow', topLevel: true, authenticationExecutions: [step] },
    ],
    authenticatorConfig: [{ alias: 'the condition', config: condition }],
    ...server,
  });
  return openGates(objectsOf(file), realm, new Set(unseen)).map(({ message }) => message);
}

const SCOPE = { client_scope: 'mark' };
const marked = (...defaultClientScopes: string[]): JsonObject => ({
  clients: [{ clientId: 'web', defaultClientScopes }],
});

describe('a gate that lets everybody through', () => {
  it('looks for a client scope that the realm does not have', () => {
    expect(told(SCOPE)).toEqual([
      'The gate in the flow "gate" lets everybody through: the realm has no client scope "mark".',
    ]);
    expect(told(SCOPE, { clientScopes: [{ name: 'mark' }] })).toEqual([]);
  });

  it('looks for a role that the realm does not have; the role of a client has its name before a dot', () => {
    expect(told({ condUserRole: 'boss', negate: 'true' })).toEqual([
      expect.stringContaining('has no role "boss"'),
    ]);
    expect(told({ condUserRole: 'boss' }, { roles: { realm: [{ name: 'boss' }] } })).toEqual([]);
    const ofClient = { roles: { client: { 'my.app': [{ name: 'big.boss' }] } } };
    expect(told({ condUserRole: 'my.app.big.boss' }, ofClient)).toEqual([]);
    expect(told({ condUserRole: 'my.app.boss' }, ofClient)).toHaveLength(1);
  });

  it('guards a client that lacks its mark, where the files give it one', () => {
    const server = { clientScopes: [{ name: 'mark' }, { name: 'email' }], ...marked('email') };
    expect(told(SCOPE, server, { file: marked('email', 'mark') })).toEqual([
      'A gate lets everybody through at the client "web": the client lacks the scope "mark".',
    ]);
    expect(told(SCOPE, server, { file: marked('email') })).toEqual([]);
    expect(told(SCOPE, { ...server, ...marked('mark') }, { file: marked('mark') })).toEqual([]);
    expect(told(SCOPE, { clientScopes: [{ name: 'mark' }] }, { file: marked('mark') })).toEqual([]);
  });

  it('is none where the step is disabled, has no configuration, or nobody may see what it looks for', () => {
    expect(told(SCOPE, {}, { requirement: 'DISABLED' })).toEqual([]);
    expect(told(SCOPE, { authenticatorConfig: [] })).toEqual([]);
    expect(told(SCOPE, {}, { unseen: ['client-scope'] })).toEqual([]);
    expect(told({ condUserRole: 'boss' }, {}, { unseen: ['client-role'] })).toEqual([]);
  });
});
