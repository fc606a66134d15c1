import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { browserSafe } from '../../src/mcp/auth/browser-safe.ts';
import { openBrowser } from '../../src/system/process/open-browser.ts';
import { childOf, temporaryFolder } from '../support/context.ts';
import { fakeMcp } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

describe('an authorization endpoint that is not a web address', () => {
  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'ms-msdt:/id',
    'x-apple.systempreferences:',
    'http://evil.example/a',
    'http://127.0.0.1.evil.example/a',
    'https://user:secret@h.example/',
    'no address at all',
    '',
  ])('%j is never opened, and the request is answered with an error', async (endpoint) => {
    const server = await fakeMcp({ oauth: true, metadata: { authorization_endpoint: endpoint } });
    const host = mcpHost(server.url);
    const { error } = await host.initialize();
    expect(error?.data.code).toMatch(/^MCP_(SIGN_IN_FAILED|DISCOVERY_FAILED)$/);
    expect(host.context.opened).toEqual([]);
    expect(host.context.out.stderr).not.toContain(endpoint === '' ? 'Sign in to' : endpoint);
    expect(server.at('/register')).toEqual([]);
  });

  it('that is longer than a browser takes is not opened', async () => {
    const endpoint = `https://h.example/${'a'.repeat(9000)}`;
    const server = await fakeMcp({ oauth: true, metadata: { authorization_endpoint: endpoint } });
    const host = mcpHost(server.url);
    expect((await host.initialize()).error?.data.code).toBe('MCP_SIGN_IN_FAILED');
    expect(host.context.opened).toEqual([]);
  });
});

describe('an authorization endpoint with signs that mean something to a shell', () => {
  it('is one argument of the opener, means the same, and runs nothing', async () => {
    const folder = temporaryFolder();
    const mark = join(folder, 'mark');
    const opener = join(folder, 'opener');
    const args = join(folder, 'args');
    writeFileSync(opener, `#!/bin/sh\nfor one in "$@"; do printf '%s\\n' "$one"; done > '${args}'\n`);
    chmodSync(opener, 0o755);
    const endpoint = `https://h.example/a%20b/$(touch ${mark})\`touch ${mark}\`?q="|^&r=%24{x}&s=;touch ${mark};`;
    const server = await fakeMcp({ oauth: true, metadata: { authorization_endpoint: endpoint } });
    const host = mcpHost(server.url, {
      settings: { timeout: '700ms' },
      override: {
        openBrowser: (address) =>
          openBrowser(address, childOf({ BROWSER: opener, PATH: process.env['PATH'] }), 'linux'),
      },
    });
    await host.initialize();
    const [page = '', ...more] = readFileSync(args, 'utf8').trimEnd().split('\n');
    expect(more).toEqual([]);
    expect(page).toMatch(/^https:\/\/h\.example\/a%20b\//);
    expect(page).not.toMatch(/[\s"<>`$|^{}\\']/);
    expect(page).not.toContain('%2520');
    const { searchParams } = new URL(page);
    expect(searchParams.get('q')).toBe('"|^');
    expect(searchParams.get('r')).toBe(`\${x}`);
    expect(searchParams.get('s')).toBe(`;touch ${mark};`);
    expect(existsSync(mark)).toBe(false);
  });

  it.each([
    ['https://h.example/a b', 'https://h.example/a%20b'],
    ['https://h.example/%20', 'https://h.example/%20'],
    [`https://h.example/$(x)`, 'https://h.example/%24(x)'],
    ['https://h.example/?a=`b`', 'https://h.example/?a=%60b%60'],
    ["https://h.example/?a='b'", 'https://h.example/?a=%27b%27'],
    ['https://h.example/?a=^|{}\\', 'https://h.example/?a=%5E%7C%7B%7D%5C'],
    ['https://h.example/?a=1&b=%26', 'https://h.example/?a=1&b=%26'],
  ])('%s is given as %s', (address, expected) => {
    expect(browserSafe(new URL(address))).toBe(expected);
  });
});
