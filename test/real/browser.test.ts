import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineOf, Machine, root, SIGN_IN_ADDRESS } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('chromium', ['chromium']);

let machine: Machine;
beforeEach(() => {
  machine = new Machine({ BROWSER: 'none' });
});
afterEach(() => machine.dispose());

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(missing !== undefined)('a real browser', () => {
  it('signs in on the sandbox’s page with the keyboard, and ends on a page without the code in its URL', async () => {
    const sandbox = await machine.sandbox();
    const child = machine.start(['profile', 'login', '--url', sandbox.url, '--store', 'encrypted-file'], {
      input: { open: true },
    });
    const done = machine.collect(child);
    const address = await lineOf(child, SIGN_IN_ADDRESS);
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
    try {
      const page = await browser.newPage({ viewport: { width: 900, height: 520 } });
      await page.goto(address);
      await page.getByLabel('Username or email').fill('ada');
      await page.getByLabel('Password').fill('ada-sandbox-password');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Allow' }).press('Enter');
      await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
      expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/done$/);
      expect(await page.evaluate('document.referrer')).toBe('');
      if (process.env['UPDATE_SCREENSHOTS'] !== undefined)
        await page.screenshot({ path: join(root, 'docs', 'images', 'callback.png') });
    } finally {
      await browser.close();
    }
    const result = await done;
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('Signed in to');
  });

  it('a denied consent ends with exit 6 and says so on the page', async () => {
    const sandbox = await machine.sandbox();
    const child = machine.start(
      ['profile', 'login', '--url', sandbox.url, '--store', 'encrypted-file', '--json'],
      { input: { open: true } },
    );
    const done = machine.collect(child);
    const address = await lineOf(child, SIGN_IN_ADDRESS);
    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
    try {
      const page = await browser.newPage();
      await page.goto(address);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('heading', { name: 'Sign-in did not complete' }).waitFor();
    } finally {
      await browser.close();
    }
    const result = await done;
    expect(result.code).toBe(6);
    expect(JSON.parse(result.stdout).error.code).toBe('SIGN_IN_DENIED');
  });
});
