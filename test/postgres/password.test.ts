import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseAddress } from '../../src/postgres/address.ts';
import { passwordFor } from '../../src/postgres/password.ts';
import { temporaryFolder, testContext } from '../support/context.ts';

const WHERE = { PGHOST: 'db.example.com', PGDATABASE: 'platform', PGUSER: 'app' };

async function found(env: Record<string, string>, passwordCommand?: string) {
  const context = testContext({ env });
  const password = await passwordFor(databaseAddress({}, env), { passwordCommand }, context);
  return { password: password?.reveal(), said: context.out.stderr };
}

function passFile(text: string, mode = 0o600): string {
  const path = join(temporaryFolder(), 'pass');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('the password file', () => {
  it.each([
    ['db.example.com:5432:platform:app:one', 'one'],
    ['# note\nother:5432:platform:app:no\n*:*:*:app:two', 'two'],
    ['db.example.com:5432:platform:app:with\\:colon\\\\and:rest', 'with:colon\\and'],
    ['db.example.com:5433:platform:app:no', undefined],
    ['db.example.com:5432:platform:App:no', undefined],
    ['db.example.com:5432:platform:app:', undefined],
    ['', undefined],
  ])('%j gives %j', async (text, expected) => {
    expect((await found({ ...WHERE, PGPASSFILE: passFile(text) })).password).toBe(expected);
  });

  it('matches a Unix socket by its folder or by localhost', async () => {
    const env = { ...WHERE, PGHOST: '/tmp/pg', PGPASSFILE: passFile('localhost:*:*:*:socket') };
    expect((await found(env)).password).toBe('socket');
  });

  it('is left out if other people can read it', async () => {
    const path = passFile('*:*:*:*:open', 0o640);
    const { password, said } = await found({ ...WHERE, PGPASSFILE: path });
    expect(password).toBeUndefined();
    expect(said).toContain(`chmod 600 ${path}`);
  });

  it('counts less than PGPASSWORD', async () => {
    const env = { ...WHERE, PGPASSWORD: 'variable', PGPASSFILE: passFile('*:*:*:*:file') };
    expect((await found(env)).password).toBe('variable');
  });
});

describe('the password command', () => {
  it('counts most, runs in a shell, and loses its line end', async () => {
    const { password } = await found({ ...WHERE, PGPASSWORD: 'variable' }, 'echo "tok en" | tr a-z A-Z');
    expect(password).toBe('TOK EN');
  });

  it.each([
    ['exit 3', 'failed'],
    ['true', 'printed nothing'],
    ['echo a; echo b', 'more than one line'],
  ])('%s: %s', async (command, why) => {
    await expect(found(WHERE, command)).rejects.toMatchObject({
      code: 'DATABASE_LOGIN',
      message: expect.stringContaining(why),
    });
  });

  it('does not show what it wrote before it failed', async () => {
    const error = await found(WHERE, 'echo secret-token; echo secret-token >&2; exit 1').catch(String);
    expect(error).not.toContain('secret-token');
  });
});
