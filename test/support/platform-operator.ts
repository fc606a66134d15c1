import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ADMIN, type KeycloakServer } from './keycloak-server.ts';
import type { TestDatabase } from './postgres-server.ts';
import { Machine, type Result } from './program.ts';

/** Who tokens of the realm are for. */
const AUDIENCE = 'codemie-platform';

/** The password of everybody in `realmFile`. */
export const PEOPLE_PASSWORD = 'password-of-this-test';

const attribute = (name: string): object => ({
  name,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-usermodel-attribute-mapper',
  config: {
    'user.attribute': name,
    'claim.name': name,
    'jsonType.label': 'String',
    multivalued: 'true',
    'access.token.claim': 'true',
  },
});

/** A public client whose access tokens say what the platform reads. */
const platformClient = (clientId: string, path: string): object => ({
  clientId,
  publicClient: true,
  redirectUris: [`http://127.0.0.1${path}`],
  attributes: { 'pkce.code.challenge.method': 'S256' },
  protocolMappers: [
    attribute('applications'),
    attribute('applications_admin'),
    {
      name: 'audience',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.custom.audience': AUDIENCE, 'access.token.claim': 'true' },
    },
  ],
});

/** What the command line and the sandbox's web page sign in with. */
export const PLATFORM_CLIENTS = [
  platformClient('codemie-cli', '/callback'),
  platformClient('codemie-web', '/settings/callback'),
];

const declared = (name: string, edit: readonly string[], more: object = {}): object => ({
  name,
  permissions: { view: ['admin', 'user'], edit },
  ...more,
});

/** Declares the platform's attributes: since Keycloak 24, others are neither stored nor shown. */
const PROFILE = {
  providerId: 'declarative-user-profile',
  subComponents: {},
  config: {
    'kc.user.profile.config': [
      JSON.stringify({
        attributes: [
          ...['username', 'email', 'firstName', 'lastName'].map((name) => declared(name, ['admin', 'user'])),
          ...['applications', 'applications_admin'].map((name) =>
            declared(name, ['admin'], { multivalued: true }),
          ),
        ],
      }),
    ],
  },
};

/**
 * The realm of a Keycloak-managed platform: people in projects as the platform's documentation has them (`applications`,
 * `applications_admin`). `person0` is an administrator; the first two can sign in.
 */
export function realmFile(people: number): object {
  const users = Array.from({ length: people }, (_, n) => ({
    username: `person${n}`,
    email: `person${n}@acme.example`,
    emailVerified: true,
    enabled: true,
    firstName: 'Person',
    lastName: String(n),
    realmRoles: n === 0 ? ['admin'] : [],
    attributes: {
      applications: [`team-${n % 20},shared`],
      ...(n < 20 ? { applications_admin: [`team-${n}`] } : {}),
    },
    // Hashing takes Keycloak longer than everything else.
    ...(n < 2 ? { credentials: [{ type: 'password', value: PEOPLE_PASSWORD }] } : {}),
  }));
  return {
    enabled: true,
    sslRequired: 'none',
    passwordPolicy: 'hashAlgorithm(pbkdf2-sha256) and hashIterations(1)',
    roles: { realm: [{ name: 'admin' }] },
    components: { 'org.keycloak.userprofile.UserProfileProvider': [PROFILE] },
    clients: PLATFORM_CLIENTS,
    users,
  };
}

/** The variables of a platform that trusts this realm, as its real server has them. */
export function trusting(keycloak: KeycloakServer, realm: string): Record<string, string> {
  const issuer = `${keycloak.url}/realms/${realm}`;
  const trusted = {
    issuer,
    audience: AUDIENCE,
    jwks_uri: `${issuer}/protocol/openid-connect/certs`,
    required_claims: ['iss', 'sub', 'email', 'aud', 'exp', 'iat'],
  };
  return { JWKS_VALIDATION_ENABLED: 'true', JWKS_TRUSTED_ISSUERS: JSON.stringify([trusted]) };
}

/** An operator with values files, an administrator's account in Keycloak, and the database of the platform. */
export class PlatformOperator {
  readonly machine: Machine;

  constructor(keycloak: KeycloakServer, realm: string, database: TestDatabase) {
    this.machine = new Machine({
      KEYCLOAK_URL: keycloak.url,
      KEYCLOAK_REALM: realm,
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
      DATABASE_URL: database.url,
      BROWSER: 'none',
    });
    onTestFinished(() => this.machine.dispose());
  }

  file(name: string, text: string): string {
    writeFileSync(join(this.machine.work, name), text);
    return name;
  }

  read(name: string): string {
    return readFileSync(join(this.machine.work, name), 'utf8');
  }

  /** Runs `codemie platform …`, which must succeed. */
  platform(line: string, env: Record<string, string> = {}): Promise<Result> {
    return this.run(`platform ${line}`, env);
  }

  /** Runs `codemie …`, which must succeed. */
  async run(line: string, env: Record<string, string> = {}): Promise<Result> {
    const result = await this.machine.run(line.split(' '), { env });
    if (result.code !== 0)
      throw new Error(`exit ${result.code} of ${line}: ${result.stderr}${result.stdout}`);
    return result;
  }
}
