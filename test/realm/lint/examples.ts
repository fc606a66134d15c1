import { BUILT_IN_FACTS, type ServerFacts } from '../../../src/realm/lint/facts.ts';
import type { Json, JsonObject } from '../../../src/system/json.ts';

/** For one rule: a file with this mistake and nothing else, and the same file without it. */
export interface Example {
  readonly bad: JsonObject;
  /** The place of the finding. */
  readonly path: string;
  /** What to do, or a part of it. */
  readonly advice?: string;
  readonly good: JsonObject;
  /** What the server has; without it, no server is asked. */
  readonly facts?: ServerFacts;
  /** Another rule that the mistake cannot do without. */
  readonly also?: string;
  /** A real Keycloak refuses `bad`, and takes `good`. */
  readonly isRefused?: true;
}

export type Examples = Readonly<Record<string, readonly Example[]>>;

/** A server with nothing but Keycloak's own providers. */
export const STOCK_SERVER: ServerFacts = { ...BUILT_IN_FACTS, isServer: true };

/** A file that describes a whole realm. */
export function whole(members: JsonObject): JsonObject {
  return { realm: 'acme', enabled: true, ...members };
}

export function flow(alias: string, steps: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    alias,
    providerId: 'basic-flow',
    topLevel: true,
    builtIn: false,
    authenticationExecutions: steps.map((step, index) => ({ priority: 10 * (index + 1), ...step })),
    ...more,
  };
}

export function subFlow(alias: string, steps: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return flow(alias, steps, { topLevel: false, ...more });
}

export function step(
  authenticator: string,
  requirement = 'REQUIRED',
  authenticatorConfig?: string,
): JsonObject {
  return {
    authenticator,
    requirement,
    ...(authenticatorConfig === undefined ? {} : { authenticatorConfig }),
  };
}

export function runs(flowAlias: string, requirement = 'REQUIRED'): JsonObject {
  return { flowAlias, authenticatorFlow: true, requirement };
}

/** @param flows and the configurations of their steps, by alias. */
export function flows(
  list: readonly JsonObject[],
  configs: Readonly<Record<string, JsonObject>> = {},
): JsonObject {
  return {
    authenticationFlows: list,
    authenticatorConfig: Object.entries(configs).map(([alias, config]) => ({ alias, config })),
  };
}

export function client(clientId: string, more: JsonObject = {}): JsonObject {
  return { clientId, protocol: 'openid-connect', publicClient: true, ...more };
}

export function clients(...list: readonly JsonObject[]): JsonObject {
  return { clients: list };
}

export function mapper(protocolMapper: string, more: JsonObject = {}): JsonObject {
  return { name: 'm', protocol: 'openid-connect', protocolMapper, config: {}, ...more };
}

export function provider(more: JsonObject = {}, config: JsonObject = {}): JsonObject {
  return {
    alias: 'agency',
    providerId: 'oidc',
    config: {
      clientId: 'portal',
      clientSecret: `\${AGENCY_SECRET}`,
      authorizationUrl: 'https://agency.example/authorize',
      tokenUrl: 'https://agency.example/token',
      ...config,
    },
    ...more,
  };
}

export function providers(...list: readonly JsonObject[]): JsonObject {
  return { identityProviders: list };
}

export function realmRoles(...list: readonly JsonObject[]): JsonObject {
  return { roles: { realm: list } };
}

/** The same member of a realm, right and wrong. */
export function pair(
  path: string,
  wrong: Json,
  right: Json,
  more: Omit<Example, 'bad' | 'good' | 'path'> = {},
): Example {
  const name = /^\w+/.exec(path)?.[0] ?? '';
  return { path, bad: whole({ [name]: wrong }), good: whole({ [name]: right }), ...more };
}
