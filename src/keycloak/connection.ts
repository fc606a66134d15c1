import type { Secret } from '../system/secret.ts';

/** Where a Keycloak server is, which realm is meant, and how to sign in to its admin API. */
export interface KeycloakConnection {
  /** As `serverBase` returns it. */
  readonly server: string;
  /** The realm to read and change. */
  readonly realm: string;
  /** The realm to sign in to, if you said which one. */
  readonly adminRealm?: string;
  readonly login: KeycloakLogin;
}

export type KeycloakLogin =
  | { readonly kind: 'client'; readonly clientId: string; readonly secret: Secret }
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret };
