import { describe, expect, it } from 'vitest';
import { databaseAddress, databaseName } from '../../src/postgres/address.ts';
import { CodemieError } from '../../src/system/errors.ts';

const failure = (work: () => unknown): CodemieError => {
  try {
    work();
  } catch (error) {
    if (error instanceof CodemieError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

describe('the address of a database', () => {
  it('is taken apart as libpq does', () => {
    const address = databaseAddress(
      {
        database:
          'postgresql://app%40x:p%40ss%2Fword@db.example.com:6432/platform?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=3',
      },
      {},
    );
    expect(address).toMatchObject({
      host: 'db.example.com',
      port: 6432,
      user: 'app@x',
      database: 'platform',
      connectMs: 3000,
      tls: { mode: 'verify-full', rootCert: '/ca.pem' },
    });
    expect(address.password?.reveal()).toBe('p@ss/word');
    expect(databaseName(address)).toBe('"platform" on db.example.com:6432');
  });

  it('comes from the variables of libpq', () => {
    const env = {
      PGHOST: '::1',
      PGPORT: '5433',
      PGUSER: 'app',
      PGDATABASE: 'platform',
      PGPASSWORD: 'from-variable',
      PGSSLMODE: 'verify-ca',
      PGSSLROOTCERT: 'ca.pem',
      PGPASSFILE: '/pass',
    };
    const address = databaseAddress({}, env);
    expect(address).toMatchObject({
      host: '::1',
      port: 5433,
      user: 'app',
      database: 'platform',
      passFile: '/pass',
      tls: { mode: 'verify-ca', rootCert: 'ca.pem' },
    });
    expect(address.password?.reveal()).toBe('from-variable');
    expect(databaseName(address)).toBe('"platform" on [::1]:5433');
  });

  it('takes --database over DATABASE_URL, and what is missing in it from the variables', () => {
    const env = { DATABASE_URL: 'postgresql://other@other/other', PGPASSWORD: 'p', PGPORT: '5433' };
    expect(databaseAddress({ database: 'postgres://me@here/mine' }, env)).toMatchObject({
      host: 'here',
      user: 'me',
      database: 'mine',
      port: 5433,
    });
    expect(databaseAddress({}, env)).toMatchObject({ host: 'other' });
  });

  it.each([
    ['postgresql+psycopg2://u@h/d', { host: 'h', database: 'd' }],
    ['postgresql:///d?host=/var/run/postgresql&user=u', { host: '/var/run/postgresql', user: 'u' }],
    ['postgresql://u@%2Ftmp%2Fpg/d', { host: '/tmp/pg' }],
    ['postgresql://u@[::1]:5/d', { host: '::1', port: 5 }],
    ['postgresql://u@h', { database: 'u', port: 5432 }],
    ['postgresql://u@h/d?application_name=x&keepalives_idle=3', { host: 'h' }],
  ])('reads %s', (database, expected) => {
    expect(databaseAddress({ database }, {})).toMatchObject(expected);
  });

  it.each([
    ['http://u:secret-word@h/d', 'not a URL of one PostgreSQL server'],
    ['host=h dbname=d password=secret-word', 'not a URL of one PostgreSQL server'],
    ['postgresql://u:secret-word#x@h:y/d', 'not a URL of one PostgreSQL server'],
    ['postgresql://u:secret-word@h/d?sslmod=verify-full', 'a parameter that codemie does not know'],
    ['postgresql://u:secret-word@h/d?sslmode=verify', 'sslmode has an unknown value'],
    ['postgresql://u:secret-word@h1,h2/d', 'several servers'],
    ['postgresql://u:secret-word%@h/d', 'a % without two hexadecimal digits'],
    ['postgresql://u:secret-word@h:0/d', 'the port'],
  ])('refuses %s without quoting the password', (database, why) => {
    const { code, message, hint, cause } = failure(() => databaseAddress({ database }, {}));
    expect(code).toBe('DATABASE_ADDRESS');
    expect(message).toContain(why);
    expect(`${message} ${hint} ${String(cause)}`).not.toContain('secret-word');
  });

  it('must be named: no server is guessed', () => {
    expect(failure(() => databaseAddress({}, { USER: 'me' }))).toMatchObject({ code: 'USAGE' });
  });

  it('needs a user', () => {
    expect(failure(() => databaseAddress({ database: 'postgresql://h/d' }, {})).message).toContain('no user');
    expect(databaseAddress({ database: 'postgresql://h/d' }, { USER: 'me' })).toMatchObject({ user: 'me' });
  });
});
