import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect } from 'vitest';

/** Servers under names of the internet or of a company. They are reached through a proxy, and all are one fake. */
export interface FarServers {
  /** Variables that name the proxy. */
  readonly env: Readonly<Record<string, string>>;
  /** The certificate of all names. */
  readonly cert: string;
  /** `host:port` of every connection the proxy was asked for. */
  readonly asked: string[];
  /** The user name and password that came with each of them, as `name:password`. */
  readonly logins: string[];
  /** Status line that the proxy answers with. */
  status: string;
  /** Leads to another fake from now on. */
  leadTo(port: number): void;
  close(): void;
}

const OPEN = '200 OK';

export async function farServers(names: readonly string[]): Promise<FarServers> {
  const folder = mkdtempSync(join(tmpdir(), 'codemie-test-'));
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const listed = names.map((name) => `DNS:${name}`).join(',');
  const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -addext subjectAltName=${listed}`;
  const made = spawnSync('openssl', [...args.split(' '), '-keyout', key, '-out', file], { encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
  const cert = readFileSync(file, 'utf8');
  const asked: string[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const joined = (one: Socket, other: Socket): void => {
    one.pipe(other).pipe(one);
    one.once('close', () => other.destroy());
    other.once('close', () => one.destroy());
  };
  const listening = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return (server.address() as AddressInfo).port;
  };
  let target = 0;
  const front = createTlsServer({ key: readFileSync(key), cert }, (socket) =>
    joined(keep(socket), keep(connect({ port: target, host: '127.0.0.1' }))),
  );
  rmSync(folder, { recursive: true });
  const frontPort = await listening(front);
  const proxy = createServer((socket) => {
    keep(socket).once('data', (head) => {
      asked.push(/^CONNECT (\S+)/.exec(String(head))?.[1] ?? String(head));
      const [, login = ''] = /^proxy-authorization: Basic (\S+)/im.exec(String(head)) ?? [];
      logins.push(Buffer.from(login, 'base64').toString());
      if (far.status !== OPEN) return void socket.end(`HTTP/1.1 ${far.status}\r\ncontent-length: 0\r\n\r\n`);
      socket.write(`HTTP/1.1 ${OPEN}\r\n\r\n`);
      joined(socket, keep(connect({ port: frontPort, host: '127.0.0.1' })));
    });
  });
  const address = `http://127.0.0.1:${await listening(proxy)}`;
  const far: FarServers = {
    env: { HTTPS_PROXY: address, HTTP_PROXY: address },
    cert,
    asked,
    logins,
    status: OPEN,
    leadTo: (port) => {
      target = port;
      asked.length = 0;
      logins.length = 0;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      front.close();
      proxy.close();
    },
  };
  return far;
}
