import { afterEach, describe, expect, it } from 'vitest';
import { featuresFrom, pageFlagsFrom } from '../../../src/sandbox/administration/flags.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../../src/sandbox/start.ts';
import { SettingsVisitor } from '../../support/settings-visitor.ts';

const ADMINISTRATION = '/settings/administration';

let sandbox: Sandbox;
let browser: SettingsVisitor;
afterEach(() => sandbox?.close());

async function start(options: SandboxOptions, as = 'grace'): Promise<void> {
  sandbox = await startSandbox(options);
  browser = new SettingsVisitor(sandbox.url);
  await browser.signIn(as);
}

async function tabs(): Promise<readonly string[]> {
  const { html } = await browser.open(ADMINISTRATION);
  const [navigation = ''] = /<nav class="tabs".*?<\/nav>/s.exec(html) ?? [];
  return [...navigation.matchAll(/<a [^>]*>([^<]*)</g)].map(([, name = '']) => name);
}

describe('the tabs of Administration', () => {
  it('are both there when both components have user management switched on', async () => {
    await start({ access: 'platform', page: { userManagement: true } });
    expect((await browser.open('/settings')).html).toContain(`href="${ADMINISTRATION}"`);
    expect(await tabs()).toEqual(['Users management', 'Projects management']);
  });

  it.each<SandboxOptions>([{ access: 'platform' }, { access: 'keycloak' }])(
    'follow the API where the page has no variable of its own: %o',
    async (options) => {
      await start(options);
      const on = options.access === 'platform';
      expect(await tabs()).toEqual(
        on ? ['Users management', 'Projects management'] : ['Projects management'],
      );
    },
  );

  it('only the API switched on: the controls are missing', async () => {
    await start({ access: 'platform', page: { userManagement: false } });
    expect(await tabs()).toEqual(['Projects management']);
    expect((await browser.open(`${ADMINISTRATION}/users`)).status).toBe(404);
    const projects = await browser.open(`${ADMINISTRATION}/projects`);
    expect(projects.text).toContain('shows the names of the projects only');
    expect(projects.text).toContain('analytical-engine');
    expect(projects.html).not.toContain('name="do"');
    expect((await browser.open(`${ADMINISTRATION}/projects/compilers`)).status).toBe(404);
  });

  it('only the page switched on: the API answers with errors, and the page says which component is off', async () => {
    await start({ access: 'keycloak', page: { userManagement: true } });
    const users = await browser.open(`${ADMINISTRATION}/users`);
    expect([users.status, users.text]).toEqual([404, expect.stringContaining('Not Found')]);
    const projects = await browser.open(`${ADMINISTRATION}/projects`);
    expect([projects.status, projects.text]).toEqual([
      400,
      expect.stringContaining('User management not enabled'),
    ]);
    for (const { text } of [users, projects]) {
      expect(text).toContain('Users management Projects management');
      expect(text).toContain('Set both the same');
    }
  });

  it('do not exist for regular users, nor does Administration', async () => {
    await start({ access: 'platform', page: { userManagement: true } }, 'bob');
    expect((await browser.open('/settings')).text).not.toContain('Administration');
    for (const path of ['', '/users', '/projects', '/projects/analytical-engine', '/nowhere']) {
      const page = await browser.open(`${ADMINISTRATION}${path}`);
      expect([path, page.status]).toEqual([path, 403]);
      expect(page.text).not.toContain('Users management');
    }
  });
});

describe('the variables of the page', () => {
  it('only the exact word "true" switches something on', () => {
    const words = ['true', 'True', 'TRUE', 'yes', '1', 'on', 'false', '', ' true'];
    const on = words.filter((word) => pageFlagsFrom({ VITE_ENABLE_USER_MANAGEMENT: word }).userManagement);
    expect(on).toEqual(['true']);
    expect(pageFlagsFrom({ VITE_ENABLE_BUDGET_MANAGEMENT: 'true' })).toEqual({
      userManagement: undefined,
      budgetManagement: true,
    });
  });

  it('decide where they are set; else the API does', () => {
    const both = [
      { id: 'features:userManagement', settings: { enabled: true } },
      { id: 'features:budgetManagement', settings: { enabled: true } },
    ];
    expect(featuresFrom({}, both)).toEqual({
      apiManagesUsers: true,
      userManagement: true,
      budgetManagement: true,
    });
    expect(featuresFrom({ userManagement: false, budgetManagement: false }, both)).toEqual({
      apiManagesUsers: true,
      userManagement: false,
      budgetManagement: false,
    });
    const off = [{ id: 'features:budgetManagement', settings: { enabled: false } }];
    for (const answer of [off, [], undefined, { detail: 'no' }])
      expect(featuresFrom({}, answer)).toEqual({
        apiManagesUsers: false,
        userManagement: false,
        budgetManagement: false,
      });
  });
});
