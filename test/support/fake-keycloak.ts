import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One scripted answer; a string body is sent as it is. `cut` drops the connection without an answer. */
export interface Scripted {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cut?: true;
  /** Drops the connection in the middle of the answer. */
  readonly torn?: true;
  /** Never answers. */
  readonly hang?: true;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** Answers requests to the token endpoint and the admin API as the test says. What Keycloak itself does is in test/real. */
export async function scriptedKeycloak(answer: (seen: Seen, turn: number) => Scripted): Promise<{
  readonly url: string;
  readonly seen: readonly Seen[];
}> {
  const seen: Seen[] = [];
  const turns = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { method = '', url: path = '' } = request;
    const got = { method, path, authorization: request.headers.authorization, body: await textOf(request) };
    seen.push(got);
    const turn = turns.get(`${method} ${path}`) ?? 0;
    turns.set(`${method} ${path}`, turn + 1);
    const { status = 200, body = {}, headers = {}, cut, torn, hang } = answer(got, turn);
    if (cut) return void request.socket.destroy();
    if (hang) return;
    if (torn) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      return void response.write('[{"id":', () => request.socket.destroy());
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
