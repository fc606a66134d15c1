// Measures the import of users into a real PostgreSQL, beside the statements that the platform's own import sends and a
// decent loop over rows, all from an empty database in the same run.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import pg from 'pg';
import { rolldown } from 'rolldown';
import { findPostgres, startPostgres, stopPostgres } from './postgres.mjs';

const USERS = Number(process.env.BENCH_USERS ?? 100_000);
/** The loops are linear at best, and quadratic where they look up by lower(): a small number is kind to them. */
const LOOP_USERS = 2000;
const PROJECTS_EACH = 5;
const PASSWORD = 'bench-password-of-no-value';
/** As an operator's server is set up, unlike those of tests. */
const SAFE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

const idOf = (n) => {
  const hex = createHash('sha256').update(String(n)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** A user of the realm, as Keycloak exports one: with a password hash. */
const user = (n, count) => ({
  id: idOf(n),
  username: `user-${n}`,
  email: `user-${n}@example.com`,
  firstName: 'User',
  lastName: `Number ${n}`,
  enabled: true,
  attributes: {
    applications: [projectsOf(n, count).join(',')],
    ...(n % 10 === 0 ? { applications_admin: [projectsOf(n, count)[0]] } : {}),
  },
  credentials: [
    { type: 'password', secretData: '{"value":"aGFzaA==","salt":"c2FsdA=="}', credentialData: '{}' },
  ],
  realmRoles: n % 1000 === 0 ? ['admin'] : [],
  groups: [],
});

const projectsOf = (n, count) =>
  Array.from(
    { length: PROJECTS_EACH },
    (_, i) => `project-${(n * 7 + i * 13) % Math.max(5, Math.ceil(count / 20))}`,
  );

async function writeExport(path, count) {
  const file = createWriteStream(path);
  const write = async (text) => {
    if (!file.write(text)) await once(file, 'drain');
  };
  await write('{"realm":"bench","roles":{"realm":[{"name":"admin"}],"client":{}},"groups":[],"users":[\n');
  for (let n = 0; n < count; n += 1) await write(`${n === 0 ? '' : ',\n'}${JSON.stringify(user(n, count))}`);
  await write(']}\n');
  file.end();
  await once(file, 'close');
}

/** The statements that make the platform's tables, from the source of the sandbox. */
async function schemaStatements(root) {
  const build = await rolldown({ input: join(root, 'src/sandbox/store/schema/steps.ts') });
  const { output } = await build.generate({ format: 'esm' });
  const { SCHEMA_STEPS } = await import(
    `data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`
  );
  return SCHEMA_STEPS.map(({ statements }) => statements);
}

/**
 * What the platform's own import sends for each user, one at a time, in the order of its public code: look-ups by lower(),
 * an INSERT and the row read back, a commit for the user and one for the personal project. Without the time that Python takes.
 */
async function serversPattern(client, count) {
  const now = '2026-11-27 06:00:00';
  for (let n = 0; n < count; n += 1) {
    const { id, username, email } = user(n, count);
    await client.query('BEGIN');
    await client.query('SELECT * FROM users WHERE id = $1', [id]);
    await client.query('SELECT * FROM users WHERE lower(email) = $1', [email]);
    await client.query(
      `INSERT INTO users (id, date, update_date, username, email, name, user_type, is_active, is_admin, auth_source, email_verified, project_limit)
       VALUES ($1, $2, $2, $3, $4, $5, 'regular', true, false, 'keycloak', true, 3)`,
      [id, now, username, email, `User ${n}`],
    );
    await client.query('SELECT * FROM users WHERE id = $1', [id]);
    for (const project of projectsOf(n, count)) {
      const found = await client.query('SELECT * FROM applications WHERE lower(name) = $1', [project]);
      if (found.rows.length === 0) await addApplication(client, project, now, 'shared', null);
      await addMembership(client, id, project, now);
    }
    await client.query('COMMIT');
    await client.query('BEGIN');
    for (const column of ['name', 'name', 'lower(name)'])
      await client.query(`SELECT * FROM applications WHERE ${column} = $1`, [email]);
    await addApplication(client, email, now, 'personal', id);
    await client.query('SELECT * FROM user_projects WHERE user_id = $1 AND project_name = $2', [id, email]);
    await addMembership(client, id, email, now);
    await client.query('COMMIT');
  }
}

async function addApplication(client, name, now, type, owner) {
  await client.query(
    `INSERT INTO applications (id, date, update_date, name, project_type, created_by, git_repos) VALUES ($1, $2, $2, $1, $3, $4, '[]')`,
    [name, now, type, owner],
  );
  await client.query('SELECT * FROM applications WHERE id = $1', [name]);
}

async function addMembership(client, id, project, now) {
  const row = createHash('sha256').update(`${id}${project}`).digest('hex').slice(0, 32);
  await client.query(
    'INSERT INTO user_projects (id, date, update_date, user_id, project_name, is_project_admin) VALUES ($1, $2, $2, $3, $4, false)',
    [row, now, id, project],
  );
  await client.query('SELECT * FROM user_projects WHERE id = $1', [row]);
}

/** What a careful programmer would write: prepared statements, no look-ups, one commit for each user. Same rows. */
async function preparedLoop(client, count) {
  const now = '2026-11-27 06:00:00';
  const statements = {
    user: `INSERT INTO users (id, date, update_date, username, email, name, user_type, is_active, is_admin, auth_source, email_verified, project_limit)
           VALUES ($1, $2, $2, $3, $4, $5, 'regular', true, false, 'keycloak', true, 3) ON CONFLICT DO NOTHING`,
    application: `INSERT INTO applications (id, date, update_date, name, project_type, created_by, git_repos) VALUES ($1, $2, $2, $1, $3, $4, '[]') ON CONFLICT DO NOTHING`,
    membership: `INSERT INTO user_projects (id, date, update_date, user_id, project_name, is_project_admin) VALUES ($1, $2, $2, $3, $4, false) ON CONFLICT DO NOTHING`,
  };
  const send = (name, values) => client.query({ name, text: statements[name], values });
  for (let n = 0; n < count; n += 1) {
    const { id, username, email } = user(n, count);
    await client.query('BEGIN');
    await send('user', [id, now, username, email, `User ${n}`]);
    for (const project of [...projectsOf(n, count), email]) {
      const kind = project === email ? ['personal', id] : ['shared', null];
      await send('application', [project, now, ...kind]);
      const row = createHash('sha256').update(`${id}${project}`).digest('hex').slice(0, 32);
      await send('membership', [row, now, id, project]);
    }
    await client.query('COMMIT');
  }
}

/** @param add takes a row: goal, description, value, target. */
export async function benchPlatform({ root, codemie, env, add }) {
  const found = findPostgres('18');
  if ('reason' in found) return add('G15', 'import of users', found.reason, '-');
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  const files = mkdtempSync(join(tmpdir(), 'codemie-bench-platform-'));
  try {
    const { port } = await startPostgres(found.home, folder, { password: PASSWORD, settings: SAFE });
    const urlOf = (name) => `postgresql://postgres:${PASSWORD}@127.0.0.1:${port}/${name}`;
    const connected = async (name, work) => {
      const client = new pg.Client({ connectionString: urlOf(name) });
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    };
    const statements = await schemaStatements(root);
    const database = async (name) => {
      await connected('postgres', (client) => client.query(`CREATE DATABASE ${name}`));
      await connected(name, async (client) => {
        await client.query(
          'CREATE SCHEMA codemie; CREATE EXTENSION pg_trgm; SET search_path = codemie, public',
        );
        for (const text of statements) await client.query(text);
      });
    };
    const loop = async (name, work) => {
      await database(name);
      const began = performance.now();
      await connected(name, async (client) => {
        await client.query('SET search_path = codemie, public');
        await work(client, LOOP_USERS);
      });
      return LOOP_USERS / ((performance.now() - began) / 1000);
    };
    /** @returns the seconds and the memory (MB, at its highest) that a command took. */
    const run = async (name, expected, ...args) => {
      const began = performance.now();
      const child = spawn(process.execPath, [codemie, 'platform', 'migrate', ...args], {
        cwd: files,
        env: { ...env, DATABASE_URL: urlOf(name) },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (chunk) => {
        said += chunk;
      });
      let memory = 0;
      const timer = setInterval(() => {
        memory = Math.max(memory, highestMemory(child.pid));
      }, 100);
      const [code] = await once(child, 'close');
      clearInterval(timer);
      if (code !== expected) throw new Error(`${args[0]} ended with ${code}: ${said}`);
      return { seconds: (performance.now() - began) / 1000, memory };
    };
    const server = await loop('server_pattern', serversPattern);
    const prepared = await loop('prepared_loop', preparedLoop);
    await writeExport(join(files, 'realm.json'), USERS);
    const source = ['--from-file', 'realm.json'];
    const rows = [];
    for (const [name, flags] of [
      ['import', []],
      ['import_personal', ['--personal-projects']],
    ]) {
      await database(name);
      const plan = await run(name, 0, 'plan', ...source, ...flags);
      const apply = await run(name, 0, 'apply', 'migration-plan.jsonl', '--yes');
      rows.push({ plan, apply, rate: USERS / (plan.seconds + apply.seconds) });
    }
    const verify = await run('import', 0, 'verify', ...source);
    const [plain, personal] = rows;
    const size = `${USERS.toLocaleString('en')} users, ${PROJECTS_EACH} projects each`;
    const times = (rate, base) =>
      `${(rate / base).toFixed(0)} × (${rate.toFixed(0)} users/s against ${base.toFixed(0)})`;
    add(
      'G15',
      `import of ${size}: plan, apply`,
      `${plain.plan.seconds.toFixed(1)} s, ${plain.apply.seconds.toFixed(1)} s`,
      '-',
    );
    add(
      'G15',
      '… with personal projects',
      `${personal.plan.seconds.toFixed(1)} s, ${personal.apply.seconds.toFixed(1)} s`,
      '-',
    );
    add(
      'G15',
      "… against the platform's own statements, for the same rows",
      times(personal.rate, server),
      '≥ 50 ×',
    );
    add(
      'G15',
      '… against a loop of prepared statements, for the same rows',
      times(personal.rate, prepared),
      '≥ 12 ×',
    );
    add('G15', '… verify afterwards: nothing differs', `${verify.seconds.toFixed(1)} s`, '-');
    const memory = Math.max(...rows.flatMap(({ plan, apply }) => [plan.memory, apply.memory]), verify.memory);
    add('G15', '… memory of codemie at its highest', `${memory.toFixed(0)} MB`, '≤ 200 MB');
  } finally {
    await stopPostgres(folder);
    for (const path of [folder, files]) rmSync(path, { recursive: true, force: true });
  }
}

function highestMemory(pid) {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}
