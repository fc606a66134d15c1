import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as open } from 'node:http';
import { type AddressInfo, createServer as listener, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Access } from '../../src/credentials/access.ts';
import type { ErrorCode } from '../../src/system/error-codes.ts';
import { type Advice, CodemieError } from '../../src/system/errors.ts';
import { testContext } from '../support/context.ts';
import {
  type FakePlatform,
  fakePlatform,
  get,
  jwtCredential,
  post,
  testGateway,
} from '../support/platform.ts';

const OK = '{"ok":true}';
/** A refusal by the platform itself, which needs no further check. */
const REFUSED = '{"error":{"message":"Authentication required","details":null,"help":null}}';
const BIG = 40 * 1_048_576;

describe('a body too large to keep', () => {
  it('streams through once, whole', async () => {
    let bytes = 0;
    const platform = await fakePlatform((request, response) => {
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      request.on('end', () => response.end(OK));
    });
    const gateway = await testGateway(platform.origin);
    expect((await post(gateway, '/v1/messages', Buffer.alloc(BIG))).status).toBe(200);
    expect(bytes).toBe(BIG);
  });

  const renewing = (origin: string): Partial<Access> & { readonly renewals: () => number } => {
    let count = 0;
    return {
      refreshable: true,
      renew: async () => {
        count += 1;
        return jwtCredential(origin, 'platform-token-2');
      },
      renewals: () => count,
    };
  };

  it('S33: refused after it was read: the sign-in is refreshed and the agent may retry', async () => {
    const platform = await fakePlatform(
      (request, response) => void request.resume().on('end', () => response.writeHead(401).end(REFUSED)),
    );
    const access = renewing(platform.origin);
    const gateway = await testGateway(platform.origin, access);
    const result = await post(gateway, '/v1/messages', Buffer.alloc(BIG));
    expect([result.status, result.headers['x-should-retry'], platform.requests()]).toEqual([
      502,
      undefined,
      1,
    ]);
    expect(result.body).toContain('Send it again.');
    expect(access.renewals()).toBe(1);
    platform.answer = (request, response) => void request.resume().on('end', () => response.end(OK));
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
  });

  it('S33: refused at its beginning: it is sent once more, whole', async () => {
    const digest = (body: Buffer): string => createHash('sha256').update(body).digest('hex');
    const body = randomBytes(BIG);
    const platform = await fakePlatform((request, response) => {
      if (request.headers.authorization === 'Bearer platform-token-1')
        return void response.writeHead(401).end(REFUSED);
      const hash = createHash('sha256');
      request.pipe(hash).on('finish', () => response.end(hash.digest('hex')));
    });
    const access = renewing(platform.origin);
    const gateway = await testGateway(platform.origin, access);
    const result = await post(gateway, '/v1/messages', body);
    expect([result.status, result.body, access.renewals()]).toEqual([200, digest(body), 1]);
  });

  it('refused for good: one error, no retry, and the connection serves the next request', async () => {
    const platform = await fakePlatform((_request, response) => void response.writeHead(401).end(REFUSED));
    const gateway = await testGateway(platform.origin);
    const result = await post(gateway, '/v1/messages', Buffer.alloc(BIG));
    expect([result.status, result.headers['x-should-retry'], platform.requests()]).toEqual([401, 'false', 1]);
    platform.answer = (request, response) => void request.resume().on('end', () => response.end(OK));
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
  });

  it('leaves nothing open when the agent hangs up in the middle', async () => {
    let closed: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const platform = await fakePlatform((request) => {
      request.resume();
      request.once('close', () => closed());
    });
    const gateway = await testGateway(platform.origin);
    const request = open(`${gateway.url}/v1/messages`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${gateway.key.reveal()}`, 'content-length': String(BIG) },
    });
    request.on('error', () => undefined);
    request.write(Buffer.alloc(BIG - 1));
    setTimeout(() => request.destroy(), 300);
    await ended;
  });
});

describe('a body', () => {
  it('is passed on as it arrives', async () => {
    let arrived: (chunk: string) => void = () => undefined;
    const first = new Promise<string>((resolve) => {
      arrived = resolve;
    });
    const platform = await fakePlatform((request, response) => {
      request.once('data', (chunk) => arrived(String(chunk)));
      request.on('end', () => response.end(OK));
    });
    const gateway = await testGateway(platform.origin);
    const status = await new Promise((resolve, reject) => {
      const request = open(
        `${gateway.url}/v1/messages`,
        {
          method: 'POST',
          agent: false,
          headers: { authorization: `Bearer ${gateway.key.reveal()}`, 'content-length': 6 },
        },
        (response) => resolve(response.resume().statusCode),
      );
      request.on('error', reject);
      request.write('one');
      void first.then(() => request.end('two'));
    });
    expect([await first, status]).toEqual(['one', 200]);
  });

  it.each([
    ['without a declared length', { 'transfer-encoding': 'chunked' }, 'x'.repeat(200_000)],
    ['that is empty', {}, ''],
  ])('%s is sent with its length', async (_name, headers, body) => {
    let seen: unknown[] = [];
    const platform = await fakePlatform((request, response) => {
      let size = 0;
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on('end', () => {
        seen = [request.headers['content-length'], request.headers['transfer-encoding'], size];
        response.end(OK);
      });
    });
    const gateway = await testGateway(platform.origin);
    expect((await post(gateway, '/v1/messages', body, headers)).status).toBe(200);
    expect(seen).toEqual([String(body.length), undefined, body.length]);
  });

  it('that the platform does not read delays neither the response nor the next request', async () => {
    const platform = await fakePlatform((request, response) => {
      response.writeHead(413).end('{}');
      response.once('finish', () => setTimeout(() => request.socket.destroy(), 50));
    });
    const gateway = await testGateway(platform.origin);
    expect((await post(gateway, '/v1/messages', Buffer.alloc(BIG))).status).toBe(413);
    platform.answer = (request, response) => void request.resume().on('end', () => response.end(OK));
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
  });
});

describe('connections to the platform', () => {
  it('are kept and reused', async () => {
    const platform = await fakePlatform(
      (request, response) => void request.resume().on('end', () => response.end(OK)),
    );
    const gateway = await testGateway(platform.origin);
    for (let i = 0; i < 5; i += 1) await post(gateway, '/v1/messages');
    expect([platform.requests(), platform.connections()]).toEqual([5, 1]);
  });

  it('are not reused after the platform closed them while idle', async () => {
    const platform = await fakePlatform(
      (request, response) => void request.resume().on('end', () => response.end(OK)),
    );
    const gateway = await testGateway(platform.origin);
    await post(gateway, '/v1/messages');
    platform.drop();
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect([platform.requests(), platform.connections()]).toEqual([2, 2]);
  });

  it('are given up when idle for too long: they may be dead', async () => {
    const platform = await fakePlatform(
      (request, response) => void request.resume().on('end', () => response.end(OK)),
    );
    const context = testContext({ limits: { idleMs: 50 } });
    const gateway = await testGateway(platform.origin, {}, context);
    await post(gateway, '/v1/messages');
    await platform.closed();
    await post(gateway, '/v1/messages');
    expect([platform.requests(), platform.connections()]).toEqual([2, 2]);
  });

  it('are not reused after the machine slept, although no timer ran', async () => {
    const platform = await fakePlatform(
      (request, response) => void request.resume().on('end', () => response.end(OK)),
    );
    const gateway = await testGateway(platform.origin, {}, testContext({ limits: { idleMs: 60_000 } }));
    await post(gateway, '/v1/messages');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    await post(gateway, '/v1/messages');
    expect([platform.requests(), platform.connections()]).toEqual([2, 2]);
  });

  /** Sends one response; the kept connection then breaks after a while, possibly in the middle of a request. */
  async function breaking(afterMs: number): Promise<FakePlatform> {
    let first = true;
    return fakePlatform((request, response) => {
      request.resume().on('end', () => {
        if (!first) setTimeout(() => request.socket.destroy(), afterMs);
        else response.end(OK);
        first = false;
      });
    });
  }

  it.each([
    ['at once', 0],
    ['after a while', 100],
  ])('do not send a POST twice if they break %s: it may have been processed', async (_when, ms) => {
    const platform = await breaking(ms);
    const gateway = await testGateway(platform.origin);
    await post(gateway, '/v1/messages');
    const result = await post(gateway, '/v1/messages');
    expect([result.status, result.headers['x-should-retry']]).toEqual([502, undefined]);
    expect([platform.requests(), platform.connections()]).toEqual([2, 1]);
  });

  it('retry a request that changes nothing whenever they break', async () => {
    const platform = await breaking(100);
    const gateway = await testGateway(platform.origin);
    await post(gateway, '/v1/messages');
    const answer = platform.answer;
    let count = 0;
    platform.answer = (request, response) => {
      count += 1;
      if (count === 1) answer(request, response);
      else response.end(OK);
    };
    expect((await get(gateway, '/v1/models')).status).toBe(200);
    expect([platform.requests(), platform.connections()]).toEqual([3, 2]);
  });

  it('cancel the request when the agent hangs up before the response', async () => {
    let arrived: () => void = () => undefined;
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let closed: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const platform = await fakePlatform((request, response) => {
      response.once('close', () => closed());
      request.resume().on('end', () => arrived());
    });
    const gateway = await testGateway(platform.origin);
    const request = open(`${gateway.url}/v1/messages`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${gateway.key.reveal()}` },
    });
    request.on('error', () => undefined);
    request.end('{}');
    await here;
    request.destroy();
    await ended;
    expect(platform.requests()).toBe(1);
  });

  it('do not retry on a new one that is cut: the agent decides', async () => {
    const platform = await fakePlatform((request) => void request.socket.destroy());
    const gateway = await testGateway(platform.origin);
    const result = await post(gateway, '/v1/messages');
    expect([result.status, platform.requests()]).toEqual([502, 1]);
  });

  it('report an error when the platform switches to a protocol that was not requested', async () => {
    const platform = await fakePlatform((request) => {
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    });
    const gateway = await testGateway(platform.origin);
    expect((await post(gateway, '/v1/messages')).status).toBe(502);
  });

  it('show the agent that a response was cut off', async () => {
    const platform = await fakePlatform((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n', () => response.destroy());
    });
    const gateway = await testGateway(platform.origin);
    await expect(post(gateway, '/v1/messages')).rejects.toThrow(/aborted|socket hang up/);
  });
});

