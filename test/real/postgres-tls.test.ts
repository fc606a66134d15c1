import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findPostgres, POSTGRES_VERSIONS, startPostgres, stopPostgres } from '../../scripts/postgres.mjs';
import type { Context } from '../../src/context.ts';
import { createRoots } from '../../src/net/roots.ts';
import { databaseAddress } from '../../src/postgres/address.ts';
import { connectPostgres } from '../../src/postgres/connect.ts';
import { encryptionFor } from '../../src/postgres/tls.ts';
import { testContext } from '../support/context.ts';
import { PASSWORD, platformDatabase } from '../support/postgres-server.ts';
import { newCertificate, noOpenssl } from '../support/tls-server.ts';

/** A server of its own whose certificate is for 127.0.0.1 alone. */
async function serverWithTls(): Promise<{ readonly port: number; readonly ca: string }> {
  const found = findPostgres(POSTGRES_VERSIONS[0]);
  if ('reason' in found) throw new Error(found.reason);
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  chmodSync(folder, 0o755);
  const { cert, key, trusted } = newCertificate(2, 'authority', 'IP:127.0.0.1');
  onTestFinished(async () => {
    await stopPostgres(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  const { port } = await startPostgres(found.home, folder, {
    password: PASSWORD,
    settings: { ssl: 'on', ssl_cert_file: '../server.crt', ssl_key_file: '../server.key' },
    files: { 'server.crt': cert, 'server.key': key },
  });
  return { port, ca: trusted };
}

it.skipIf(noOpenssl !== undefined)('encrypts and verifies as sslmode and sslrootcert say', async () => {
  const { port, ca } = await serverWithTls();
  const outcome = async (
    parameters: string,
    host = '127.0.0.1',
    env: Record<string, string> = {},
    override: Partial<Context> = {},
  ) => {
    const context = testContext({ env, override });
    const database = `postgresql://postgres:${PASSWORD}@${host}:${port}/postgres?${parameters}`;
    try {
      const session = await connectPostgres(context, { database });
      const [row] = await session.query<{ ssl: boolean }>(
        'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
      );
      await session.close();
      return row?.ssl === true ? 'encrypted' : 'plain';
    } catch (error) {
      return error as Error;
    }
  };
  // No mode, and the modes that verify nothing.
  for (const mode of ['', 'sslmode=prefer', 'sslmode=require']) expect(await outcome(mode)).toBe('encrypted');
  expect(await outcome('sslmode=disable')).toBe('plain');
  // The right authority.
  for (const mode of ['require', 'verify-ca', 'verify-full'])
    expect(await outcome(`sslmode=${mode}&sslrootcert=${ca}`)).toBe('encrypted');
  expect(await outcome('sslmode=verify-full', '127.0.0.1', { CODEMIE_CA_FILE: ca })).toBe('encrypted');
  const ofComputer = createRoots({
    sources: () => ({ file: undefined, extra: undefined }),
    readSystem: async () => [readFileSync(ca, 'utf8')],
    onSlow: () => undefined,
    advice: () => '',
  });
  for (const file of ['', '&sslrootcert=system'])
    expect(await outcome(`sslmode=verify-full${file}`, '127.0.0.1', {}, { ca: ofComputer })).toBe(
      'encrypted',
    );
  // Nobody vouches for the certificate.
  const stranger = newCertificate(2, 'authority', 'IP:127.0.0.1').trusted;
  for (const mode of ['require', 'verify-ca', 'verify-full'])
    expect(await outcome(`sslmode=${mode}&sslrootcert=${stranger}`)).toMatchObject({ code: 'TLS_UNTRUSTED' });
  for (const mode of ['verify-ca', 'verify-full'])
    expect(await outcome(`sslmode=${mode}`)).toMatchObject({
      code: 'TLS_UNTRUSTED',
      exit: 'unreachable',
      hint: expect.stringContaining('sslrootcert'),
    });
  // The certificate is for another name.
  expect(await outcome(`sslmode=verify-ca&sslrootcert=${ca}`, 'localhost')).toBe('encrypted');
  expect(await outcome(`sslmode=verify-full&sslrootcert=${ca}`, 'localhost')).toMatchObject({
    code: 'TLS_UNTRUSTED',
    message: expect.stringContaining('a certificate for another name'),
  });
  expect(await outcome('sslmode=verify-full&sslrootcert=/nowhere.pem')).toMatchObject({ code: 'CA_FILE' });
});

it('goes on in plain text only where you said so, or on this machine', () => {
  const plainToo = (database: string): boolean =>
    encryptionFor(databaseAddress({ database }, {}), { ca: () => undefined, userHome: '/nowhere' }).plainToo;
  expect(plainToo('postgresql://u@db.example.com/d')).toBe(false);
  expect(plainToo('postgresql://u@db.example.com/d?sslmode=require')).toBe(false);
  expect(plainToo('postgresql://u@db.example.com/d?sslmode=verify-full')).toBe(false);
  expect(plainToo('postgresql://u@db.example.com/d?sslmode=prefer')).toBe(true);
  expect(plainToo('postgresql://u@127.0.0.1/d')).toBe(true);
});

it.skipIf(noOpenssl !== undefined)('takes ~/.postgresql/root.crt as the authority, as libpq does', () => {
  const authority = readFileSync(newCertificate(2, 'authority', 'IP:127.0.0.1').trusted, 'utf8');
  const context = testContext();
  const folder = join(context.userHome, '.postgresql');
  mkdirSync(folder);
  writeFileSync(join(folder, 'root.crt'), authority);
  const address = databaseAddress({ database: 'postgresql://u@h/d?sslmode=require' }, {});
  expect(encryptionFor(address, context).tls).toMatchObject({
    ca: [authority.trim()],
    rejectUnauthorized: true,
  });
});

it('uses no encryption over a Unix socket', async () => {
  const { url } = await platformDatabase('empty');
  const address = databaseAddress({ database: `${url}?host=/tmp/pg` }, {});
  expect(encryptionFor(address, testContext())).toEqual({ tls: false, plainToo: true });
});
