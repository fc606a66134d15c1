import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Machine, root } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

const missing = missingTool('chromium', ['chromium']);

describe.skipIf(missing !== undefined)('Settings, Administration, in a real browser', () => {
  let machine: Machine;
  let browser: Browser;
  let page: Page;
  let url: string;
  let complaints: string[];
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    machine = new Machine({
      ENABLE_USER_MANAGEMENT: 'true',
      VITE_ENABLE_USER_MANAGEMENT: 'true',
      VITE_ENABLE_BUDGET_MANAGEMENT: 'true',
    });
    ({ url } = await machine.sandbox());
    // The page has to work without scripts.
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1000, height: 700 },
    });
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterEach(async () => {
    await page.context().close();
    await machine.dispose();
  });

  const screenshot = (name: string): Promise<unknown> =>
    page.screenshot({ path: join(machine.folder, `${name}.png`), fullPage: true });

  async function signIn(name: string): Promise<void> {
    await page.goto(url);
    await page.getByLabel('Username or email').fill(name);
    await page.getByLabel('Password').fill(`${name}-sandbox-password`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  }

  const rowOf = (name: string) =>
    page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });

  it('does each step of the verification: sign in, go to Administration, see both tabs, see users and their projects', async () => {
    await signIn('grace');
    await screenshot('1-signed-in');
    await page.getByRole('link', { name: 'Administration' }).click();
    await page.getByRole('heading', { level: 1, name: 'Users management' }).waitFor();
    await screenshot('2-administration');
    const tabs = page.getByRole('navigation', { name: 'Administration' });
    expect(await tabs.getByRole('link').allTextContents()).toEqual([
      'Users management',
      'Projects management',
    ]);
    expect(await tabs.locator('[aria-current=page]').textContent()).toBe('Users management');
    expect(await rowOf('Ada Lovelace').getByRole('cell').allTextContents()).toEqual([
      'ada@sandbox.example',
      'regular',
      'Yes',
      'No',
      'ada@sandbox.example analytical-engine difference-engine ',
      'No budget',
    ]);
    if (process.env['UPDATE_SCREENSHOTS'] !== undefined)
      await page.screenshot({ path: join(root, 'docs', 'images', 'administration.png') });

    await page.getByRole('link', { name: 'Bob Babbage' }).click();
    const add = page.locator('form').filter({ has: page.getByRole('button', { name: 'Add' }) });
    await add.getByLabel('Project').fill('compilers');
    await add.getByLabel('Role').selectOption('Project Admin');
    await add.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('status').getByText('The user is now in compilers.').waitFor();
    await screenshot('3-user');

    await tabs.getByRole('link', { name: 'Projects management' }).click();
    await page.getByRole('link', { name: 'compilers' }).click();
    expect(await page.getByLabel('Role of Bob Babbage').inputValue()).toBe('admin');
    await page.getByRole('heading', { name: 'Budgets' }).waitFor();
    await screenshot('4-project');
    await page.getByRole('button', { name: 'Remove Bob Babbage' }).click();
    await page.getByRole('status').getByText('no longer a member').waitFor();
    expect(complaints).toEqual([]);
  });

  it('works with the keyboard alone, and says after a change what happened', async () => {
    await page.goto(url);
    // The browser moves the focus to the first field with its first frame, which may be after the page has loaded.
    await page.locator('#username:focus').waitFor();
    await page.keyboard.type('grace');
    await page.keyboard.press('Tab');
    await page.keyboard.type('grace-sandbox-password');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.keyboard.press('Tab');
    await expectFocus('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await expectFocus('Administration');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Users management' }).waitFor();
    await tabTo('Bob Babbage');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Bob Babbage' }).waitFor();
    await tabTo('Role in analytical-engine');
    await page.keyboard.press('ArrowDown');
    await tabTo('Save the role in analytical-engine');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('The role in analytical-engine was changed.').waitFor();
    // The address leads to the notice, so the keyboard continues there.
    await page.keyboard.press('Tab');
    await expectFocus('User Type');
    expect(await page.getByLabel('Role in analytical-engine').inputValue()).toBe('admin');
  });

  /** The focused element has this name, and a visible outline. */
  async function expectFocus(name: string): Promise<void> {
    expect(await nameOfFocus()).toBe(name);
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  }

  async function tabTo(name: string): Promise<void> {
    for (let step = 0; step < 60; step += 1) {
      await page.keyboard.press('Tab');
      if ((await nameOfFocus()) === name) return expectFocus(name);
    }
    throw new Error(`the keyboard does not reach "${name}"`);
  }

  async function nameOfFocus(): Promise<string | undefined> {
    return (await accessibleNodes()).find(({ isFocused, role }) => isFocused && role !== 'RootWebArea')?.name;
  }

  interface AccessibleNode {
    readonly role: string;
    readonly name: string;
    readonly isFocused: boolean;
  }

  /** What assistive technology sees: Chromium computes roles and names. */
  async function accessibleNodes(): Promise<readonly AccessibleNode[]> {
    const session = await page.context().newCDPSession(page);
    const { nodes } = await session.send('Accessibility.getFullAXTree');
    await session.detach();
    return nodes
      .filter(({ ignored }) => !ignored)
      .map(({ role, name, properties = [] }) => ({
        role: String(role?.value),
        name: String(name?.value ?? '').trim(),
        isFocused: properties.some((one) => one.name === 'focused' && one.value.value === true),
      }));
  }

  it('gives every control a name, each page its landmarks, and fits a narrow window', async () => {
    await signIn('grace');
    await page.setViewportSize({ width: 320, height: 640 });
    const titles = new Set<string>();
    for (const path of [
      '',
      '/administration/users',
      '/administration/projects',
      '/administration/projects/compilers',
      '/administration/projects/nowhere',
    ]) {
      await page.goto(`${url}/settings${path}`);
      const nodes = await accessibleNodes();
      const controls = nodes.filter(({ role }) =>
        ['button', 'link', 'textbox', 'combobox', 'checkbox', 'region', 'table', 'columnheader'].includes(
          role,
        ),
      );
      expect(controls.length, path).toBeGreaterThan(2);
      expect(
        controls.filter(({ name }) => name === ''),
        path,
      ).toEqual([]);
      const roles = nodes.map(({ role }) => role);
      for (const landmark of ['banner', 'main', 'navigation']) expect(roles, path).toContain(landmark);
      const forms = controls.filter(({ role }) => role === 'button').map(({ name }) => name);
      expect(new Set(forms).size, `${path}: two buttons have one name`).toBe(forms.length);
      titles.add(await page.title());
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect([path, width]).toEqual([path, 320]);
    }
    expect(titles.size).toBe(5);
    expect(await page.title()).toMatch(/^Error: /);
    await page.getByRole('alert').getByText('Project not found').waitFor();
  });
});
