import type { JsonObject } from '../system/json.ts';

/** A whole realm as the server has it, read once. */
export interface RealmReading {
  /**
   * What Keycloak would write into its own realm file, for the types that we cover. Without ids: flows, scopes, roles and
   * groups are named. Client secrets are in it; secrets that Keycloak never shows are its mask, `**********`.
   *
   * Members: those of the realm's settings, and `roles`, `defaultRole`, `groups`, `defaultGroups`, `clientScopes`,
   * `defaultDefaultClientScopes`, `defaultOptionalClientScopes`, `clients`, `scopeMappings`, `clientScopeMappings`, `users`
   * (service accounts only), `authenticationFlows`, `authenticatorConfig`, `requiredActions`, `identityProviders`,
   * `identityProviderMappers`, and `components` with the user profile if the realm has its own.
   */
  readonly representation: JsonObject;
  /** The user profile in force, parsed; undefined if it could not be seen. Keycloak's own one if nobody changed it. */
  readonly userProfile: JsonObject | undefined;
  /** What the realm has of the types that we do not cover. */
  readonly notCovered: readonly NotCovered[];
  /** What this account may not see. */
  readonly unseen: readonly Unseen[];
  /** The server's ids by `idKey`, for writes. */
  readonly ids: ReadonlyMap<string, string>;
}

export interface NotCovered {
  /** In words: `organizations`, `authorization settings`. */
  readonly type: string;
  readonly count: number;
}

export interface Unseen {
  /** In words: `clients`, `authentication flow "browser"`. */
  readonly what: string;
  /** The role that would show it. */
  readonly permission: string;
  /**
   * Members of `representation` that are therefore missing or incomplete, and must not be compared. Empty for a type that
   * is not covered.
   */
  readonly members: readonly string[];
}

export type IdKind =
  | 'realm'
  | 'realm-role'
  | 'client-role'
  | 'client'
  | 'client-mapper'
  | 'client-scope'
  | 'scope-mapper'
  | 'group'
  | 'service-account'
  | 'flow'
  | 'execution'
  | 'authenticator-config'
  | 'identity-provider'
  | 'identity-provider-mapper'
  | 'component';

/**
 * The key of an id: its kind and the names that lead to the object.
 *
 * `client-role`: clientId, name. `client-mapper`: clientId, name. `scope-mapper`: scope, name. `group`: the names from the
 * top group down, because a name may contain a slash. `execution`: flow alias, place in that flow (from 0).
 * `identity-provider-mapper`: provider alias, name. `service-account`: clientId. `component`: provider type, name. Others:
 * the one name.
 */
export function idKey(kind: IdKind, ...names: readonly string[]): string {
  return [kind, ...names].join('\0');
}
