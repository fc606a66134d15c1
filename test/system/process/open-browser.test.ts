import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBrowser } from '../../../src/system/process/open-browser.ts';
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

  it('returns false without a display', async () => {
    expect(await openBrowser('https://h.example/', childOf({}), 'linux')).toBe(false);
  });
});
