import { type Flow, type Flows, mayBeCondition, type Step } from './flows.ts';
import type { Place } from './place.ts';
import type { LintRealm } from './rule.ts';

/**
 * A gate: a CONDITIONAL sub-flow that denies access. The same conditions in several flows are one gate, because each way
 * to sign in needs a flow of its own.
 */
export interface Gate {
  /** The sub-flow as it comes first in the files. */
  readonly flow: Flow;
  /** The scope that marks the clients behind the gate; undefined for one before every client. */
  readonly marker: string | undefined;
  /** @returns whether a flow, or one below it, has this gate. */
  isIn(alias: string | undefined): boolean;
}

const DENY = 'deny-access-authenticator';

/** @returns the gates that some way to sign in uses. */
export function gatesOf(realm: LintRealm, flows: Flows): readonly Gate[] {
  const gates = new Map<string, Gate>();
  for (const { subFlow, requirement } of flows.all.flatMap(({ steps }) => steps)) {
    const flow = requirement === 'CONDITIONAL' ? flows.get(subFlow) : undefined;
    const conditions = flow?.steps.filter(mayBeCondition) ?? [];
    if (flow === undefined || conditions.length === 0 || !denies(flow)) continue;
    const key = keyOf(conditions);
    if (gates.has(key)) continue;
    const isIn = (alias: string | undefined): boolean =>
      flows.below(alias).some((one) => denies(one) && keyOf(one.steps.filter(mayBeCondition)) === key);
    gates.set(key, { flow, marker: markerOf(conditions), isIn });
  }
  const starts = [
    ...realm.all('browserFlow'),
    ...realm.list('identityProviders').map((provider) => provider.at('postBrokerLoginFlowAlias')),
  ].map(({ text }) => text);
  return [...gates.values()].filter((gate) => starts.some((alias) => gate.isIn(alias)));
}

function denies({ steps }: Flow): boolean {
  return steps.some(({ authenticator }) => authenticator === DENY);
}

/** @returns a text that the same conditions share, whatever their configurations are called. */
function keyOf(conditions: readonly Step[]): string {
  const texts = conditions.map(({ authenticator, config }) => {
    const values = (config?.at('config').members ?? [])
      .filter(([, { text }]) => text !== 'false')
      .map(([name, { value }]) => `${name}=${JSON.stringify(value)}`);
    return [authenticator, ...values.toSorted()].join(' ');
  });
  return texts.toSorted().join('\n');
}

function markerOf(conditions: readonly Step[]): string | undefined {
  const condition = conditions.find(({ authenticator }) => authenticator === 'conditional-client-scope');
  const config = condition?.config?.at('config');
  return config?.at('negate').isTrue ? undefined : config?.at('client_scope').text;
}

/** @returns the clients of the files that a gate is for. */
export function clientsBehind(realm: LintRealm, { marker }: Gate): readonly Place[] {
  return realm
    .list('clients')
    .filter((client) => marker === undefined || scopesOf(client, 'defaultClientScopes').includes(marker));
}

/** @returns names of client scopes as Keycloak stores them. */
export function scopesOf(
  client: Place,
  list: 'defaultClientScopes' | 'optionalClientScopes',
): readonly string[] {
  return client.at(list).items.flatMap(({ text }) => text ?? []);
}
