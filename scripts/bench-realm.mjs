// Measures realm plan and apply on a real Keycloak: requests, writes, seconds, beside kcadm at the same server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as open } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { BUILT, KEYCLOAK_VERSION, startKeycloak } from './keycloak.mjs';

const TURNS = Number(process.env.BENCH_RUNS ?? 5);
const ADMIN = { username: 'admin', password: 'bench-password-of-no-value' };
/** keycloak-config-cli 6.5.1-SNAPSHOT, by hand, with its own benchmark file, which also has 51 users. */
const RECORDED = '1393 reads, 258 writes, 20.9 s (recorded, not in this run)';

const of = (count, make) => Array.from({ length: count }, (_, at) => make(at));
const mapper = (at) => ({
  name: `mapper-${at}`,
  protocol: 'openid-connect',
  protocolMapper: 'oidc-hardcoded-claim-mapper',
  config: { 'claim.name': `claim-${at}`, 'claim.value': 'x', 'access.token.claim': 'true' },
});
const client = (at) => ({
  clientId: `client-${at}`,
  protocol: 'openid-connect',
  publicClient: false,
  secret: `secret-of-client-${at}`,
  redirectUris: [`https://app-${at}.example/*`],
  serviceAccountsEnabled: at < 5,
  protocolMappers: of(14, mapper),
});
const REALM = {
  enabled: true,
  roles: { realm: of(50, (at) => ({ name: `role-${at}` })) },
  groups: of(50, (at) => ({ name: `group-${at}`, path: `/group-${at}`, realmRoles: [`role-${at}`] })),
  clients: of(50, client),
};

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Forwards everything, and counts requests of the admin API. */
async function countingProxy(port) {
  const seen = { reads: 0, writes: 0 };
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    if (url.startsWith('/admin/')) seen[method === 'GET' ? 'reads' : 'writes'] += 1;
    const onward = open({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { seen, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function stop(child) {
  if (child.exitCode !== null) return;
  process.kill(-child.pid, 'SIGTERM');
  await once(child, 'exit');
}

/**
 * @param root the project's folder.
 * @param add takes a row: goal, description, value, target.
 */
export async function benchRealm({ root, codemie, env, add }) {
  const home = join(root, '.cache', 'keycloak', `keycloak-${KEYCLOAK_VERSION}`);
  if (!existsSync(join(home, BUILT)))
    return add('G16', 'realm plan and apply', 'no Keycloak here (npm run test:real fetches one)', '-');
  const folder = mkdtempSync(join(tmpdir(), 'codemie-bench-realm-'));
  // A database of its own.
  const database = `--db-url=jdbc:h2:file:${join(folder, 'keycloak')};NON_KEYWORDS=VALUE`;
  const { port, child: keycloak } = await startKeycloak(home, ADMIN, ['--log-level=error', database]);
  const proxy = await countingProxy(port);
  const file = (name, content) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  /** Runs a program. @returns the seconds and requests that it took. */
  const run = async (command, args) => {
    const before = { ...proxy.seen };
    const began = performance.now();
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...env,
        KEYCLOAK_URL: proxy.url,
        KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
        KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
      },
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said}`);
    return {
      seconds: (performance.now() - began) / 1000,
      reads: proxy.seen.reads - before.reads,
      writes: proxy.seen.writes - before.writes,
    };
  };
  const realm = (command, name, path) =>
    run(process.execPath, [
      codemie,
      'realm',
      command,
      path,
      '--realm',
      name,
      ...(command === 'apply' ? ['--yes'] : []),
    ]);
  const row = (what, { reads, writes, seconds }, target = '-') =>
    add('G16', what, `${reads} reads, ${writes} writes, ${seconds.toFixed(1)} s`, target);

  try {
    const path = file('realm.json', REALM);
    const [first = {}, ...others] = REALM.clients;
    const moved = { ...first, redirectUris: ['https://elsewhere.example/*'] };
    const changed = file('changed.json', { ...REALM, clients: [moved, ...others] });
    row('realm plan, no realm yet', await realm('plan', 'bench', path));
    row('realm apply to an empty server, proof included', await realm('apply', 'bench', path));

    // kcadm overwrites a realm of its own, so that this one keeps its ids.
    await realm('apply', 'bench-kcadm', path);
    const config = join(folder, 'kcadm.config');
    const kcadm = (...args) => run(join(home, 'bin', 'kcadm.sh'), [...args, '--config', config]);
    const login = [
      '--server',
      proxy.url,
      '--realm',
      'master',
      '--user',
      ADMIN.username,
      '--password',
      ADMIN.password,
    ];
    const part = file('part.json', { ifResourceExists: 'OVERWRITE', ...REALM });
    const results = { plan: [], apply: [], kcadm: [] };
    for (let turn = 0; turn < TURNS; turn += 1) {
      results.plan.push(await realm('plan', 'bench', path));
      results.apply.push(await realm('apply', 'bench', path));
      const signIn = await kcadm('config', 'credentials', ...login);
      const send = await kcadm('create', 'partialImport', '-r', 'bench-kcadm', '-f', part);
      results.kcadm.push({ ...send, seconds: signIn.seconds + send.seconds });
    }
    const middle = (runs) => ({ ...runs[0], seconds: median(runs.map(({ seconds }) => seconds)) });
    row('realm plan, nothing differs', middle(results.plan), '≤ 150 reads, 0 writes, ≤ 3 s');
    row('realm apply, nothing differs', middle(results.apply), '≤ 150 reads, 0 writes, ≤ 3 s');
    row('realm apply, one redirect URI differs', await realm('apply', 'bench', changed), '1 write');
    row('kcadm partialImport that overwrites: clients, roles, groups', middle(results.kcadm));
    add('G16', 'keycloak-config-cli, nothing differs', RECORDED, '-');
  } finally {
    proxy.close();
    await stop(keycloak);
    rmSync(folder, { recursive: true, force: true });
  }
}
