import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { claude } from '../../src/agents/adapters/claude.ts';
import { CMD_MARKS } from '../support/cmd-marks.ts';
import { npmRegistry } from '../support/npm-registry.ts';
import { Machine } from '../support/program.ts';
import { NODE, NPM_UNDER_WINE, Windows, type WindowsOptions } from '../support/windows.ts';

const run = inject('windowsRun');

/** Stands in for Claude Code: prints what it was started with. */
const AGENT = `#!/usr/bin/env node
const [first] = process.argv.slice(2);
if (first === '--version') console.log('${claude.tried.newest} (Claude Code)');
else console.log(JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd(), env: process.env }));
`;

describe.skipIf(run.missing !== undefined)('an agent on Windows', () => {
  let windows: Windows;
  let sandbox: { readonly url: string };
  /** For npm to find the package. */
  let npm: typeof NPM_UNDER_WINE & { readonly npm_config_registry: string };

  const machine = new Machine();
  afterAll(() => machine.dispose());
  beforeAll(async () => {
    sandbox = await machine.sandbox('--auto-approve', 'ada');
    windows = new Windows(run);
    expect(await windows.run(['setup', '--url', sandbox.url])).toMatchObject({ code: 0 });
    const registry = await npmRegistry({
      name: claude.npmPackage,
      version: claude.tried.newest,
      program: 'claude',
      source: AGENT,
    });
    npm = { ...NPM_UNDER_WINE, npm_config_registry: registry };
    const installed = await windows.run(['install', 'claude'], { env: npm });
    expect(installed.code, installed.stderr).toBe(0);
  });

  async function launch(task: string, rest: readonly string[] = [], options: WindowsOptions = {}) {
    const { code, stdout, stderr } = await windows.run(['--task', task, '--', ...rest], {
      bin: 'codemie-claude',
      ...options,
    });
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { argv: string[]; cwd: string; env: Record<string, string> };
  }

  it('is installed by npm with a script for cmd.exe, into a folder with spaces and letters beyond ASCII', async () => {
    const folder = windows.linux(`${windows.profile}\\.codemie\\agents\\node_modules\\.bin`);
    expect(readdirSync(folder)).toContain('claude.cmd');
    expect((await windows.run(['doctor', '--offline'])).stdout).toContain(
      `Claude Code ${claude.tried.newest}`,
    );
  });

  it('gets task and arguments unchanged, whatever cmd.exe would make of them', async () => {
    const task = `fix the "title" & echo PWNED> ${windows.work}\\pwned.txt & rem %USERNAME% ^ | x\r\nnext`;
    const started = await launch(task);
    expect(started.argv.slice(0, 3)).toEqual(['-p', task, '--settings']);
    expect(started.argv.slice(3).join(' ')).toContain(`${windows.profile}\\AppData\\Local\\Temp\\codemie-`);
    expect(started.cwd).toBe(windows.work);
    expect(readdirSync(windows.linux(windows.work))).toEqual([]);
  });

  it('gets any words unchanged', { timeout: 60_000 }, async () => {
    const more = [')', '\\"', '\t', ';', ',', '=', '$', '*', '?', 'a', 'é', '日本', '👩‍💻', '-', '/', '@'];
    const letters = [...CMD_MARKS, ...more];
    const word = fc.string({ unit: fc.constantFrom(...letters), maxLength: 24 });
    const property = fc.asyncProperty(fc.array(word, { minLength: 60, maxLength: 60 }), async (words) => {
      const { argv } = await launch('hi', words);
      expect(argv.slice(-words.length)).toEqual(words);
    });
    await fc.assert(property, { numRuns: 3, endOnFailure: true });
  });

  it('is found by the short launchers and by `codemie run` in a folder whose letters differ in case', async () => {
    const cwd = windows.work.replace('C:\\users', 'c:\\USERS');
    expect((await launch('hi', [], { cwd })).argv[1]).toBe('hi');
    expect(await windows.run(['run', 'claude', '--task', 'hi'], { cwd })).toMatchObject({ code: 0 });
    expect((await windows.run(['profile', 'status'], { cwd })).stdout).toContain('signed in');
  });

  it('does not see our secrets or the keys of its provider, however their names are spelled', async () => {
    const env = {
      Codemie_Passphrase: 'a secret passphrase',
      CODEMIE_PASSPHRASE: undefined,
      Anthropic_Api_Key: 'a secret key',
      anthropic_base_url: 'https://elsewhere.example',
      codemie_model: 'claude-4-5-haiku',
    };
    const started = await launch('hi', [], { env });
    const names = Object.keys(started.env).map((name) => name.toUpperCase());
    expect(names).not.toContain('CODEMIE_PASSPHRASE');
    expect(names).not.toContain('ANTHROPIC_API_KEY');
    expect(new Set(names).size).toBe(names.length);
    expect(JSON.stringify(started)).not.toMatch(/a secret|elsewhere/);
    expect(started.env['ANTHROPIC_DEFAULT_MODEL']).toBe('claude-4-5-haiku');
  });

  it('runs in a pipeline with a token in a file of PowerShell, and with nothing set up', async () => {
    const token = (await windows.run(['token'])).stdout.trim();
    const job = new Windows(run, 'runneradmin');
    const file = `${job.work}\\token.txt`;
    writeFileSync(job.linux(file), Buffer.from(`\uFEFF${token}\r\n`, 'utf16le'));
    const env = {
      PATH: `${job.env['Path']};${windows.profile}\\.codemie\\agents\\node_modules\\.bin`,
      Path: undefined,
    };
    const given = ['--base-url', sandbox.url, '--jwt-token-file', file, '--task', 'hi'];
    const { code, stdout, stderr } = await job.run(given, { bin: 'codemie-claude', env });
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).argv.slice(0, 2)).toEqual(['-p', 'hi']);
    expect(stdout + stderr).not.toContain(token.split('.')[1]);
  });

  it('and everything else we start never comes from the working folder', { timeout: 120_000 }, async () => {
    const repository = `${windows.profile}\\planted`;
    const folder = windows.linux(repository);
    mkdirSync(folder);
    const names = [
      'rundll32',
      'npm',
      'node',
      'taskkill',
      'reg',
      'cmd',
      'claude',
      'git',
      'icacls',
      'powershell',
    ];
    // Each is Node under another name, which leaves a file when it runs.
    const leave = "require('fs').appendFileSync(__dirname + '/ran', process.argv0 + ' ')";
    writeFileSync(join(folder, 'leave.cjs'), `if (process.execPath.includes('planted')) ${leave}`);
    for (const name of names) {
      linkSync(windows.linux(NODE), join(folder, `${name}.exe`));
      writeFileSync(join(folder, `${name}.cmd`), '@echo planted>> ran\r\n');
    }
    const env = {
      Path: `.;${windows.env['Path']}`,
      ...npm,
      NODE_OPTIONS: `${npm.NODE_OPTIONS} --require "${repository.replaceAll('\\', '/')}/leave.cjs"`,
    };
    const planted = { cwd: repository, env };
    expect(await windows.run(['profile', 'login'], planted)).toMatchObject({ code: 0 });
    await launch('hi', [], planted);
    await windows.run(['doctor'], planted);
    expect(await windows.run(['install', 'claude'], planted)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});
