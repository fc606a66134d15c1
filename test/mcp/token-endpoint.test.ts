import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { type Canned, canned } from '../support/canned.ts';
import { fakeMcp, type Seen } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const grantOf = ({ body }: Seen): string | null => new URLSearchParams(body).get('grant_type');
const PAGE: Canned = { status: 403, html: '<h1>Blocked</h1>' };

/** The pauses between two attempts pass at once. */
const HURRIED = {
  clock: {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms <= 1500 ? 1 : ms, signal),
  },
};

/** Signed in, with a token that the server no longer accepts; refreshes get the answer `times` times. */
async function refreshing(answer: Canned | 'drop', times = Number.POSITIVE_INFINITY) {
  const answered = canned({ '/token': answer === 'drop' ? {} : answer });
  const state = { left: times };
  const server = await fakeMcp({
    oauth: true,
    intercept: (seen, response) => {
      if (seen.path !== '/token' || grantOf(seen) !== 'refresh_token' || state.left === 0) return false;
      state.left -= 1;
      if (answer !== 'drop') return answered(seen, response);
      response.destroy();
      return true;
    },
  });
  const host = mcpHost(server.url, { override: HURRIED });
  await host.initialize();
  server.valid.clear();
  return { server, host, state, reply: await host.request('tools/list') };
}

describe('a token endpoint that is down for a moment', () => {
  it.each<[string, Canned | 'drop']>([
    ['503', { status: 503, json: {} }],
    ['500 with an OAuth error', { status: 500, json: { error: 'server_error' } }],
    ['429', { status: 429 }],
    ['a page of a gateway', PAGE],
    ['a page with status 200', { html: '<p>' }],
    ['a connection that breaks', 'drop'],
  ])('%s costs no sign-in: the refresh is sent again', async (_, answer) => {
    const { reply, host, server } = await refreshing(answer, 1);
    expect(reply.result).toBeDefined();
    expect(host.context.opened).toHaveLength(1);
    expect(server.at('/token').map(grantOf)).toEqual([
      'authorization_code',
      'refresh_token',
      'refresh_token',
    ]);
  });

  it('that stays down is an error without a browser, and the next request tries again', async () => {
    const { reply, host, state } = await refreshing({ status: 503 });
    expect(reply.error?.data.code).toBe('MCP_TOKEN_FAILED');
    expect(reply.error?.message).toContain('answered with status 503');
    expect(host.context.opened).toHaveLength(1);
    state.left = 0;
    expect((await host.request('tools/list')).result).toBeDefined();
    expect(host.context.opened).toHaveLength(1);
  });

  it('that stays a page is an error, and the page is not repeated', async () => {
    const { reply, host } = await refreshing(PAGE);
    expect(reply.error?.message).toContain('answered with status 403');
    expect(JSON.stringify(reply) + host.log()).not.toContain('Blocked');
    expect(host.context.opened).toHaveLength(1);
  });

  it('a refresh token that has ended costs one sign-in', async () => {
    const { reply, host } = await refreshing({ status: 400, json: { error: 'invalid_grant' } });
    expect(reply.result).toBeDefined();
    expect(host.context.opened).toHaveLength(2);
  });

  it.each<[string, Canned]>([
    ['500', { status: 500, html: '<h1>Error</h1>' }],
    ['a page with status 200', { html: '<h1>Welcome</h1>' }],
    ['invalid_grant', { status: 400, json: { error: 'invalid_grant', error_description: 'too\u001b late' } }],
  ])('%s for an authorization code is an error after one request: a code is good once', async (_, answer) => {
    const server = await fakeMcp({ oauth: true, intercept: canned({ '/token': answer }) });
    const host = mcpHost(server.url);
    const { error } = await host.initialize();
    expect(error?.data.code).toMatch(/^MCP_(TOKEN|SIGN_IN)_FAILED$/);
    expect(error?.message).not.toMatch(/[<\u001b]/);
    expect(server.at('/token')).toHaveLength(1);
    expect(host.context.opened).toHaveLength(1);
  });
});
