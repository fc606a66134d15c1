import { describe, expect, it } from 'vitest';
import { gatewaysOf } from '../../../src/gateway/service.ts';
import { mcpUser } from '../../support/mcp-user.ts';
import { expectShape } from '../../support/schemas.ts';

const URL_ = 'https://mcp.example.com/mcp';

describe('what to do next', () => {
  it('names the command that signs in ahead, with the same options', async () => {
    const options = ['--persist', '--start-limit', '1m', '--oauth-scope', 'a b', '--header', 'X-Team: a'];
    const { stderr } = await mcpUser().mcp('add', 'my-server', URL_, ...options);
    expect(stderr).toContain(`codemie mcp login ${URL_} --oauth-scope 'a b' --header 'X-Team: a'\n`);
  });

  it('names none where the header has the token', async () => {
    const { stderr } = await mcpUser().mcp(
      'add',
      'my-server',
      URL_,
      '--header',
      `Authorization: Bearer \${T}`,
    );
    expect(stderr).toContain('Added');
    expect(stderr).not.toContain('codemie mcp login');
  });
});

describe('--through-gateway', () => {
  const FORMS = [
    ['claude', '.claude.json', 'http'],
    ['codex', '.codex/config.toml', '[mcp_servers.my-server]\nurl = '],
    ['opencode', '.config/opencode/opencode.json', 'remote'],
    ['gemini', '.gemini/settings.json', 'httpUrl'],
    ['file', '.mcp.json', 'http'],
  ] as const;
  const GATEWAY = 'http://127.0.0.1:4180/mcp_auth?original=https%3A%2F%2Fmcp.example.com%2Fmcp';
  // Codex compares issuers.
  const gatewayFor = (host: string): string =>
    host === 'codex' ? GATEWAY.replace('?', '?issuer=gateway&') : GATEWAY;

  it.each(FORMS)('%s gets the address at the gateway, and is removed again', async (host, file, form) => {
    const ada = mcpUser({ CODEMIE_PROXY_PORT: '4180' });
    const options = ['--host', host, '--through-gateway'];
    const { stdout } = await ada.mcp('add', 'my-server', URL_, ...options, '--json');
    expect(expectShape('mcp-add', stdout)).toMatchObject({ changed: true, url: gatewayFor(host) });
    expect(ada.read(file)).toContain(form);
    expect(ada.read(file)).toContain(gatewayFor(host));
    const again = await ada.mcp('add', 'my-server', URL_, ...options);
    expect(again.stderr).toMatch(/already.*\n.*codemie gateway start --port 4180/);
    expect(await ada.mcp('remove', 'my-server', '--host', host)).toMatchObject({ code: 0 });
  });

  it('without a gateway, says how to start one', async () => {
    const { code, stderr } = await mcpUser().mcp('add', 'my-server', URL_, '--through-gateway');
    expect([code, stderr]).toEqual([2, expect.stringContaining('codemie gateway start --port')]);
  });

  it('takes the port of the gateway that runs', async () => {
    const ada = mcpUser();
    const running = { pid: process.pid, startedAt: '', url: '', port: 4181, origin: '', key: 'k' };
    gatewaysOf(ada.context.home).remember(running);
    const { stdout } = await ada.mcp('add', 'my-server', URL_, '--through-gateway', '--json');
    expect(JSON.parse(stdout).url).toBe(GATEWAY.replace('4180', '4181'));
  });

  it.each([['--no-resource'], ['--header', 'X: 1'], ['--timeout', '5m']])(
    '%s is refused, because the proxy is not used',
    async (...option) => {
      const ada = mcpUser({ CODEMIE_PROXY_PORT: '4180' });
      const { code, stderr } = await ada.mcp('add', 'my-server', URL_, '--through-gateway', ...option);
      expect([code, stderr]).toEqual([2, expect.stringContaining(String(option[0]))]);
    },
  );
});
