import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRealmFiles } from '../../src/realm/file/load.ts';
import { EXAMPLE_VARIABLES } from './example-variables.ts';
import { ADMIN, type KeycloakServer } from './keycloak-server.ts';
import { Machine } from './program.ts';
import type { Json } from './realm-cli.ts';
import { type UpstreamProvider, upstreamProvider } from './upstream-provider.ts';

/** Paths of rendered files. */
interface ExampleFiles {
  readonly realm: string;
  readonly providers: string;
}

/** One of the two ways in which the files reach a server. */
export type Way = (
  files: ExampleFiles,
  name: string,
  keycloak: KeycloakServer,
  machine: Machine,
) => Promise<void>;

/**
 * Writes the example, renders it for the stage dev and creates the realm. Its identity provider is one of this test, and the
 * file gets the addresses of that one. Brute-force protection is switched off at the end. Nothing else changes.
 */
export async function createExampleRealm(
  keycloak: KeycloakServer,
  name: string,
  way: Way,
): Promise<UpstreamProvider> {
  const machine = new Machine({
    ...EXAMPLE_VARIABLES,
    KEYCLOAK_URL: keycloak.url,
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
  });
  const upstream = await upstreamProvider({
    id: EXAMPLE_VARIABLES.KEYCLOAK_AZURE_CLIENT_ID,
    secret: EXAMPLE_VARIABLES.KEYCLOAK_AZURE_CLIENT_SECRET,
    redirectUri: `${keycloak.url}/realms/${name}/broker/azure-ad/endpoint`,
  });
  try {
    await succeed(machine, 'init', '.');
    await succeed(machine, 'render', '--stage', 'dev');
    const [realm, providers] = ['realm', 'identity-providers'].map((file) =>
      join(machine.work, 'infra', 'configs', 'keycloak', `keycloak-${file}.json`),
    ) as [string, string];
    writeFileSync(providers, JSON.stringify(reachedAt(upstream.issuer, read(providers))));
    await way({ realm, providers }, name, keycloak, machine);
    // It locks a person for a minute after two denials in a second, and refuses one who signs in again too soon.
    await keycloak.call('PUT', `/${name}`, { bruteForceProtected: false });
    return upstream;
  } catch (error) {
    upstream.close();
    throw error;
  } finally {
    await machine.dispose();
  }
}

async function succeed(machine: Machine, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await machine.run(['realm', ...args]);
  if (code !== 0) throw new Error(`realm ${args.join(' ')}: ${stderr}${stdout}`);
}

const read = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;

function reachedAt(issuer: string, providers: Json): Json {
  const addresses = {
    issuer,
    authorizationUrl: `${issuer}/auth`,
    tokenUrl: `${issuer}/token`,
    jwksUrl: `${issuer}/jwks`,
    userInfoUrl: `${issuer}/me`,
    logoutUrl: `${issuer}/session/end`,
  };
  const list = providers['identityProviders'] as { readonly config: Json }[];
  return {
    ...providers,
    identityProviders: list.map((one) => ({ ...one, config: { ...one.config, ...addresses } })),
  };
}

export const appliedByCodemie: Way = async ({ realm, providers }, name, _, machine) =>
  succeed(machine, 'apply', realm, providers, '--yes', '--realm', name);

/** As `--import-realm` and a partial import of the identity providers do. */
export const importedByKeycloak: Way = async ({ realm, providers }, name, keycloak) => {
  const [settings, company] = loadRealmFiles([realm, providers], '/', EXAMPLE_VARIABLES);
  await keycloak.importRealm(settings ?? {}, name);
  await keycloak.call('POST', `/${name}/partialImport`, { ifResourceExists: 'OVERWRITE', ...company });
};
