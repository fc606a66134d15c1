import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as open,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Access } from '../../src/credentials/access.ts';
import type { Credential } from '../../src/credentials/credential.ts';
import { fixedAccess } from '../../src/credentials/fixed-access.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import { Secret } from '../../src/system/secret.ts';
import { type TestContext, testContext } from './context.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakePlatform {
  readonly origin: string;
  readonly port: number;
  /** Replaces the response. The handler may read the body or not. */
  answer: Handler;
  /** Number of connections accepted so far. */
  readonly connections: () => number;
  readonly requests: () => number;
  /** Waits until no connection is open. */
  closed(): Promise<void>;
  /** Closes every open connection abruptly. */
  drop(): void;
}

/** A platform on loopback with responses set by the test, stopped after it. */
export async function fakePlatform(answer: Handler): Promise<FakePlatform> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    platform.answer(request, response);
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    drop();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const platform: FakePlatform = {
    origin: `http://127.0.0.1:${port}`,
    port,
    answer,
    connections: () => connections,
    requests: () => requests,
    closed: async () => {
      for (const socket of sockets) await new Promise((resolve) => socket.once('close', resolve));
    },
    drop,
  };
  return platform;
}

export function jwtCredential(origin: string, token = 'platform-token-1'): Credential {
  return { kind: 'jwt', origin, identity: {}, obtainedAt: 0, token: new Secret(token) };
}

/** A gateway in front of `origin`, closed after the test. */
export async function testGateway(
  origin: string,
  access: Partial<Access> = {},
  context: TestContext = testContext(),
): Promise<Gateway> {
  const gateway = await startGateway(context, {
    access: { ...fixedAccess(origin, jwtCredential(origin)), ...access },
    client: 'codemie-claude',
    project: 'p',
    sessionId: 's-1',
  });
  onTestFinished(() => gateway.close());
  return gateway;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one POST through the gateway with its key, on its own connection. */
export function post(
  gateway: Gateway,
  path: string,
  body: string | Buffer = '{}',
  headers: Record<string, string> = {},
): Promise<Answer> {
  return call(gateway, 'POST', path, body, headers);
}

export function get(gateway: Gateway, path: string): Promise<Answer> {
  return call(gateway, 'GET', path, undefined, {});
}

export function call(
  gateway: Gateway,
  method: string,
  path: string,
  body: string | Buffer | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = open(
      `${gateway.url}${path}`,
      {
        method,
        agent: false,
        headers: { authorization: `Bearer ${gateway.key.reveal()}`, ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
