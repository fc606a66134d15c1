import { once } from 'node:events';
import { createServer, request as open } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request that went through the proxy. */
export interface Passed {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly status: number;
}

export interface CountingProxy {
  readonly url: string;
  readonly passed: readonly Passed[];
  /** Requests that could change something: all but GET, sign-ins and partial exports. */
  writes(): readonly Passed[];
  /** Requests of the admin API, writes included. */
  admin(): readonly Passed[];
  signIns(): readonly Passed[];
  /** Refuses connections and cuts those that are open, like a server that stops. */
  down(): void;
  up(): Promise<void>;
}

const SIGN_IN = /\/protocol\/openid-connect\/token$/;

/**
 * Stands between a program and Keycloak, and notes every request.
 *
 * @param loses whether the answer to a request is lost on its way, after the server has done what it was asked. Until it
 *   tells, the answer waits.
 */
export async function countingProxy(
  target: string,
  loses: (passed: Passed) => boolean | Promise<boolean> = () => false,
): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  const passed: Passed[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const onward = open({ hostname, port, method, path, headers }, async (answer) => {
      const { statusCode: status = 0 } = answer;
      const one = { method, path, status };
      passed.push(one);
      if (await loses(one)) {
        answer.resume();
        return void response.destroy();
      }
      response.writeHead(status, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port: own } = server.address() as AddressInfo;
  const admin = (): readonly Passed[] => passed.filter(({ path }) => path.startsWith('/admin/'));
  return {
    url: `http://127.0.0.1:${own}`,
    passed,
    down: () => {
      server.close();
      server.closeAllConnections();
    },
    up: async () => {
      server.listen(own, '127.0.0.1');
      await once(server, 'listening');
    },
    admin,
    signIns: () => passed.filter(({ path }) => SIGN_IN.test(path)),
    writes: () =>
      passed.filter(
        ({ method, path }) => method !== 'GET' && !SIGN_IN.test(path) && !path.includes('/partial-export'),
      ),
  };
}
