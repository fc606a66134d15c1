import { type Flow, Flows, mayBeCondition, type Step } from '../flows.ts';
import { BUILT_IN } from '../known/built-in.ts';
import { configExists } from '../names.ts';
import { isOpen, type Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

function* mixed(realm: LintRealm): Iterable<Hit> {
  // At import, Keycloak makes a sub-flow of the alternatives in such files.
  if ((realm.version ?? Number.POSITIVE_INFINITY) <= 8) return;
  for (const { alias, steps } of new Flows(realm).all) {
    const [alternative] = steps.filter(({ requirement }) => requirement === 'ALTERNATIVE');
    const others = steps.filter(
      (step) => ['REQUIRED', 'CONDITIONAL'].includes(step.requirement) && !mayBeCondition(step),
    );
    const [other] = others;
    if (alternative === undefined || other === undefined) continue;
    yield {
      at: other.place,
      message: `In "${alias}", ${nameOf(other)} is ${other.requirement} beside ALTERNATIVE steps. Keycloak ignores all of these, such as ${nameOf(alternative)}.`,
      advice: `Put the ALTERNATIVE steps into a sub-flow of their own that is REQUIRED, and leave ${nameOf(other)} beside it.`,
    };
  }
}

function nameOf({ authenticator, subFlow }: Step): string {
  return `"${subFlow ?? authenticator ?? ''}"`;
}

/** Flows that sign-ins start with. */
function bound(realm: LintRealm): ReadonlySet<string> {
  const places = [
    ...['browserFlow', 'directGrantFlow', 'resetCredentialsFlow'].flatMap((name) => realm.all(name)),
    ...realm
      .list('identityProviders')
      .flatMap((one) => [one.at('firstBrokerLoginFlowAlias'), one.at('postBrokerLoginFlowAlias')]),
  ];
  return new Set(places.flatMap(({ text }) => text ?? []));
}

function* empty(realm: LintRealm): Iterable<Hit> {
  const flows = new Flows(realm);
  const starts = bound(realm);
  for (const { place, alias, steps } of flows.all) {
    if (!place.at('authenticationExecutions').isThere || steps.length > 0) continue;
    const isRequired = flows.stepsTo(alias).some(({ requirement }) => requirement === 'REQUIRED');
    if (isRequired || starts.has(alias))
      yield {
        at: place,
        message: `The flow "${alias}" has no step that is enabled, and nobody can sign in with it.`,
      };
  }
}

function* withoutCondition(realm: LintRealm): Iterable<Hit> {
  const flows = new Flows(realm);
  for (const step of flows.all.flatMap(({ steps }) => steps)) {
    const flow = flows.get(step.subFlow);
    if (step.requirement !== 'CONDITIONAL' || flow === undefined) continue;
    if (flow.place.at('authenticationExecutions').isThere && !flow.steps.some(mayBeCondition))
      yield {
        at: flow.place,
        message: `"${flow.alias}" is CONDITIONAL and has no condition, so Keycloak skips it.`,
      };
  }
}

function* equalPriorities(realm: LintRealm): Iterable<Hit> {
  for (const flow of realm.list('authenticationFlows')) {
    if (flow.at('builtIn').isTrue) continue;
    const steps = flow.at('authenticationExecutions').objects;
    const areNumbered = steps.some((step) => step.at('priority').isThere);
    const seen = new Set<string>();
    for (const step of areNumbered ? steps : []) {
      const priority = JSON.stringify(step.at('priority').value ?? 0);
      if (seen.has(priority) && !isOpen(priority)) {
        yield {
          at: step,
          message: `Another step of "${flow.at('alias').text}" has the priority ${priority}, too.`,
        };
        break;
      }
      seen.add(priority);
    }
  }
}

function* loops(realm: LintRealm): Iterable<Hit> {
  const flows = new Flows(realm);
  const isInside = ({ alias, steps }: Flow): boolean =>
    steps.some(({ subFlow }) => flows.below(subFlow).some((below) => below.alias === alias));
  for (const flow of flows.all)
    if (isInside(flow)) yield { at: flow.place, message: `"${flow.alias}" runs itself.` };
}

function* overrides(realm: LintRealm): Iterable<Place> {
  for (const client of realm.list('clients'))
    for (const [, at] of client.at('authenticationFlowBindingOverrides').members)
      if (at.text !== undefined && !isOpen(at.text)) yield at;
}

export const FLOW_RULES: readonly Rule[] = [
  {
    id: 'flow-mixed',
    severity: 'error',
    what: 'A REQUIRED or CONDITIONAL step beside ALTERNATIVE ones in one flow. Keycloak ignores the alternatives: where these are the sign-in form, nobody can sign in.',
    advice: 'Put the ALTERNATIVE steps into a sub-flow of their own that is REQUIRED.',
    check: mixed,
  },
  {
    id: 'flow-empty',
    severity: 'error',
    what: 'A flow without a step that is bound or REQUIRED. Keycloak takes it, and every sign-in ends with an error page.',
    advice: 'Give it steps, or remove what runs it.',
    check: empty,
  },
  {
    id: 'flow-condition-missing',
    severity: 'error',
    what: 'A CONDITIONAL sub-flow without a condition. Keycloak skips it without a word, and a gate in it is open.',
    advice: 'Add a condition as its first step, such as conditional-user-role, or make it REQUIRED.',
    check: withoutCondition,
  },
  {
    id: 'flow-loop',
    severity: 'error',
    what: 'A flow that runs itself. Keycloak takes it, and cannot read or run it.',
    advice: 'Remove the step that leads back.',
    check: loops,
  },
  {
    id: 'priority-equal',
    severity: 'warning',
    what: 'Two steps of a flow with the same priority. Their order is that in which they were created, and differs between servers.',
    advice: 'Give each step its own priority: 10, 20, 30.',
    check: equalPriorities,
  },
  {
    id: 'config-unknown',
    severity: 'error',
    what: 'A step names a configuration that does not exist. Keycloak refuses the file with `unknown_error`.',
    advice: 'Add it to authenticatorConfig, or correct the alias.',
    *check(realm) {
      const exists = configExists(realm);
      for (const flow of realm.list('authenticationFlows'))
        for (const step of flow.at('authenticationExecutions').objects) {
          const at = step.at('authenticatorConfig');
          if (at.text !== undefined && !exists(at.text))
            yield { at, message: `There is no authenticator config "${at.text}".` };
        }
    },
  },
  {
    id: 'override-unknown',
    severity: 'error',
    what: 'A client has a flow of its own that does not exist. Keycloak refuses the file with `unknown_error`.',
    advice: 'Add the flow to authenticationFlows, or remove it from authenticationFlowBindingOverrides.',
    *check(realm) {
      if (!realm.isWhole) return;
      const flows = overridable(realm);
      for (const at of overrides(realm))
        if (!flows.ids.has(at.text ?? '') && !flows.aliases.has(at.text ?? ''))
          yield { at, message: `There is no flow with the id or alias "${at.text}".` };
    },
  },
  {
    id: 'override-by-alias',
    severity: 'warning',
    what: "A client names a flow of its own by alias. `codemie` resolves it; Keycloak's own import wants the id, and refuses the file with `unknown_error`.",
    advice:
      'Apply this file with codemie realm apply or start-hook, or name a flow by the id that it has in this file.',
    *check(realm) {
      const flows = overridable(realm);
      for (const at of overrides(realm))
        if (!flows.ids.has(at.text ?? '') && flows.aliases.has(at.text ?? ''))
          yield { at, message: `"${at.text}" is an alias; Keycloak's own import takes only ids here.` };
    },
  },
];

function overridable(realm: LintRealm): {
  readonly ids: ReadonlySet<string>;
  readonly aliases: ReadonlySet<string>;
} {
  const flows = realm.list('authenticationFlows');
  return {
    ids: new Set(flows.flatMap((flow) => flow.at('id').text ?? [])),
    aliases: new Set([...BUILT_IN.flows, ...flows.flatMap((flow) => flow.at('alias').text ?? [])]),
  };
}
