import { ownMember } from '../../system/json.ts';
import { type Flow, type Flows, mayBeCondition, type Step } from './flows.ts';
import type { Place } from './place.ts';
import type { LintRealm } from './rule.ts';

/**
 * A gate denies access to people without a role, or to clients with a scope. It has one of two shapes: a CONDITIONAL
 * sub-flow with conditions and deny-access-authenticator, or a REQUIRED sub-flow whose ALTERNATIVE ones admit on
 * conditions, and whose last one denies. The same conditions in several flows are one gate, because each way to sign in
 * needs a flow of its own.
 */
export interface Gate {
  /** The sub-flow as it comes first in the files. */
  readonly flow: Flow;
  /** The scope that marks the clients behind the gate; undefined for one before every client. */
  readonly marker: string | undefined;
  /** @returns whether nobody gets through a flow past this gate. */
  guards(alias: string | undefined): boolean;
}

interface Condition {
  /** The role or the scope, with its kind. */
  readonly of: string;
  /** The gate denies where it is not so. */
  readonly isNegated: boolean;
  readonly scope: string | undefined;
}

const DENY = 'deny-access-authenticator';
const KEYS: Readonly<Record<string, string>> = {
  'conditional-user-role': 'condUserRole',
  'conditional-client-scope': 'client_scope',
};

/** @returns the gates that some way to sign in uses. */
export function gatesOf(realm: LintRealm, flows: Flows): readonly Gate[] {
  const gates = new Map<string, Gate>();
  for (const step of flows.all.flatMap(({ steps }) => steps)) {
    const found = gateAt(step, flows);
    if (found === undefined || gates.has(keyOf(found.conditions))) continue;
    const key = keyOf(found.conditions);
    const guards = (alias: string | undefined, above: readonly string[] = []): boolean => {
      const { steps = [] } = flows.get(alias) ?? {};
      if (steps.some(isDeny)) return !steps.some(mayBeCondition);
      return steps.some((one) => {
        const { subFlow, requirement } = one;
        if (keyOf(gateAt(one, flows)?.conditions ?? []) === key) return true;
        const isWay = requirement === 'REQUIRED' && subFlow !== undefined && !above.includes(subFlow);
        return isWay && guards(subFlow, [...above, subFlow]);
      });
    };
    const marker = found.conditions.find(({ scope, isNegated }) => scope !== undefined && !isNegated)?.scope;
    gates.set(key, { flow: found.flow, marker, guards });
  }
  const starts = [
    ...realm.all('browserFlow'),
    ...realm.list('identityProviders').map((provider) => provider.at('postBrokerLoginFlowAlias')),
  ].flatMap(({ text }) => flows.below(text));
  const inUse = new Set(
    starts.flatMap(({ steps }) => steps.map((step) => keyOf(gateAt(step, flows)?.conditions ?? []))),
  );
  return [...gates].filter(([key]) => inUse.has(key)).map(([, gate]) => gate);
}

function isDeny({ authenticator }: Step): boolean {
  return authenticator === DENY;
}

function gateAt(
  { subFlow, requirement }: Step,
  flows: Flows,
): { readonly flow: Flow; readonly conditions: readonly Condition[] } | undefined {
  const flow = flows.get(subFlow);
  if (flow === undefined) return undefined;
  const steps =
    requirement === 'CONDITIONAL' && flow.steps.some(isDeny) ? flow.steps.filter(mayBeCondition) : [];
  const admitting = requirement === 'REQUIRED' ? admittingConditions(flow, flows) : [];
  const conditions = [
    ...steps.map((step) => conditionIn(step, false)),
    ...admitting.map((step) => conditionIn(step, true)),
  ];
  const known = conditions.flatMap((condition) => condition ?? []);
  return known.length > 0 && known.length === conditions.length ? { flow, conditions: known } : undefined;
}

/** @returns the conditions that admit, in a flow of alternatives that denies everybody else. */
function admittingConditions({ steps }: Flow, flows: Flows): readonly Step[] {
  const last = flows.get(steps.at(-1)?.subFlow);
  const isClosed =
    steps.every((step) => step.requirement === 'ALTERNATIVE' && step.subFlow !== undefined) &&
    last?.steps.some(isDeny) === true &&
    !last.steps.some(mayBeCondition);
  if (!isClosed) return [];
  return steps
    .slice(0, -1)
    .flatMap(({ subFlow }) => flows.below(subFlow).flatMap((flow) => flow.steps.filter(mayBeCondition)));
}

/** @param admits whether the condition lets people in. */
function conditionIn({ authenticator = '', config }: Step, admits: boolean): Condition | undefined {
  const key = ownMember(KEYS, authenticator);
  const values = config?.at('config');
  const name = key === undefined ? undefined : values?.at(key).text;
  if (name === undefined) return undefined;
  return {
    of: `${authenticator} ${name}`,
    isNegated: (values?.at('negate').isTrue === true) !== admits,
    scope: authenticator === 'conditional-client-scope' ? name : undefined,
  };
}

/** @returns a text that the same conditions share. */
function keyOf(conditions: readonly Condition[]): string {
  return conditions
    .map(({ of, isNegated }) => `${of} ${isNegated}`)
    .toSorted()
    .join('\n');
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
