import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logPath } from '../../../src/mcp/log.ts';
import { outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { fakeMcp } from '../../support/fake-mcp.ts';
import { mcpHost } from '../../support/mcp-host.ts';
import { proxySettings as settings } from '../../support/mcp-options.ts';

const URL_ = 'https://mcp.example.com/mcp';
const SECRET = 'V:secret value';

describe('three spellings of a header give the same', () => {
  it.each(['X-Key: V:secret value', 'X-Key:V:secret value', 'X-Key=V:secret value'])('%s', async (line) => {
    expect((await settings([URL_, '--header', line])).headers).toEqual({ 'x-key': SECRET });
    expect((await settings([URL_, `--header=${line}`])).headers).toEqual({ 'x-key': SECRET });
    expect((await settings([URL_], { CODEMIE_MCP_HEADERS: line })).headers).toEqual({ 'x-key': SECRET });
  });

  it('one leading space is dropped, and inner spaces, later colons and equals signs are kept', async () => {
    const { headers } = await settings([URL_, '--header', 'X-Key:  a  b: c=d==']);
    expect(headers).toEqual({ 'x-key': ' a  b: c=d==' });
  });
});

describe('headers without a secret in the command line', () => {
  it('a variable is replaced, also several in one value', async () => {
    const env = { USER_PART: 'V:secret', REST: 'value' };
    const { headers } = await settings([URL_, '--header', `X-Key: \${USER_PART} \${REST}`], env);
    expect(headers).toEqual({ 'x-key': SECRET });
  });

  it('a value that looks like a variable is not replaced again', async () => {
    const { headers } = await settings([URL_, '--header', `X-Key: \${A}`], { A: `\${B}`, B: 'no' });
    expect(headers).toEqual({ 'x-key': `\${B}` });
  });

  it.each([
    ['not set', {}],
    ['empty', { TOKEN: '' }],
    ['what a host that knows no value left', { TOKEN: `\${TOKEN}` }],
  ])('a variable that is %s is an error that names it', async (_, env) => {
    const asked = settings([URL_, '--header', `Authorization: Bearer \${TOKEN}`], env);
    const names = expect.stringMatching(/Authorization.*\$\{TOKEN\}/);
    await expect(asked).rejects.toMatchObject({ code: 'USAGE', message: names });
  });

  it('come from a file and from the environment; a flag wins over a file, a file over the variable', async () => {
    const file = join(temporaryFolder(), 'headers');
    writeFileSync(file, `\ufeffX-File: \${TOKEN}\r\n\nX-Team: from file\n`);
    const { headers } = await settings([URL_, '--header-file', file, '--header', 'X-Team: a b'], {
      TOKEN: 'token-of-mine',
      CODEMIE_MCP_HEADERS: 'X-Team: env\nX-Env: e\nX-File: env',
    });
    expect(headers).toEqual({ 'x-file': 'token-of-mine', 'x-team': 'a b', 'x-env': 'e' });
  });

  it('a file that is missing is an error that names the flag', async () => {
    const asked = settings([URL_, '--header-file', join(temporaryFolder(), 'none')]);
    await expect(asked).rejects.toMatchObject({ message: expect.stringContaining('--header-file') });
  });

  it.each([
    ['a value alone', 'only-a-secret-value'],
    ['a name alone', 'only-a-secret-value:'],
    ['a quote of another shell', "'only-a-secret-value: x'"],
    ['a name with spaces', 'only a secret value: x'],
    ['a line break', 'X: only-a-secret-value\nY: 1'],
    ['a control character', 'X: only-a-secret-value\u0001'],
    ['a letter that headers cannot have', 'X: only-a-secret-value€'],
  ])('%s is refused, and the error repeats nothing of it', async (_, line) => {
    const failure: unknown = await settings([URL_, '--header', line]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'USAGE' });
    expect(JSON.stringify(failure) + String(failure)).not.toMatch(/only.a.secret.value/);
  });
});

describe('a header that was split at its space is never sent half', () => {
  it.each([
    ['after the name', [URL_, '--header', 'Authorization:', 'Bearer', 'x-of-mine']],
    ['in the value', [URL_, '--header', 'Authorization: Bearer', 'x-of-mine']],
    ['before the address', ['--header', 'Authorization: Bearer', 'x-of-mine', URL_]],
  ])('%s: exit 2, with the form that needs no space', async (_, args) => {
    const { code, stdout, stderr } = await outcomeOf(testContext(), 'mcp', 'proxy', ...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`--header 'Name:\${VARIABLE}'`);
    expect(stderr).not.toContain('x-of-mine');
  });

  it('the name alone is refused, too', async () => {
    const { code, stderr } = await outcomeOf(
      testContext(),
      'mcp',
      'proxy',
      URL_,
      '--header',
      'Authorization:',
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--header 'Name:\${VARIABLE}'`)]);
  });
});

describe('an Authorization of your own switches OAuth off', () => {
  const guarded = () =>
    fakeMcp({
      oauth: true,
      intercept: ({ path, headers }, response) => {
        if (path !== '/mcp' || headers.authorization === `Bearer ${SECRET}`) return undefined;
        response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
        return true;
      },
    });

  it('a 401 is answered as an error, and no browser opens', async () => {
    const server = await guarded();
    const host = mcpHost(server.url, {
      env: { TOKEN: 'not-the-one', CODEMIE_MCP_HEADERS: `authorization: Bearer \${TOKEN}` },
    });
    const { error } = await host.initialize();
    expect(error?.data).toMatchObject({ code: 'MCP_UNAUTHORIZED' });
    expect(host.context.opened).toEqual([]);
    expect(server.steps()).toEqual([]);
    expect(JSON.stringify(host.lines()) + host.log()).not.toContain('not-the-one');
  });

  it('the headers arrive as they were given', async () => {
    let got: unknown;
    const server = await fakeMcp({
      intercept: ({ headers }) => {
        got ??= [headers.authorization, headers['x-team']];
        return undefined;
      },
    });
    const env = { TOKEN: SECRET, CODEMIE_MCP_HEADERS: `Authorization: Bearer \${TOKEN}\nX-Team=a b` };
    const host = mcpHost(server.url, { env });
    expect((await host.initialize()).result).toBeDefined();
    expect(got).toEqual([`Bearer ${SECRET}`, 'a b']);
  });
});

describe('arguments of codemie-mcp-proxy', () => {
  it.each([
    ['no URL', []],
    ['a word', ['not-a-url']],
    ['ftp', ['ftp://x/']],
    ['a file', ['file:///x']],
    ['an unknown option', [URL_, '--unknown']],
  ])('%s: exit 2, the problem on stderr and nothing on stdout', async (_, args) => {
    const context = testContext();
    const { code, stdout, stderr } = await outcomeOf(context, 'mcp', 'proxy', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/URL|argument|option/i);
    expect(existsSync(logPath(context.home))).toBe(false);
  });

  it.each(['--help', '--version'])(
    '%s: exit 0 with text on stdout, no network and no log file',
    async (flag) => {
      const fetch = () => Promise.reject(new Error('no network'));
      const context = testContext({ override: { http: fetch, fetch } });
      const { code, stdout, stderr } = await outcomeOf(context, 'mcp', 'proxy', flag);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).not.toBe('');
      expect(existsSync(context.home)).toBe(false);
    },
  );
});
