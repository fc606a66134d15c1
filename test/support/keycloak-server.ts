import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { BUILT, KEYCLOAK_VERSION, startKeycloak } from '../../scripts/keycloak.mjs';
import { root } from './program.ts';
import { isAlive, takeTurn } from './take-turn.ts';
import { missingTool, skipped } from './tools.ts';

export { KEYCLOAK_VERSION };

/** For pipelines that sign in with an identity token: Keycloak enables two of the three grants with these features. */
const FEATURES = 'client-auth-federated,jwt-authorization-grant';
/** The theme of the example realm, which a container mounts. */
const THEMES = join(root, 'src', 'realm', 'example', 'files', 'infra', 'deployment', 'themes');
const cache = join(root, '.cache', 'keycloak');
/** The built distribution. */
export const KEYCLOAK_HOME = join(cache, `keycloak-${KEYCLOAK_VERSION}`);

export const ADMIN = { username: 'admin', password: 'admin-of-this-test' };

/** The one server of a run. Every test makes realms of its own on it. */
export interface KeycloakServer {
  readonly url: string;
  /** Calls the admin API below `/admin/realms`; returns the parsed response. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Creates a realm from Keycloak's own representation, in place of one with that name. */
  importRealm(representation: object, name: string): Promise<void>;
}

/** @returns why Keycloak is not available, after trying to get it (Maven artifact, built once, cached). */
export function prepareKeycloak(): string | undefined {
  const missing =
    missingTool('java', ['default-jre-headless']) ??
    missingTool('mvn', ['maven']) ??
    missingTool('unzip', ['unzip']);
  if (missing !== undefined) return missing;
  mkdirSync(cache, { recursive: true });
  const release = takeTurn(lockOf('prepare'));
  try {
    return build();
  } finally {
    release();
  }
}

function build(): string | undefined {
  if (existsSync(join(KEYCLOAK_HOME, BUILT))) return undefined;
  const zip = `keycloak-quarkus-dist-${KEYCLOAK_VERSION}.zip`;
  if (!existsSync(join(cache, zip))) {
    const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:zip`;
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
    spawnSync('mvn', ['-q', '-B', plugin, `-Dartifact=${artifact}`, `-DoutputDirectory=${cache}`], {
      cwd: cache,
    });
    if (!existsSync(join(cache, zip))) return skipped('Keycloak could not be had from Maven');
  }
  if (!existsSync(KEYCLOAK_HOME)) spawnSync('unzip', ['-q', zip], { cwd: cache });
  const built = spawnSync(
    join(KEYCLOAK_HOME, 'bin', 'kc.sh'),
    ['build', '--db=dev-file', '--cache=local', '--health-enabled=true', `--features=${FEATURES}`],
    { encoding: 'utf8' },
  );
  if (built.status !== 0) return skipped(`Keycloak could not be built: ${built.stderr.slice(-200)}`);
  writeFileSync(join(KEYCLOAK_HOME, BUILT), '');
  return undefined;
}

function lockOf(what: string): string {
  return join(cache, `.${what}-${KEYCLOAK_VERSION}`);
}

/** Every command of a test signs in with a password, so its hash must not cost a tenth of a second. */
const CHEAP_PASSWORDS = [
  '--spi-password-hashing--argon2--iterations=1',
  '--spi-password-hashing--argon2--memory=64',
];

interface Running {
  readonly url: string;
  readonly pid: number;
  /** PEM of a private key that realms get which bring none: Keycloak needs a second to make two of them. */
  readonly realmKey: string;
}

/** The server of this run, started by the first test file that asks for it; `keycloak-run.ts` stops it. */
export async function keycloakServer(): Promise<KeycloakServer> {
  const state = join(inject('keycloakRun'), 'server.json');
  const release = takeTurn(lockOf('start'));
  try {
    if (!existsSync(state)) writeFileSync(state, JSON.stringify(await start()));
  } finally {
    release();
  }
  const { url, realmKey } = JSON.parse(readFileSync(state, 'utf8')) as Running;
  const call = callAs(url);
  return {
    url,
    call,
    importRealm: async (representation, name) => {
      const { realm } =
        ((await call('GET', '')) as { realm: string }[]).find((one) => one.realm === name) ?? {};
      if (realm !== undefined) await call('DELETE', `/${encodeURIComponent(name)}`);
      await call('POST', '', { privateKey: realmKey, ...representation, realm: name });
    },
  };
}

/** @param folder of the run. */
export async function stopKeycloak(folder: string): Promise<void> {
  const state = join(folder, 'server.json');
  if (!existsSync(state)) return;
  const { pid } = JSON.parse(readFileSync(state, 'utf8')) as Running;
  if (isAlive(pid)) process.kill(-pid, 'SIGTERM');
  for (let i = 0; i < 240 && isAlive(pid); i += 1) await new Promise((resolve) => setTimeout(resolve, 250));
}

/** Calls the admin API of a server as its administrator. */
export function callAs(url: string): KeycloakServer['call'] {
  const token = administratorToken(url);
  return async (method, path, body) => {
    const answer = await fetch(`${url}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${await token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Every sign-in costs Keycloak the hash of a password, so a token serves several calls. It lives for a minute. */
function administratorToken(url: string): () => Promise<string> {
  let known = { token: '', until: 0 };
  return async () => {
    if (Date.now() < known.until) return known.token;
    const form = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...ADMIN });
    const until = Date.now() + 30_000;
    const login = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: form,
    });
    known = { token: ((await login.json()) as { access_token: string }).access_token, until };
    return known.token;
  };
}

async function start(): Promise<Running> {
  rmSync(join(KEYCLOAK_HOME, 'data'), { recursive: true, force: true });
  cpSync(THEMES, join(KEYCLOAK_HOME, 'themes'), { recursive: true });
  const { url, child } = await startKeycloak(KEYCLOAK_HOME, ADMIN, ['--log-level=warn', ...CHEAP_PASSWORDS]);
  // It lives longer than the test file that started it.
  child.unref();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const realmKey = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { url, pid: child.pid ?? 0, realmKey };
}
