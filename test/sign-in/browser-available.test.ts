import { describe, expect, it } from 'vitest';
import { noBrowserReason } from '../../src/sign-in/browser-available.ts';
import { fakeProvider } from '../support/fake-provider.ts';
import { addressIn, byBrowser, machine } from './support.ts';

type Case = readonly [string, NodeJS.Platform, Record<string, string>, string | undefined];

const CASES: readonly Case[] = [
  ['a desktop', 'linux', { DISPLAY: ':0' }, undefined],
  [
    'a Wayland desktop with an empty DISPLAY',
    'linux',
    { DISPLAY: '', WAYLAND_DISPLAY: 'wayland-0' },
    undefined,
  ],
  ['a Mac', 'darwin', {}, undefined],
  ['Windows', 'win32', {}, undefined],
  ['WSL', 'linux', { WSL_DISTRO_NAME: 'Debian' }, undefined],
  ['a server without display', 'linux', {}, 'there is no display'],
  ['SSH', 'linux', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, "you're in an SSH session"],
  ['SSH to a Mac', 'darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, "you're in an SSH session"],
  ['SSH with a forwarded display', 'linux', { SSH_CONNECTION: 'x', DISPLAY: 'localhost:10.0' }, undefined],
  ['a pipeline', 'linux', { CI: 'true' }, 'this is a CI job; consider CODEMIE_JWT_TOKEN instead'],
  ['a codespace', 'linux', { CODESPACES: 'true' }, "you're in a codespace"],
  ['a codespace that set BROWSER', 'linux', { CODESPACES: 'true', BROWSER: '/opt/browser.sh' }, undefined],
  ['a container', 'linux', { container: 'podman' }, "you're in a container"],
  ['a development container', 'linux', { REMOTE_CONTAINERS: 'true' }, "you're in a container"],
  ['a pod', 'linux', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, "you're in a container"],
  ['BROWSER=none', 'darwin', { BROWSER: 'none' }, 'BROWSER is set to none'],
  ['BROWSER over SSH', 'linux', { BROWSER: 'w3m', SSH_CONNECTION: 'x' }, undefined],
];

describe('whether codemie tries to open a browser (T24)', () => {
  it.each(CASES)('on %s', (_place, platform, env, reason) => {
    expect(noBrowserReason({ platform, env })).toBe(reason);
  });

  it.each([
    ['Open this link', {}, { openBrowser: false }, 0],
    ["You're in an SSH session. Open this link", { DISPLAY: '', SSH_CONNECTION: 'x' }, {}, 0],
    ['No browser could be started. Open this link', {}, {}, 1],
  ])('prints "%s" on one line and the address alone on the next', async (start, env, overrides, opened) => {
    const provider = await fakeProvider();
    const context = machine({ env, onOpen: () => false });
    const login = byBrowser(context, provider, overrides);
    const address = await addressIn(context);
    const lines = context.out.stderr.split('\n');
    expect(lines[0]).toBe(`${start} in your browser:`);
    expect(lines[1]).toBe(address.href);
    expect(lines[2]).toBe('Waiting for you to sign in (10 s)…');
    expect(lines[3]).toContain('copy its address and paste it here');
    expect(context.opened).toHaveLength(opened);
    await fetch(address);
    await expect(login).resolves.toMatchObject({ kind: 'oidc' });
  });
});