describe('the error for the agent', () => {
  const auth = (advice: Advice): CodemieError =>
    new CodemieError({ code: 'AUTH_EXPIRED', message: 'The token expired.', ...advice });

  it.each([
    [
      'a command',
      { fix: 'codemie profile login --url https://c.example' },
      'The token expired. Run: codemie profile login --url https://c.example',
    ],
    [
      'a step',
      { hint: 'Get a new token and pass it with --jwt-token' },
      'The token expired. Get a new token and pass it with --jwt-token',
    ],
    ['nothing', {}, 'The token expired.'],
  ])('explains an expired credential with %s as advice', async (_name, advice, message) => {
    const platform = await fakePlatform((_request, response) => void response.end(OK));
    const gateway = await testGateway(platform.origin, { fresh: () => Promise.reject(auth(advice)) });
    const result = await post(gateway, '/v1/messages');
    expect([result.status, result.headers['x-should-retry'], JSON.parse(result.body).error.message]).toEqual([
      401,
      'false',
      message,
    ]);
    expect(platform.requests()).toBe(0);
  });

  it('names an unreachable sign-in service and allows a retry, but not for a locked store', async () => {
    const platform = await fakePlatform((_request, response) => void response.end(OK));
    const failing = (code: ErrorCode, message: string) =>
      testGateway(platform.origin, {
        fresh: () => Promise.reject(new CodemieError({ code, message, fix: 'codemie doctor' })),
      });
    const away = await post(
      await failing('UNREACHABLE', 'https://idp.example could not be reached.'),
      '/v1/messages',
    );
    expect([away.status, away.headers['x-should-retry']]).toEqual([502, undefined]);
    expect(away.body).toContain('https://idp.example could not be reached. Run: codemie doctor');
    const locked = await post(
      await failing('STORE_LOCKED', 'The keychain is locked.'),
      '/v1/chat/completions',
    );
    expect([locked.status, locked.headers['x-should-retry']]).toEqual([502, 'false']);
    expect(locked.body).toContain('The keychain is locked.');
  });
});

