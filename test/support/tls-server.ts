import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { temporaryFolder } from './context.ts';
import { missingTool } from './tools.ts';

/** Why tests with certificates are skipped. */
export const noOpenssl = missingTool('openssl', ['openssl']);

export interface TlsServer {
  readonly url: string;
  /** Its certificate, as a file and as text. */
  readonly file: string;
  readonly cert: string;
  readonly requests: () => number;
}

/** A loopback server with a self-signed certificate, valid for some days; stopped after the test. */
export async function tlsServer(days = 2): Promise<TlsServer> {
  const folder = temporaryFolder();
  const [key, file] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const args = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days ${days} -subj /CN=x -addext subjectAltName=IP:127.0.0.1`;
  const made = spawnSync('openssl', [...args.split(' '), '-keyout', key, '-out', file], { encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
  const cert = readFileSync(file, 'utf8');
  let requests = 0;
  const listener = createServer({ key: readFileSync(key), cert }, (_request, response) => {
    requests += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  });
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  return { url, file, cert, requests: () => requests };
}
