import type { Json } from './realm-cli.ts';

/** A step that runs an authenticator. */
export function step(authenticator: string, requirement: string, priority?: number): Json {
  return { authenticator, requirement, ...(priority === undefined ? {} : { priority }) };
}

/** A step that runs the flow with this alias. */
export function below(flowAlias: string, requirement: string, priority?: number): Json {
  return {
    flowAlias,
    authenticatorFlow: true,
    requirement,
    ...(priority === undefined ? {} : { priority }),
  };
}

export function subFlow(alias: string, ...steps: Json[]): Json {
  return {
    alias,
    providerId: 'basic-flow',
    builtIn: false,
    topLevel: false,
    authenticationExecutions: steps,
  };
}

export function topFlow(alias: string, ...steps: Json[]): Json {
  return { ...subFlow(alias, ...steps), topLevel: true };
}
