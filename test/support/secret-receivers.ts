import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** Something that Keycloak sends a secret to; it notes what arrives and refuses it. */
export interface SecretReceiver {
  readonly port: number;
  /** The secrets that arrived, in their order. */
  readonly secrets: readonly string[];
}

/** An OpenID provider that lets everybody in at `/auth` and notes the client's secret at `/token`. */
export async function fakeUpstream(): Promise<SecretReceiver> {
  const secrets: string[] = [];
  const server = createHttpServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
    if (pathname === '/auth') {
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.search = String(new URLSearchParams({ code: 'c', state: searchParams.get('state') ?? '' }));
      return void response.writeHead(302, { location: back.href }).end();
    }
    let body = '';
    for await (const chunk of request) body += String(chunk);
    secrets.push(new URLSearchParams(body).get('client_secret') ?? '(none)');
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, secrets };
}

/** A mail server that notes the password of who signs in. */
export async function fakeMailServer(): Promise<SecretReceiver> {
  const secrets: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write('220 mail of this test\r\n');
    socket.on('data', (line) => {
      const [word = '', kind, given = ''] = String(line).trim().split(' ');
      if (word === 'EHLO') return void socket.write('250-mail of this test\r\n250 AUTH PLAIN\r\n');
      if (word !== 'AUTH' || kind !== 'PLAIN') return void socket.end('502 not here\r\n');
      secrets.push(Buffer.from(given, 'base64').toString('utf8').split('\0')[2] ?? '(none)');
      socket.end('535 refused\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, secrets };
}
