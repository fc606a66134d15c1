import { ownMember } from '../../../system/json.ts';
import type { ServerFacts } from '../facts.ts';
import { isOpen, type LintFile, Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** A provider that an object needs. */
interface Need {
  readonly at: Place;
  /** In words: `authenticator`. */
  readonly what: string;
  readonly name: string;
  readonly installed: ReadonlySet<string> | undefined;
}

function* needs(realm: LintRealm): Iterable<Need> {
  const { facts } = realm;
  const need = function* (at: Place, what: string, ...kinds: readonly string[]): Iterable<Need> {
    const known = kinds.map((kind) => facts.providers(kind));
    const installed = known.includes(undefined)
      ? undefined
      : new Set(known.flatMap((names) => [...(names ?? [])]));
    if (at.text !== undefined && !isOpen(at.text)) yield { at, what, name: at.text, installed };
  };
  for (const flow of realm.list('authenticationFlows'))
    for (const step of flow.at('authenticationExecutions').objects)
      if (!isMigrated(realm, step.at('authenticator').text))
        yield* need(step.at('authenticator'), 'authenticator', ...STEPS);
  for (const holder of [...realm.list('clients'), ...realm.list('clientScopes')])
    for (const mapper of holder.at('protocolMappers').objects)
      yield* need(mapper.at('protocolMapper'), 'mapper', 'protocol-mapper');
  for (const client of realm.list('clients'))
    yield* need(client.at('clientAuthenticatorType'), 'client authenticator', 'client-authenticator');
  for (const provider of realm.list('identityProviders'))
    yield* need(provider.at('providerId'), 'identity provider', 'identity_provider', 'social');
  for (const mapper of realm.list('identityProviderMappers'))
    yield* need(mapper.at('identityProviderMapper'), 'identity provider mapper', 'identity-provider-mapper');
  for (const listeners of realm.all('eventsListeners'))
    for (const listener of listeners.items) yield* need(listener, 'event listener', 'eventsListener');
  const profiles = realm.all('clientProfiles').flatMap((one) => one.at('profiles').objects);
  for (const profile of profiles)
    for (const executor of profile.at('executors').objects)
      yield* need(executor.at('executor'), 'client policy executor', 'client-policy-executor');
  const policies = realm.all('clientPolicies').flatMap((one) => one.at('policies').objects);
  for (const policy of policies)
    for (const condition of policy.at('conditions').objects)
      yield* need(condition.at('condition'), 'client policy condition', 'client-policy-condition');
  for (const components of realm.all('components')) yield* componentNeeds(components, facts);
}

/** At import, Keycloak removes this step from files of servers before 23. */
function isMigrated({ version }: LintRealm, authenticator: string | undefined): boolean {
  return authenticator === 'registration-profile-action' && version !== undefined && version < 23;
}

/** What a step of a flow can run. */
const STEPS = ['authenticator', 'form-action', 'form-authenticator', 'client-authenticator'];

function* componentNeeds(components: Place, facts: ServerFacts): Iterable<Need> {
  for (const [type, list] of components.members)
    for (const component of list.objects) {
      const at = component.at('providerId');
      if (at.text !== undefined && !isOpen(at.text))
        yield {
          at,
          what: `component of ${type}`,
          name: at.text,
          installed: facts.components(type) ?? new Set(),
        };
      yield* componentNeeds(component.at('subComponents'), facts);
    }
}

function* missing(realm: LintRealm, message: (need: Need) => Omit<Hit, 'at'>): Iterable<Hit> {
  for (const need of needs(realm))
    if (need.installed?.has(need.name) === false) yield { at: need.at, ...message(need) };
}

/** Authenticators that old versions of Keycloak had, and what to do without them. */
const RETIRED: Readonly<Record<string, string>> = {
  'registration-profile-action': 'Remove this step: registration-user-creation does its work.',
  'basic-auth': 'Remove this step: Keycloak no longer has it.',
  'basic-auth-otp': 'Remove this step: Keycloak no longer has it.',
  'no-cookie-redirect': 'Remove this step: Keycloak no longer has it.',
};

function replacement(name: string): Pick<Hit, 'advice'> {
  const advice = ownMember(RETIRED, name);
  return advice === undefined ? {} : { advice };
}

export const PROVIDER_RULES: readonly Rule[] = [
  {
    id: 'provider-missing',
    severity: 'error',
    what: 'A provider that is not installed on the server (with --server). Keycloak refuses the file with `unknown_error`, or accepts it and the object does not work.',
    advice: 'Install the provider, or remove this object from the file.',
    *check(realm) {
      if (realm.facts.isServer)
        yield* missing(realm, ({ what, name }) => ({
          message: `The ${what} "${name}" is not installed on the server.`,
          ...replacement(name),
        }));
    },
  },
  {
    id: 'provider-unknown',
    severity: 'warning',
    what: 'A provider that Keycloak does not have by itself. Where it is not installed, Keycloak refuses the file with `unknown_error`, or accepts it and the object does not work.',
    advice:
      'Make sure that the extension or the feature is there (--server checks it), or remove this object.',
    *check(realm) {
      if (!realm.facts.isServer)
        yield* missing(realm, ({ what, name }) => ({
          message: `The ${what} "${name}" is not one of those that Keycloak 26 has by itself.`,
          ...replacement(name),
        }));
    },
  },
];

/** @returns the authenticators that files name. */
export function authenticatorsIn(files: readonly LintFile[]): readonly string[] {
  const flows = files.flatMap((file) => new Place(file, [], file.document).at('authenticationFlows').objects);
  return flows.flatMap((flow) =>
    flow.at('authenticationExecutions').objects.flatMap((step) => step.at('authenticator').text ?? []),
  );
}
