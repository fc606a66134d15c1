import { describe, expect, it } from 'vitest';
import { type OwnershipOptions, ownershipOf } from '../../src/realm/model/ownership.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';
import { mentionedIn, planFor } from '../../src/realm/plan.ts';
import { AT_START } from '../../src/realm/start-hook.ts';

const GATE = { authenticatorConfig: [{ alias: 'gate scope', config: { client_scope: 'marker' } }] };
const SCOPES = {
  clientScopes: ['basic', 'profile', 'email', 'marker'].map((name) => ({ name, protocol: 'openid-connect' })),
};
const client = (defaultClientScopes: readonly string[], optionalClientScopes: readonly string[] = []) => ({
  clients: [
    { clientId: 'web', name: defaultClientScopes.join(' '), defaultClientScopes, optionalClientScopes },
  ],
});
const FILE = { ...GATE, ...client(['profile', 'marker']), clientScopes: [{ name: 'marker' }] };

function changes(
  actual: JsonObject,
  options: OwnershipOptions = AT_START,
  flags: readonly string[] = [],
): readonly unknown[] {
  const representation = { realm: 'acme', ...SCOPES, ...GATE, ...actual };
  const reading = {
    representation,
    userProfile: undefined,
    notCovered: [],
    unseen: [],
    ids: new Map<string, string>(),
  };
  const plan = planFor('acme', mentionedIn([FILE], 'acme'), reading, ownershipOf([FILE], flags, options));
  return plan.changes.map(({ id, path, before, after }) => [id, path, before, after]);
}

describe('a scope by which a flow tells clients apart', () => {
  it('is given back to a client, although the client is the operator’s; its other scopes and fields stay', () => {
    expect(changes(client(['basic', 'email'], ['marker', 'profile']))).toEqual([
      ['web', 'defaultClientScopes', ['email'], ['email', 'marker']],
      ['web', 'optionalClientScopes', ['marker', 'profile'], ['profile']],
    ]);
  });

  it('is no difference where the client has it', () => {
    expect(changes(client(['email', 'marker']))).toEqual([]);
  });

  it.each([
    ['flows', ['authenticationFlows=seed']],
    ['clients', ['clients=ignore']],
  ])('is left alone where the %s are', (_, flags) => {
    expect(changes(client(['email']), AT_START, flags)).toEqual([]);
  });

  it('is compared with all others where clients are kept as the file says', () => {
    expect(changes(client(['email']), {})).toEqual([
      ['web', 'name', 'email', 'profile marker'],
      ['web', 'defaultClientScopes', ['email'], ['profile', 'marker']],
    ]);
  });
});
