import { describe, expect, it } from 'vitest';
import { person, sandboxFor } from '../../support/person.ts';

/** Ada, signed in where access tokens live for this long (seconds). */
async function ada(accessTtl: number) {
  const sandbox = await sandboxFor({ accessTokenTtl: accessTtl });
  const own = person();
  const { code, stderr } = await own.run(`profile login --url ${sandbox.url} --store plaintext-file`);
  if (code !== 0) throw new Error(stderr);
  return { own, sandbox };
}

const renewals = async (controlUrl: string): Promise<number> => {
  const { events } = (await (await fetch(`${controlUrl}/events?since=0`)).json()) as {
    events: readonly { grant?: string }[];
  };
  return events.filter(({ grant }) => grant === 'refresh_token').length;
};

describe('codemie token --min-ttl', () => {
  it('that the server can meet is met, and says nothing', async () => {
    const { own } = await ada(900);
    const { code, stdout, stderr } = await own.run('token --json --min-ttl 13m');
    expect([code, stderr]).toEqual([0, '']);
    expect(Date.parse(JSON.parse(stdout).expiresAt) - Date.now()).toBeGreaterThan(13 * 60_000);
  });

  it.each(['token --min-ttl 10m', 'token --json --min-ttl 10m'])(
    'that cannot be met prints the best token there is, exits with 0, and says so on stderr: %s',
    async (line) => {
      const { own } = await ada(300);
      const { code, stdout, stderr } = await own.run(line);
      expect([code, stdout.trim() === '']).toEqual([0, false]);
      expect(stderr).toMatch(
        /^warning: The token expires in \d min, not in 10 min or more\. The server issues tokens for 5 min\.\n$/,
      );
    },
  );

  it('that cannot be met does not renew at every call', async () => {
    const { own, sandbox } = await ada(300);
    for (let i = 0; i < 3; i += 1) await own.run('token --min-ttl 10m');
    expect(await renewals(sandbox.controlUrl)).toBe(0);
  });

  it('of a token in a variable says that it cannot be refreshed', async () => {
    const sandbox = await sandboxFor();
    const token = await sandbox.mintToken({ user: 'bob', ttlSeconds: 300 });
    const bob = person({ env: { CODEMIE_JWT_TOKEN: token, CODEMIE_URL: sandbox.url } });
    const { code, stdout, stderr } = await bob.run('token --min-ttl 10m');
    expect([code, stdout]).toEqual([0, `${token}\n`]);
    expect(stderr).toContain("not in 10 min or more. It can't be refreshed.");
  });

  it('that you did not ask for is no reason for a warning', async () => {
    const { own } = await ada(30);
    const { code, stderr } = await own.run('token');
    expect([code, stderr]).toEqual([0, '']);
  });
});
