import { describe, expect, it } from 'vitest';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import type { JsonObject } from '../../src/realm/model/values.ts';
import { mentionedIn, planFor } from '../../src/realm/plan.ts';

function changes(file: JsonObject, server: JsonObject): readonly string[] {
  const reading = {
    representation: { realm: 'acme', ...server },
    userProfile: undefined,
    notCovered: [],
    unseen: [],
    ids: new Map<string, string>(),
  };
  return planFor('acme', mentionedIn([file], 'acme'), reading, ownershipOf([file], [])).changes.map(
    ({ type, id, path }) => `${type} ${id} ${path}`,
  );
}

const admin = (...names: string[]): JsonObject => ({
  roles: {
    client: {
      'realm-management': [{ name: 'realm-admin', composites: { client: { 'realm-management': names } } }],
    },
  },
});

describe('a file of an older server', () => {
  it('does not take from a role of Keycloak what the newer server has added to it', () => {
    expect(changes(admin('view-users'), admin('view-users', 'manage-workflows'))).toEqual([]);
    expect(changes(admin('view-users', 'view-realm'), admin('view-users', 'manage-workflows'))).toEqual([
      'client-role realm-management/realm-admin composites',
    ]);
  });

  it('takes from it what somebody else has added, and from other roles everything', () => {
    const composites = { client: { 'realm-management': ['view-users'] }, realm: ['boss'] };
    const server = { roles: { client: { 'realm-management': [{ name: 'realm-admin', composites }] } } };
    const path = 'client-role realm-management/realm-admin composites';
    expect(changes(admin('view-users'), server)).toEqual([path]);
    const views = (...names: string[]): JsonObject =>
      JSON.parse(JSON.stringify(admin(...names)).replace('"realm-admin"', '"view-users"'));
    expect(changes(views('query-users'), views('query-users', 'manage-realm'))).toEqual([
      'client-role realm-management/view-users composites',
    ]);
  });

  it('leaves alone what has no effect on the client with the roles of administrators, which the newer server refuses', () => {
    const client = (fields: JsonObject) => ({ clients: [{ clientId: 'realm-management', ...fields }] });
    const inert = (text: string) => ({ name: text, attributes: { a: text }, optionalClientScopes: [text] });
    expect(changes(client(inert('old')), client(inert('new')))).toEqual([]);
    expect(changes(client({ publicClient: false }), client({ publicClient: true }))).toEqual([
      'client realm-management publicClient',
    ]);
  });
});
