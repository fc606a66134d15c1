import { without } from '../system/json.ts';
import { Snapshot } from './model/snapshot.ts';
import type { TypeName } from './model/types.ts';
import type { Unseen } from './reading.ts';

/** Types by the member of a realm's representation that has them. */
const TYPES_OF: Readonly<Record<string, readonly TypeName[]>> = {
  roles: ['role', 'client-role'],
  clientScopes: ['client-scope', 'client-scope-mapper'],
  clients: ['client', 'client-mapper'],
  scopeMappings: ['scope-mapping'],
  clientScopeMappings: ['scope-mapping'],
  users: ['service-account', 'user'],
  groups: ['group'],
  authenticationFlows: ['flow', 'execution'],
  authenticatorConfig: ['authenticator-config'],
  identityProviders: ['identity-provider'],
  identityProviderMappers: ['identity-provider-mapper'],
  requiredActions: ['required-action'],
  components: ['user-profile'],
};

/** @returns the types of which these credentials see nothing. */
export function unseenTypes(unseen: readonly Unseen[]): ReadonlySet<TypeName> {
  return new Set(unseen.flatMap(({ members }) => members.flatMap((member) => TYPES_OF[member] ?? [])));
}

/** @returns the files without what these credentials could not see on the server: nobody can compare it. */
export function comparableTo(files: Snapshot, unseen: readonly Unseen[]): Snapshot {
  const members = unseen.flatMap((one) => one.members);
  const types = unseenTypes(unseen);
  return new Snapshot(
    [...files]
      .filter(({ type }) => !types.has(type))
      .map((object) =>
        object.type === 'realm' ? { ...object, fields: without(object.fields, members) } : object,
      ),
  );
}
