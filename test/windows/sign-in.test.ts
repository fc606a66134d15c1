import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Machine } from '../support/program.ts';
import { NODE, Windows } from '../support/windows.ts';

const run = inject('windowsRun');

/** Opens every file of a folder for a moment, again and again, as a virus scanner does, until its stdin ends. */
const SCANNER = `const { closeSync, openSync, readdirSync } = require('node:fs');
process.stdin.on('end', () => process.exit()).resume();
let count = 0;
function scan() {
  const files = readdirSync(process.argv[1]).map((name) => process.argv[1] + '\\\\' + name);
  const open = files.flatMap((file) => { try { return [openSync(file)]; } catch { return []; } });
  if (count++ === 0) console.log('scanning');
  setTimeout(() => { open.forEach(closeSync); setTimeout(scan, 5); }, 40);
}
scan();`;

describe.skipIf(run.missing !== undefined)('a developer on Windows', () => {
  let sandbox: { readonly url: string };
  let windows: Windows;
  const machine = new Machine();
  afterAll(() => machine.dispose());
  beforeAll(async () => {
    sandbox = await machine.sandbox('--auto-approve', 'ada');
    windows = new Windows(run);
  });

  it('signs in with the browser that Windows opens, into the Credential Manager, and out again', async () => {
    const setup = await windows.run(['setup', '--url', sandbox.url]);
    expect(setup.stderr).toContain('Signed in as ada@sandbox.example. Saved in the system keychain');
    const status = JSON.parse((await windows.run(['profile', 'status', '--json'])).stdout);
    expect(status).toMatchObject({ state: 'valid', store: 'keychain' });
    const before = await windows.run(['token']);
    expect(await windows.run(['profile', 'refresh'])).toMatchObject({ code: 0 });
    const after = await windows.run(['token']);
    expect(after.stdout).toMatch(/^eyJ/);
    expect(after.stdout).not.toBe(before.stdout);
    expect((await windows.run(['doctor'])).stdout).toMatch(/No errors|No problems/);
    expect(await windows.run(['logout'])).toMatchObject({ code: 0 });
    expect(await windows.run(['token'])).toMatchObject({ code: 4, stdout: '' });
  });

  it('refreshes the sign-in in an encrypted file while other programs have the file open', async () => {
    const login = ['profile', 'login', '--url', sandbox.url, '--store', 'encrypted-file'];
    expect(await windows.run(login)).toMatchObject({ code: 0 });
    const home = windows.linux(`${windows.profile}\\.codemie`);
    const credentials = readdirSync(home, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('.enc'),
    );
    const file = join(home, credentials ?? 'none');
    const stored = readFileSync(file, 'utf8');
    const folder = `${windows.profile}\\.codemie\\${(credentials ?? '').split('/').slice(0, -1).join('\\')}`;
    const scanner = await windows.startProgram(NODE, ['-e', SCANNER, folder], { input: 'open' });
    await scanner.printed('scanning');
    const refreshes = await Promise.all([1, 2, 3].map(() => windows.run(['profile', 'refresh'])));
    expect(refreshes.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(
      refreshes.map(() => [0, '']),
    );
    await scanner.end();
    expect(readFileSync(file, 'utf8')).not.toBe(stored);
    expect(await windows.run(['profile', 'refresh'])).toMatchObject({ code: 0 });
    expect((await windows.run(['token'])).stdout).toMatch(/^eyJ/);
  });

  it('can save a token with `>` in PowerShell, and sign in with it', async () => {
    const token = (await windows.run(['token'])).stdout.trim();
    const bob = new Windows(run, 'Bob');
    const login = ['profile', 'login', '--url', sandbox.url, '--with-token', '--store', 'encrypted-file'];
    const input = Buffer.from(`\uFEFF${token}\r\n`, 'utf16le');
    expect(await bob.run(login, { input })).toMatchObject({ code: 0 });
    expect((await bob.run(['token'])).stdout.trim()).toBe(token);
  });

  it('has settings that an editor of Windows saved as UTF-16', async () => {
    const file = windows.linux(`${windows.profile}\\.codemie\\codemie-cli.config.json`);
    const text = readFileSync(file, 'utf8');
    for (const saved of [Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le'), `\uFEFF${text}`]) {
      writeFileSync(file, saved);
      expect(JSON.parse((await windows.run(['profile', 'status', '--json'])).stdout)).toMatchObject({
        state: 'valid',
      });
    }
  });

  it('leaves no token in any output', () => {
    expect(windows.output.replaceAll(/^eyJ\S+$/gm, '')).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
  });
});
