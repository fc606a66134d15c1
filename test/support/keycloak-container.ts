import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { renderedExample } from './entrypoint.ts';
import { freePort } from './free-port.ts';
import { ADMIN, callAs, KEYCLOAK_HOME, type KeycloakServer } from './keycloak-server.ts';
import { descendants, isAlive } from './processes.ts';
import { root } from './program.ts';

/** What the entrypoint uses of coreutils; then what the scripts of Keycloak use besides. The image has more of coreutils. */
const TOOLS = [
  ...['bash', 'java', 'dirname', 'ln', 'mkdir', 'mktemp', 'paste', 'rm', 'sleep', 'sort', 'timeout'],
  ...['sh', 'uname', 'readlink', 'printf', 'xargs', 'sed'],
];

/** While it prepares, the entrypoint makes Keycloak listen on 127.0.0.1. Afterwards it listens where the operator says: here. */
const PUBLIC = '127.0.0.2';

/** Variables of the example, with values that break a script that is careless. */
export const VARIABLES = {
  DOMAIN: 'ai.example.com',
  AIHUB_STARTUP_TENANT_ID: 'acme',
  KEYCLOAK_AZURE_TENANT_ID: 'tenant-1',
  KEYCLOAK_AZURE_CLIENT_ID: 'azure-client',
  KEYCLOAK_AZURE_CLIENT_SECRET: `"\\ \${DOMAIN} & é`,
  KEYCLOAK_OPENWEBUI_CLIENT_SECRET: `\${SUPERUSER_PASSWORD}`,
  KEYCLOAK_LANGFUSE_CLIENT_SECRET: `a"b\\c\${PATH}&\\u0041\n\t\u0001ü€😀$`,
  KEYCLOAK_API_SERVICE_CLIENT_SECRET: '","secret":"x',
  KEYCLOAK_OAUTH2_PROXY_DAGSTER_SECRET: `$\${DOMAIN}`,
  KEYCLOAK_OAUTH2_PROXY_DATALAKE_SECRET: "'$(id)`id`'",
  KEYCLOAK_OAUTH2_PROXY_ATTU_SECRET: `\${DOMAIN:x} %s *`,
  KEYCLOAK_OAUTH2_PROXY_BACKUP_SECRET: ' \\" ',
  SUPERUSER_EMAIL: 'root@example.com',
  SUPERUSER_FIRSTNAME: 'Zoë "Z"',
  SUPERUSER_LASTNAME: `\${username}`,
  SUPERUSER_PASSWORD: `p\${DOMAIN}"\\`,
  SUPERUSER_ROLES_JSON: '["AIHubAccess", "AIHubSysAdmin"]',
  // A text of Keycloak has this name.
  username: 'replaced',
};

/** One start of the container. */
export interface Start {
  readonly process: ChildProcess;
  /** Everything it printed so far. */
  log(): string;
  /** Waits until the log matches. @throws if it ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Waits for its end. @returns the exit code. */
  end(): Promise<number | null>;
  /** Ends it as a container engine does. @returns the exit code. */
  stop(): Promise<number | null>;
}

/** The stock image as a folder: the real distribution, the rendered example, and a PATH with little in it. */
export interface Container {
  readonly url: string;
  /** Where Keycloak listens while it is prepared. */
  readonly inside: string;
  /** Where the script may put its files. */
  readonly temporary: string;
  /** The files of the realm and of its identity providers. */
  readonly files: readonly string[];
  /** Where Keycloak finds realms to import. */
  readonly importFolder: string;
  readonly call: KeycloakServer['call'];
  start(env?: Readonly<Record<string, string | undefined>>): Start;
  /** Whether somebody outside is served. */
  isServed(): Promise<boolean>;
}

/** Call it at the beginning of a test file: what it starts ends with the file. */
export async function container(): Promise<Container> {
  const folder = mkdtempSync(join(tmpdir(), 'codemie-container-'));
  const below = (...names: string[]): string => join(folder, ...names);
  const starts: ChildProcess[] = [];
  afterAll(() => {
    for (const { pid = 0 } of starts)
      for (const own of [pid, ...descendants(pid)]) if (isAlive(own)) process.kill(own, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  for (const name of ['keycloak/bin', 'keycloak/data', 'keycloak/themes', 'path', 'configs', 'tmp'])
    mkdirSync(below(name), { recursive: true });
  for (const name of ['lib', 'conf', 'providers'])
    symlinkSync(join(KEYCLOAK_HOME, name), below('keycloak', name));
  // These find the distribution by where they are.
  for (const name of ['kc.sh', 'kcadm.sh'])
    cpSync(join(KEYCLOAK_HOME, 'bin', name), below('keycloak/bin', name));
  symlinkSync(join(KEYCLOAK_HOME, 'bin', 'client'), below('keycloak/bin/client'));
  symlinkSync(
    join(root, 'src/realm/example/files/infra/deployment/themes/aihub'),
    below('keycloak/themes/aihub'),
  );
  for (const tool of TOOLS) {
    const found = spawnSync('bash', ['-c', 'type -P "$0"', tool], { encoding: 'utf8', stdio: 'pipe' });
    symlinkSync(found.stdout.trim(), below('path', tool));
  }
  for (const { name, text, mode } of await renderedExample('latest')) {
    writeFileSync(below('configs', name), text);
    chmodSync(below('configs', name), mode);
  }
  const port = await freePort();
  const environment = {
    ...VARIABLES,
    PATH: below('path'),
    TMPDIR: below('tmp'),
    KEYCLOAK_HOME: below('keycloak'),
    KC_HTTP_HOST: PUBLIC,
    KC_HTTP_PORT: String(port),
    KC_HTTP_MANAGEMENT_PORT: String(await freePort()),
    KC_LOG_LEVEL: 'warn',
    JAVA_OPTS_KC_HEAP: '-Xms256m -Xmx512m',
    JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
  };
  const url = `http://${PUBLIC}:${port}`;
  return {
    url,
    inside: `http://127.0.0.1:${port}`,
    temporary: below('tmp'),
    files: ['realm', 'identity-providers'].map((name) => below('configs', `keycloak-${name}.json`)),
    importFolder: below('keycloak/data/import'),
    call: callAs(url),
    start: (env = {}) => {
      const child = spawn('/bin/bash', [below('configs/keycloak-entrypoint.sh'), '--optimized'], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...environment, ...env },
      });
      starts.push(child);
      return startOf(child);
    },
    isServed: () =>
      fetch(`${url}/realms/aihub`).then(
        ({ ok }) => ok,
        () => false,
      ),
  };
}

function startOf(child: ChildProcess): Start {
  let log = '';
  const changed: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      for (const tell of changed) tell();
    });
  const ended = new Promise<number | null>((resolve) => {
    // The shell that runs Keycloak turns the signal into this code.
    child.once('exit', (code, signal) => resolve(signal === 'SIGTERM' ? 143 : code));
  });
  return {
    process: child,
    log: () => log,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(log)) resolve();
        };
        changed.push(look);
        look();
        ended.then((code) => reject(new Error(`it ended with ${code} before ${pattern}:\n${log}`)));
      }),
    end: () => ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** @returns what is in a folder, also below others. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true }).map(String);
}
