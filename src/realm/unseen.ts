import { without } from '../system/json.ts';
import { stepOf } from './model/flows.ts';
import type { Ownership } from './model/ownership.ts';
import { type RealmObject, Snapshot } from './model/snapshot.ts';
import { familyOf, type TypeName } from './model/types.ts';
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
  const isBelow = belowFlows(files, members);
  return new Snapshot(
    [...files]
      .filter((object) => !types.has(object.type) && !isBelow(object))
      .map((object) =>
        object.type === 'realm' ? { ...object, fields: without(object.fields, members) } : object,
      ),
  );
}

/** @returns what of `unseen` the files say something about that is not ignored. */
export function missedBy(
  files: Snapshot,
  unseen: readonly Unseen[],
  ownership: Ownership,
): readonly Unseen[] {
  const counted = [...files].filter(({ type }) => ownership.lifecycleOf(familyOf(type)) !== 'ignore');
  const whole = new Snapshot(counted);
  return unseen.filter((one) => [...comparableTo(whole, [one])].length < counted.length);
}

/** What to do about something that an account cannot see. */
export function adviceFor({ permission }: Unseen): string {
  return `Give it the role ${permission}, or leave that type alone with --lifecycle TYPE=ignore.`;
}

/** A member for one flow: its first level is known, and nothing below. */
const ONE_FLOW = 'authenticationFlows/';

/** @returns whether an object is a flow below the flows of `members`, a step of one, or the configuration of a step. */
function belowFlows(files: Snapshot, members: readonly string[]): (object: RealmObject) => boolean {
  const top = members.flatMap((member) => (member.startsWith(ONE_FLOW) ? member.slice(ONE_FLOW.length) : []));
  const flows = new Set<string>();
  const configs = new Set<string>();
  const steps = files.of('execution');
  const follow = (alias: string): void => {
    for (const step of steps.filter(({ parent }) => parent === alias)) {
      configs.add(String(step.fields['authenticatorConfig']));
      const { runs } = stepOf(step);
      if (flows.has(runs)) continue;
      flows.add(runs);
      follow(runs);
    }
  };
  for (const alias of top) follow(alias);
  return ({ type, id, parent = '' }) =>
    (type === 'flow' && flows.has(id)) ||
    (type === 'execution' && flows.has(parent)) ||
    (type === 'authenticator-config' && configs.has(id));
}
