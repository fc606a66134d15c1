import { BUILT_IN_FACTS } from './facts.ts';
import type { Place } from './place.ts';
import type { LintRealm } from './rule.ts';

/** One step of a flow: an authenticator, or a flow below it. */
export interface Step {
  readonly place: Place;
  readonly authenticator: string | undefined;
  readonly subFlow: string | undefined;
  readonly requirement: string;
  /** Its configuration; undefined if it has none, or if no file has it. */
  readonly config: Place | undefined;
}

export interface Flow {
  readonly place: Place;
  readonly alias: string;
  /** In the order in which they run, without disabled ones. */
  readonly steps: readonly Step[];
}

/** The flows of all files, and what leads from one to another. */
export class Flows {
  readonly all: readonly Flow[];
  readonly #byAlias: ReadonlyMap<string, Flow>;

  constructor(realm: LintRealm) {
    const configs = realm.byName('authenticatorConfig', 'alias');
    this.all = realm.list('authenticationFlows').map((place) => ({
      place,
      alias: place.at('alias').text ?? '',
      steps: place
        .at('authenticationExecutions')
        .objects.toSorted((one, other) => priorityOf(one) - priorityOf(other))
        .map((step) => stepIn(step, configs))
        .filter(({ requirement }) => requirement !== 'DISABLED'),
    }));
    this.#byAlias = new Map(this.all.map((flow) => [flow.alias, flow]));
  }

  get(alias: string | undefined): Flow | undefined {
    return alias === undefined ? undefined : this.#byAlias.get(alias);
  }

  /** @returns the flow and all flows below it, each once. */
  below(alias: string | undefined): readonly Flow[] {
    const found = new Map<string, Flow>();
    const visit = (name: string | undefined): void => {
      const flow = this.get(name);
      if (flow === undefined || found.has(flow.alias)) return;
      found.set(flow.alias, flow);
      for (const { subFlow } of flow.steps) visit(subFlow);
    };
    visit(alias);
    return [...found.values()];
  }

  /** @returns the steps that run a flow. */
  stepsTo(alias: string): readonly Step[] {
    return this.all.flatMap(({ steps }) => steps.filter(({ subFlow }) => subFlow === alias));
  }
}

function priorityOf(step: Place): number {
  const { value } = step.at('priority');
  const priority = typeof value === 'string' ? Number(value) : value;
  return typeof priority === 'number' && !Number.isNaN(priority) ? priority : 0;
}

function stepIn(place: Place, configs: ReadonlyMap<string, Place>): Step {
  const subFlow = place.at('flowAlias').text;
  return {
    place,
    authenticator: subFlow === undefined ? place.at('authenticator').text : undefined,
    subFlow,
    requirement: place.at('requirement').text ?? '',
    config: configs.get(place.at('authenticatorConfig').text ?? ''),
  };
}

/** @returns whether a step decides if its flow runs. Of an extension nobody knows it, so it may. */
export function mayBeCondition({ authenticator }: Step): boolean {
  if (authenticator === undefined) return false;
  return (
    authenticator.startsWith('conditional-') ||
    BUILT_IN_FACTS.providers('authenticator')?.has(authenticator) === false
  );
}
