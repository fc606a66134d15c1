import { describe, expect, it } from 'vitest';
import { objectsOf } from '../../src/realm/model/objects.ts';
import { ownershipOf, untilCreated } from '../../src/realm/model/ownership.ts';
import { scopesReplacedBy } from '../../src/realm/model/tolerance.ts';

const MAPPER = { name: 'realm roles', protocol: 'openid-connect', protocolMapper: 'x', config: {} };

describe('client scopes of a new realm', () => {
  const files = objectsOf({
    realm: 'r',
    clientScopes: [{ name: 'roles', protocolMappers: [MAPPER] }, { name: 'email' }],
    clients: [{ clientId: 'c', defaultClientScopes: ['profile'] }],
    defaultOptionalClientScopes: ['phone'],
  });

  it.each([
    ['address', true, 'no file mentions it'],
    ['roles', false, 'a file has it'],
    ['profile', false, 'a client of the files has it'],
    ['phone', false, 'the realm of the files has it'],
    ['basic', false, 'Keycloak attaches it by itself'],
    ['roles/client roles', true, 'a file lists the mappers of that scope'],
    ['email/email verified', false, 'the file says nothing about the mappers of that scope'],
    ['profile/nickname', false, 'the scope is not in a file'],
  ])('%s: replaced is %s, because %s', (id, isReplaced) => {
    expect(scopesReplacedBy(files)(id)).toBe(isReplaced);
  });

  it('all stay where the files have none', () => {
    expect(scopesReplacedBy(objectsOf({ realm: 'r', clients: [] }))('address')).toBe(false);
  });

  it('are replaced until the realm is created, and never anything else', () => {
    const ownership = untilCreated(ownershipOf([], []), scopesReplacedBy(files));
    expect(ownership.mayDelete('clientScopes', 'address')).toBe(true);
    expect(ownership.mayDelete('clients', 'address')).toBe(false);
    expect(ownershipOf([], []).mayDelete('clientScopes', 'address')).toBe(false);
  });
});
