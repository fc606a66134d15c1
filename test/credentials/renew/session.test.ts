import { describe, expect, it } from 'vitest';
import { saveProfile } from '../../../src/config/write.ts';
import type { SessionCredential } from '../../../src/credentials/credential.ts';
import { openAccess } from '../../../src/credentials/find/find-access.ts';
import { openStore } from '../../../src/credentials/keep/open-store.ts';
import type { HttpRequest, HttpResponse } from '../../../src/net/http.ts';
import { Secret } from '../../../src/system/secret.ts';
import { testContext } from '../../support/context.ts';

const ID = 'https://h#ada';
const HOUR = 3_600_000;
const START = 1_800_000_000_000;

interface Gateway {
  readonly status: number;
  readonly setCookie?: readonly string[];
  /** The person who owns the renewed session, according to the platform. */
  readonly person?: string;
}

/** A session with a life of a week that expires in `leftMs`, and a gateway with these responses. */
async function scene(leftMs: number | undefined, gateway: Gateway) {
  let now = START;
  const renewals: HttpRequest[] = [];
  const http = async (request: HttpRequest): Promise<HttpResponse> => {
    const answer = { headers: {}, setCookie: [], body: Buffer.from('{}') };
    if (!request.url.endsWith('/oauth2/auth'))
      return { ...answer, status: 200, body: Buffer.from(`{"user_id":"${gateway.person ?? 'ada'}"}`) };
    renewals.push(request);
    return { ...answer, status: gateway.status, setCookie: gateway.setCookie ?? [] };
  };
  const context = testContext({
    override: { http, clock: { now: () => now, sleep: async () => undefined } },
  });
  const session: SessionCredential = {
    kind: 'session',
    origin: 'https://h',
    identity: { id: 'ada' },
    obtainedAt: START - 168 * HOUR,
    cookies: { _oauth2_proxy: new Secret('b2xk|1799990000|b2xk') },
    ...(leftMs === undefined ? {} : { expiresAt: START + leftMs }),
  };
  await (await openStore('plaintext-file', context)).set(ID, session);
  await saveProfile(
    context,
    'default',
    { codeMieUrl: 'https://h', credential: { store: 'plaintext-file', id: ID } },
    { activate: true },
  );
  const access = await openAccess(context, {});
  return {
    renewals,
    advance: (ms: number) => {
      now += ms;
    },
    spend: async (minTtlMs?: number) => {
      const credential = await access.fresh(minTtlMs);
      return credential.kind === 'session' ? credential.cookies['_oauth2_proxy']?.reveal() : undefined;
    },
  };
}

const OLD = 'b2xk|1799990000|b2xk';
const NEW = 'bmV3|1800000000|bmV3';
const renews: Gateway = { status: 202, setCookie: [`_oauth2_proxy=${NEW}; Path=/; Max-Age=604800`] };

describe('S32: a gateway session with a known expiry', () => {
  it('is renewed before it expires, and only once for concurrent callers', async () => {
    const { spend, renewals } = await scene(HOUR / 15, renews);
    expect(await Promise.all([spend(), spend(), spend()])).toEqual([NEW, NEW, NEW]);
    expect(await spend()).toBe(NEW);
    expect(renewals).toHaveLength(1);
  });

  it('is not renewed while the expiry is far away or unknown', async () => {
    for (const left of [HOUR, undefined]) {
      const { spend, renewals } = await scene(left, renews);
      expect(await spend(60_000)).toBe(OLD);
      expect(renewals).toHaveLength(0);
    }
  });

  it.each([
    ['does not renew', { status: 202 }],
    ['is down', { status: 503 }],
    ['lost touch with its identity provider', { status: 401 }],
  ])(
    'S30: stays in use until it expires if the gateway %s, with one attempt a minute',
    async (_name, gateway) => {
      const { spend, renewals, advance } = await scene(HOUR / 15, gateway);
      for (const step of [0, 30_000, 31_000]) {
        advance(step);
        expect(await spend()).toBe(OLD);
      }
      expect(renewals).toHaveLength(2);
      advance(HOUR);
      await expect(spend()).rejects.toMatchObject({ exit: gateway.status === 503 ? 'unreachable' : 'auth' });
    },
  );

  it('S31: a renewal for another person is an error at once', async () => {
    const { spend } = await scene(HOUR / 15, { ...renews, person: 'eve' });
    await expect(spend()).rejects.toMatchObject({ code: 'AUTH_IDENTITY_CHANGED' });
  });
});
