import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { root } from './program.ts';
import { missingTool, skipped } from './tools.ts';

/** Also tested with 26.7.3. */
const VERSION = process.env['CODEMIE_KEYCLOAK_VERSION'] ?? '26.5.5';
/** For pipelines that sign in with an identity token: Keycloak enables two of the three grants with these features. */
const FEATURES = 'client-auth-federated,jwt-authorization-grant';
const BUILT = '.built-with-features';
const cache = join(root, '.cache', 'keycloak');
const home = join(cache, `keycloak-${VERSION}`);

export const REALM = 'codemie';
export const USER = { username: 'ada', password: 'ada-keycloak-password', email: 'ada@keycloak.example' };
const ADMIN = { username: 'admin', password: 'admin-of-this-test' };

export interface Keycloak {
  readonly url: string;
  readonly issuer: string;
  /** Calls the admin API below the first realm; returns the parsed response. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Creates another realm like the first, with `changes`, removed with the server. */
  realm(name: string, changes: Record<string, unknown>): Promise<Pick<Keycloak, 'issuer' | 'admin'>>;
  stop(): Promise<void>;
}

/** @returns why Keycloak is not available, after trying to get it (Maven artifact, built once, cached). */
export function prepareKeycloak(): string | undefined {
  const missing =
    missingTool('java', ['default-jre-headless']) ??
    missingTool('mvn', ['maven']) ??
    missingTool('unzip', ['unzip']);
  if (missing !== undefined) return missing;
  if (existsSync(join(home, BUILT))) return undefined;
  mkdirSync(cache, { recursive: true });
  const zip = `keycloak-quarkus-dist-${VERSION}.zip`;
  if (!existsSync(join(cache, zip))) {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${VERSION}:zip`;
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
    spawnSync('mvn', ['-q', '-B', plugin, `-Dartifact=${artifact}`, `-DoutputDirectory=${cache}`], {
      cwd: cache,
    });
    if (!existsSync(join(cache, zip))) return skipped('Keycloak could not be had from Maven');
  }
  if (!existsSync(home)) spawnSync('unzip', ['-q', zip], { cwd: cache });
  const built = spawnSync(
    join(home, 'bin', 'kc.sh'),
    ['build', '--db=dev-file', '--cache=local', '--health-enabled=true', `--features=${FEATURES}`],
    { encoding: 'utf8' },
  );
  if (built.status !== 0) return skipped(`Keycloak could not be built: ${built.stderr.slice(-200)}`);
  writeFileSync(join(home, BUILT), '');
  return undefined;
}

/**
 * A server with one realm: a public native client with PKCE and device grant, rotation without reuse, short-lived
 * tokens.
 */
export async function startKeycloak(accessTokenLifespan: number): Promise<Keycloak> {
  rmSync(join(home, 'data'), { recursive: true, force: true });
  mkdirSync(join(home, 'data', 'import'), { recursive: true });
  writeFileSync(
    join(home, 'data', 'import', `${REALM}-realm.json`),
    JSON.stringify(realm(REALM, accessTokenLifespan)),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    join(home, 'bin', 'kc.sh'),
    [
      'start',
      '--optimized',
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      `--http-management-port=${await freePort()}`,
      '--hostname-strict=false',
      '--log-level=warn',
      '--import-realm',
    ],
    {
      stdio: 'ignore',
      detached: true,
      env: {
        ...process.env,
        JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx512m',
        JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
      },
    },
  );
  const issuerOf = (name: string): string => `${url}/realms/${name}`;
  await until(async () => (await fetch(`${issuerOf(REALM)}/.well-known/openid-configuration`)).ok, child);
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const form = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...ADMIN });
    const login = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: form,
    });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const answer = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const adminOf =
    (name: string): Keycloak['admin'] =>
    (method, path, body) =>
      call(method, `/${name}${path}`, body);
  return {
    url,
    issuer: issuerOf(REALM),
    admin: adminOf(REALM),
    realm: async (name, changes) => {
      await call('POST', '', { ...realm(name, accessTokenLifespan), ...changes });
      return { issuer: issuerOf(name), admin: adminOf(name) };
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      process.kill(-(child.pid ?? 0), 'SIGTERM');
      await once(child, 'exit');
    },
  };
}

function realm(name: string, accessTokenLifespan: number): Record<string, unknown> {
  return {
    realm: name,
    enabled: true,
    sslRequired: 'none',
    accessTokenLifespan,
    revokeRefreshToken: true,
    refreshTokenMaxReuse: 0,
    clients: [
      {
        clientId: 'codemie-cli',
        publicClient: true,
        standardFlowEnabled: true,
        directAccessGrantsEnabled: false,
        redirectUris: ['http://127.0.0.1/callback'],
        attributes: {
          'pkce.code.challenge.method': 'S256',
          'oauth2.device.authorization.grant.enabled': 'true',
          'oauth2.device.polling.interval': '1',
        },
      },
    ],
    users: [
      {
        username: USER.username,
        email: USER.email,
        emailVerified: true,
        firstName: 'Ada',
        lastName: 'Lovelace',
        enabled: true,
        credentials: [{ type: 'password', value: USER.password, temporary: false }],
        realmRoles: [`default-roles-${name}`, 'offline_access'],
      },
    ],
  };
}

async function until(ready: () => Promise<boolean>, child: ChildProcess): Promise<void> {
  for (let i = 0; i < 480; i += 1) {
    if (child.exitCode !== null)
      throw new Error(`Keycloak ended with ${child.exitCode}: ${readdirSync(home).join(' ')}`);
    // Refused and 503 both mean "not yet".
    if (await ready().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error('Keycloak did not become ready');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
