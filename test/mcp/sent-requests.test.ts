import { describe, expect, it } from 'vitest';
import { mcpSettings } from '../../src/commands/mcp/settings.ts';
import { OptionValues } from '../../src/commands/spec.ts';
import { createSignIn } from '../../src/mcp/auth/sign-in.ts';
import { createKeeper } from '../../src/mcp/keep/keeper.ts';
import { createMcpLog } from '../../src/mcp/log.ts';
import { testContext } from '../support/context.ts';

/** The sign-in of one server, with a token that it has brought. Each request is answered with `status`. */
function signedIn(status: number) {
  const context = testContext();
  const settings = mcpSettings('https://mcp.example/mcp', new OptionValues(new Map()), {});
  const log = createMcpLog({ home: context.home, isDebug: false, now: () => 0 });
  const session = { tokens: { access_token: 'an-access-token', token_type: 'Bearer' } };
  const seen: (string | null)[] = [];
  const signIn = createSignIn({
    ...{ context, settings, session, log },
    keeper: createKeeper({ context, settings, session, log }),
    fetch: async (_, init) => {
      seen.push(new Headers(init?.headers).get('authorization'));
      return new Response('{}', { status });
    },
  });
  return { signIn, seen };
}

describe('the access token', () => {
  it.each([
    ['https://mcp.example/mcp', true],
    ['https://mcp.example/messages?session=1', true],
    ['https://mcp.example:8443/mcp', false],
    ['http://mcp.example/mcp', false],
    ['https://login.example/mcp', false],
    ['https://mcp.example.evil.example/mcp', false],
  ])('sent to %s: %s', async (address, isSent) => {
    const { signIn, seen } = signedIn(200);
    await signIn.fetch(address, { method: 'POST', body: '{}' });
    expect(seen).toEqual([isSent ? 'Bearer an-access-token' : null]);
  });
});

describe('the DELETE of a session', () => {
  it('that is refused looks for no sign-in server, and is not sent again', async () => {
    const { signIn, seen } = signedIn(401);
    expect((await signIn.fetch('https://mcp.example/mcp', { method: 'DELETE' })).status).toBe(401);
    expect(seen).toEqual(['Bearer an-access-token']);
  });
});
