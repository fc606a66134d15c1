import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from './free-port.ts';
import { PASSWORD } from './postgres-server.ts';
import { missingTool } from './tools.ts';

const PROGRAM = '/usr/sbin/pgbouncer';
/** Why tests with a pooler are skipped. */
export const noPgbouncer = existsSync(PROGRAM) ? undefined : missingTool('pgbouncer', ['pgbouncer']);

/**
 * A real PgBouncer in front of a server; stopped after the test.
 *
 * @param port of the server.
 * @returns its port.
 */
export async function pgbouncer(port: number, mode: 'session' | 'transaction'): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pgb-'));
  const own = await freePort();
  writeFileSync(join(folder, 'users.txt'), `"postgres" "${PASSWORD}"\n`);
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=127.0.0.1 port=${port}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${own}`,
      'unix_socket_dir =',
      'auth_type = scram-sha-256',
      `auth_file = ${join(folder, 'users.txt')}`,
      `pool_mode = ${mode}`,
      'default_pool_size = 5',
    ].join('\n'),
  );
  chmodSync(folder, 0o755);
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawn(PROGRAM, ['-q', join(folder, 'pgbouncer.ini')], {
    ...nobody,
    cwd: '/',
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  await answers(own);
  return own;
}

async function answers(port: number): Promise<void> {
  for (let i = 0; i < 200; i += 1) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('PgBouncer did not become ready');
}
