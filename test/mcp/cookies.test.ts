import { expect, it } from 'vitest';
import { withCookies } from '../../src/mcp/cookies.ts';

/** A server that sets the given cookies once. @returns what was sent to it, request by request. */
function server(...lines: readonly string[]) {
  const sent: (string | null)[] = [];
  let now = 0;
  let left = lines;
  const fetch = withCookies(
    async (_url, init) => {
      sent.push(new Headers(init?.headers).get('cookie'));
      const headers = new Headers();
      for (const line of left) headers.append('set-cookie', line);
      left = [];
      return new Response('', { headers });
    },
    () => now,
  );
  const pass = (ms: number): void => {
    now += ms;
  };
  return { fetch, sent, pass };
}

it('a cookie goes back to its origin, and to no other', async () => {
  const { fetch, sent } = server('session=a=b; HttpOnly; Secure', 'other=2; Path=/mcp');
  await fetch('https://mcp.example/mcp');
  await fetch('https://mcp.example/mcp');
  await fetch('https://mcp.example/else');
  await fetch('https://mcp.example:8443/mcp');
  await fetch('https://evil.example/mcp');
  expect(sent).toEqual([null, 'session=a=b; other=2', 'session=a=b', null, null]);
});

it('a cookie ends when its server says so', async () => {
  const { fetch, sent, pass } = server(
    'short=1; Max-Age=10',
    'gone=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  );
  await fetch('https://mcp.example/');
  await fetch('https://mcp.example/');
  pass(10_000);
  await fetch('https://mcp.example/');
  expect(sent).toEqual([null, 'short=1', null]);
});

it.each(['soon', 'NaN', '1e400', ''])('a Max-Age of %j is ignored, and Expires counts', async (age) => {
  const { fetch, sent } = server(`gone=1; Max-Age=${age}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`);
  await fetch('https://mcp.example/');
  await fetch('https://mcp.example/');
  expect(sent).toEqual([null, null]);
});

it('a domain in a cookie sends it nowhere else', async () => {
  const { fetch, sent } = server('a=1; Domain=example');
  await fetch('https://mcp.example/');
  await fetch('https://other.example/');
  expect(sent).toEqual([null, null]);
});

it('a cookie of your own stays as it is', async () => {
  const { fetch, sent } = server('a=1');
  await fetch('https://mcp.example/');
  await fetch('https://mcp.example/', { headers: { cookie: 'mine=1' } });
  expect(sent).toEqual([null, 'mine=1']);
});