describe('a connection opened ahead of the first request', () => {
  const answering = (): Promise<FakePlatform> =>
    fakePlatform((request, response) => void request.resume().on('end', () => response.end(OK)));
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('carries the first request', async () => {
    const platform = await answering();
    const gateway = await testGateway(platform.origin);
    gateway.connect();
    await until(() => platform.connections() === 1);
    expect(platform.requests()).toBe(0);
    for (let i = 0; i < 2; i += 1) expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect([platform.connections(), platform.requests()]).toEqual([1, 2]);
  });

  it('does not fail the first request if the platform has closed it', async () => {
    const platform = await answering();
    const gateway = await testGateway(platform.origin);
    gateway.connect();
    await until(() => platform.connections() === 1);
    platform.drop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect([platform.connections(), platform.requests()]).toEqual([2, 1]);
  });

  it.each([
    ['and closes', true],
    ['and does not close', false],
  ])('is replaced after a proxy’s 408 %s', async (_how, closes) => {
    const behind = createServer((request, response) => {
      request.resume().on('end', () => response.end(OK));
    });
    const sockets: Socket[] = [];
    let saidAt: Socket | undefined;
    const proxy = listener((socket) => {
      sockets.push(socket.on('error', () => undefined));
      if (sockets.length > 1) return void behind.emit('connection', socket);
      setTimeout(() => {
        saidAt = socket;
        socket.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
        if (closes) socket.end();
      }, 50);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const gateway = await testGateway(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    gateway.connect();
    await until(() => saidAt !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let i = 0; i < 2; i += 1) expect((await post(gateway, '/v1/messages')).status).toBe(200);
    expect(sockets).toHaveLength(2);
  });

  it('is silent if it cannot be opened', async () => {
    const gateway = await testGateway('http://127.0.0.1:9');
    gateway.connect();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await post(gateway, '/v1/messages')).status).toBe(502);
  });
});

describe('CODEMIE_TIMEOUT, the time for one request', () => {
  const slow = (ms: number): Promise<FakePlatform> =>
    fakePlatform((request, response) => {
      request.resume().on('end', () => {
        response.write(' ');
        setTimeout(() => response.end(OK), ms);
      });
    });
  const silent = (): Promise<FakePlatform> => fakePlatform((request) => void request.resume());

  it('a platform that does not begin its answer: 504 that names the variable, and the agent may try again', async () => {
    const platform = await silent();
    const gateway = await testGateway(platform.origin, {}, testContext({ env: { CODEMIE_TIMEOUT: '0.1' } }));
    const { status, headers, body } = await post(gateway, '/v1/messages');
    expect([status, headers['x-should-retry']]).toEqual([504, undefined]);
    expect(JSON.parse(body)).toMatchObject({
      error: { message: expect.stringContaining('unset CODEMIE_TIMEOUT') },
    });
  });

  it('an answer that has begun may take longer', async () => {
    const platform = await slow(300);
    const gateway = await testGateway(platform.origin, {}, testContext({ env: { CODEMIE_TIMEOUT: '0.15' } }));
    expect(await post(gateway, '/v1/messages')).toMatchObject({ status: 200, body: ` ${OK}` });
  });

  it('a value that is no duration is named', async () => {
    const context = testContext({ env: { CODEMIE_TIMEOUT: 'soon' } });
    await expect(testGateway('http://127.0.0.1:9', {}, context)).rejects.toMatchObject({
      exit: 'usage',
      message: expect.stringContaining('CODEMIE_TIMEOUT'),
    });
  });
});
