import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/start.ts';
import { madeToken } from '../../support/bad-tokens.ts';
import { type Person, person, sandboxFor } from '../../support/person.ts';

const UNSET = 'unset CODEMIE_JWT_TOKEN';
const HIDES = /overrides your sign-in in an unencrypted file/;

/** Somebody with a good sign-in of Ada, in a shell with this value in CODEMIE_JWT_TOKEN. */
async function withVariable(
  value: (sandbox: Sandbox) => Promise<string> | string,
  name = 'CODEMIE_JWT_TOKEN',
): Promise<Person & { readonly sandbox: Sandbox }> {
  const sandbox = await sandboxFor();
  const ada = person();
  const { code, stderr } = await ada.run(`profile login --url ${sandbox.url} --store plaintext-file`);
  if (code !== 0) throw new Error(stderr);
  const { HOME = '', CODEMIE_HOME = '' } = ada.context.env;
  return { ...person({ env: { HOME, CODEMIE_HOME, [name]: await value(sandbox) } }), sandbox };
}

const COMMANDS = [
  'profile status',
  'token',
  'profile refresh',
  'doctor --only credential',
  'run claude --task x',
];

/** Values that every command refuses. */
const BAD: Readonly<Record<string, readonly [(sandbox: Sandbox) => Promise<string> | string, string]>> = {
  'rubbish left in the variable': [() => 'rubbish', "isn't a valid JWT"],
  'the word null': [() => 'null', 'is the word "null"'],
  'a masked value': [() => '***', 'is masked'],
  'a token that has expired': [
    () => madeToken({ sub: 'u-2', email: 'bob@example.com', exp: 1_700_000_000 }),
    'The token in CODEMIE_JWT_TOKEN expired',
  ],
  'a token that starts tomorrow': [
    () => madeToken({ sub: 'u-2', nbf: Math.floor(Date.now() / 1000) + 86_400 }),
    'is not valid until',
  ],
  'a token that the platform rejects': [
    () => madeToken({ iss: 'https://elsewhere.example', sub: 'u-2', exp: 4_000_000_000 }),
    'rejected the token from',
  ],
};

describe.each(Object.entries(BAD))('a good sign-in, and in CODEMIE_JWT_TOKEN %s', (_name, [value, says]) => {
  it('every command names the variable, what it overrides, and the command that ends this', async () => {
    const shell = await withVariable(value);
    for (const command of COMMANDS) {
      // These do not ask the platform, or leave its answer to another check.
      if (says.startsWith('rejected') && /refresh|^token|^doctor|^run/.test(command)) continue;
      const { code, stdout, stderr } = await shell.run(command);
      const text = stdout + stderr;
      expect([command, code], text).toEqual([command, command.startsWith('doctor') ? 1 : 4]);
      const isRefreshed = command.endsWith('refresh') && says.endsWith('expired');
      expect(text, command).toContain(isRefreshed ? "can't be refreshed" : says);
      expect(text, command).toContain('CODEMIE_JWT_TOKEN');
      expect(text, command).toMatch(HIDES);
      expect(text, command).toContain(UNSET);
    }
  });
});

it('a good token of somebody else in the variable: every command says whose it is, and works', async () => {
  const shell = await withVariable((sandbox) => sandbox.mintToken({ user: 'bob', ttlSeconds: 3600 }));
  for (const command of ['profile status', 'token', 'doctor --only credential']) {
    const { code, stdout, stderr } = await shell.run(command);
    expect([command, code], stderr).toEqual([command, 0]);
    const text = stdout + stderr;
    expect(text, command).toMatch(/CODEMIE_JWT_TOKEN overrides .* as bob@sandbox\.example\./);
    expect(text, command).toContain(UNSET);
  }
  const { stdout } = await shell.run('token');
  expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const refresh = await shell.run('profile refresh');
  expect([refresh.code, refresh.stderr]).toEqual([
    4,
    expect.stringContaining("The token in CODEMIE_JWT_TOKEN can't be refreshed. It overrides your sign-in"),
  ]);
  expect(refresh.stderr).toContain(UNSET);
});

it("a variable of the folder's .env: unset would not help, so the file is named", async () => {
  const shell = await withVariable(() => '');
  const cwd = join(shell.context.home, '..', 'repository');
  mkdirSync(cwd);
  writeFileSync(join(cwd, '.env'), 'CODEMIE_JWT_TOKEN=null\n');
  const { HOME = '', CODEMIE_HOME = '' } = shell.context.env;
  const there = person({ env: { HOME, CODEMIE_HOME }, override: { cwd } });
  const { code, stderr } = await there.run('token --trust-project');
  expect([code, stderr]).toEqual([4, expect.stringContaining('is the word "null"')]);
  expect(stderr).toContain('Remove CODEMIE_JWT_TOKEN from the .env file of this folder.');
  expect(stderr).not.toContain('unset');
});

it('an empty variable is said by every command that uses the stored sign-in instead', async () => {
  const shell = await withVariable(() => ' ');
  for (const command of ['profile status', 'token', 'profile refresh', 'doctor --only credential']) {
    const { code, stdout, stderr } = await shell.run(command);
    expect([command, code, stdout + stderr]).toEqual([
      command,
      0,
      expect.stringContaining('CODEMIE_JWT_TOKEN is empty'),
    ]);
  }
});
