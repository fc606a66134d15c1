import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBrowser, openersFor } from '../../../src/system/process/open-browser.ts';
import { childOf, temporaryFolder } from '../../support/context.ts';

/** A browser that records its arguments. */
function browser(exit = 0): { readonly program: string; args(): string[] | undefined } {
  const folder = temporaryFolder();
  const program = join(folder, 'a browser');
  const note = join(folder, 'args.json');
  const source = `require('node:fs').writeFileSync(${JSON.stringify(note)}, JSON.stringify(process.argv.slice(2))); process.exit(${exit});`;
  writeFileSync(program, `#!${process.execPath}\n${source}`);
  chmodSync(program, 0o755);
  return { program, args: () => (existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : undefined) };
}

describe('S38: opening a browser', () => {
  it('passes the URL as one argument, without a shell', async () => {
    const { program, args } = browser();
    const address = 'https://h.example/a?b=$(touch%20x)&c=`id`;d|e';
    expect(
      await openBrowser(address, childOf({ BROWSER: program, PATH: process.env['PATH'] }), 'linux'),
    ).toBe(true);
    await expect.poll(args).toEqual([address]);
  });

  it('puts the URL in the place of %s as it is, whatever signs it has', async () => {
    const folder = temporaryFolder();
    const note = join(folder, 'args.json');
    const script = join(folder, 'browser.cjs');
    writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(note)}, process.argv[2])`);
    const address = "https://h.example/?a=$&b=$`c=$'";
    const given = `${process.execPath} ${script} --url=%s`;
    expect(await openBrowser(address, childOf({ BROWSER: given }), 'linux')).toBe(true);
    await expect.poll(() => existsSync(note) && readFileSync(note, 'utf8')).toBe(`--url=${address}`);
  });

  it.each([
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ftp://h.example/',
    'https://h.example/a b',
    'https://h.example/\u0007',
    'https://h.example/\nhttps://x',
  ])('S38: refuses %j', async (address) => {
    const { program, args } = browser();
    await expect(openBrowser(address, childOf({ BROWSER: program }), 'linux')).rejects.toMatchObject({
      code: 'BROWSER_ADDRESS',
    });
    expect(args()).toBeUndefined();
  });

  it.each([
    ['is not there', () => '/nowhere/browser'],
    ['fails at once', () => browser(3).program],
    ['is none', () => 'none'],
  ])('S38: returns false when the browser %s, so the URL is printed', async (_what, given) => {
    expect(await openBrowser('https://h.example/', childOf({ BROWSER: given() }), 'linux')).toBe(false);
  });

  const address = 'https://h.example/?a=1&b=2';
  const HANDLER = 'url.dll,FileProtocolHandler';
  const inWsl = (env: Record<string, string>) =>
    openersFor(address, childOf({ WSL_DISTRO_NAME: 'Ubuntu', ...env }), 'linux');

  it.each([
    [
      'where its drives are mounted elsewhere',
      '/usr/bin:/windir/c/Windows/system32:/windir/c/Windows',
      '/windir/c/Windows/system32',
    ],
    ['where PATH has no folder of Windows', '/usr/bin', '/mnt/c/Windows/System32'],
    ['where PATH names a folder of the repository', 'c/Windows/System32', '/mnt/c/Windows/System32'],
  ])('in WSL without wslview, Windows itself opens the page: %s', (_where, PATH, folder) => {
    const openers = [
      ['wslview', address],
      [`${folder}/rundll32.exe`, HANDLER, address],
    ];
    expect(inWsl({ PATH })).toEqual(openers);
    expect(inWsl({ PATH, DISPLAY: ':0' })).toEqual([...openers, ['xdg-open', address]]);
    expect(inWsl({ PATH, BROWSER: 'firefox' })).toEqual([['firefox', address]]);
  });

  it('the first opener that starts opens the page, and only that one', async () => {
    const { program, args } = browser();
    const folder = join(temporaryFolder(), 'c/Windows/System32');
    mkdirSync(folder, { recursive: true });
    renameSync(program, join(folder, 'rundll32.exe'));
    const env = childOf({ WSL_DISTRO_NAME: 'Ubuntu', DISPLAY: ':9', PATH: folder });
    expect(await openBrowser(address, env, 'linux')).toBe(true);
    await expect.poll(args).toEqual([HANDLER, address]);
  });

  it.each<[string, NodeJS.Platform, string[]]>([
    [
      String.raw`C:\Apps\firefox.exe -new-window %s`,
      'win32',
      [String.raw`C:\Apps\firefox.exe`, '-new-window', address],
    ],
    [
      String.raw`"C:\Program Files\O'Neil\firefox.exe" -private-window`,
      'win32',
      [String.raw`C:\Program Files\O'Neil\firefox.exe`, '-private-window', address],
    ],
    ['"/opt/my browser/run" --url=%s', 'linux', ['/opt/my browser/run', `--url=${address}`]],
    ["'/opt/my browser/run':firefox", 'linux', ['/opt/my browser/run', address]],
    ['firefox:chromium', 'linux', ['firefox', address]],
  ])('BROWSER=%s', (BROWSER, platform, opener) => {
    expect(openersFor(address, childOf({ BROWSER }), platform)).toEqual([opener]);
  });

  it('returns false without a display', async () => {
    expect(await openBrowser('https://h.example/', childOf({}), 'linux')).toBe(false);
  });
});
