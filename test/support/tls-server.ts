import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
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
  /** The certificate to trust, as a file: its own, or that of the authority. */
  readonly file: string;
  readonly cert: string;
  readonly requests: () => number;
}

export interface TlsOptions {
  /** Whose certificate it has: its own, or one of a private authority "Acme Root". */
  readonly issuer?: 'itself' | 'authority';
  /** In the words of openssl. */
  readonly names?: string;
  readonly answer?: RequestListener;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** The certificate to trust, as a file: its own, or that of the authority. */
  readonly trusted: string;
}

/** @param days it is valid from now on; negative for one that has expired, from an authority alone. */
export function newCertificate(days: number, issuer: 'itself' | 'authority', names: string): Certificate {
  const folder = temporaryFolder();
  const at = (name: string): string => join(folder, name);
  const [key, file] = [at('key.pem'), at('cert.pem')];
  const forNames = ['-subj', '/CN=x', '-addext', `subjectAltName=${names}`];
  const own = ['-x509', ...NEW_KEY, '-days', String(days), ...forNames, '-keyout', key, '-out', file];
  if (issuer === 'itself') openssl('req', ...own);
  else {
    const [request, authority, ofAuthority] = [
      at('request.pem'),
      at('authority.pem'),
      at('authority-key.pem'),
    ];
    const root = ['-x509', ...NEW_KEY, '-days', '9', '-subj', '/O=Acme/CN=Acme Root'];
    openssl('req', ...root, '-keyout', ofAuthority, '-out', authority);
    openssl('req', '-new', ...NEW_KEY, ...forNames, '-keyout', key, '-out', request);
    writeFileSync(at('names'), `subjectAltName=${names}\n`);
    const signed = ['-req', '-in', request, '-CA', authority, '-CAkey', ofAuthority, '-CAcreateserial'];
    openssl('x509', ...signed, '-days', String(days), '-extfile', at('names'), '-out', file);
  }
  return {
    cert: readFileSync(file, 'utf8'),
    key: readFileSync(key, 'utf8'),
    trusted: issuer === 'itself' ? file : at('authority.pem'),
  };
}

/**
 * A loopback server with TLS; stopped after the test.
 *
 * @param days its certificate is valid from now on; negative for one that has expired, from an authority alone.
 */
export async function tlsServer(
  days = 2,
  { issuer = 'itself', names = 'IP:127.0.0.1', answer }: TlsOptions = {},
): Promise<TlsServer> {
  const { cert, key, trusted } = newCertificate(days, issuer, names);
  let requests = 0;
  const listener = createServer({ key, cert }, (request, response) => {
    requests += 1;
    if (answer === undefined) response.end('{}');
    else answer(request, response);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(async () => {
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  });
  const url = `https://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  return { url, file: trusted, cert, requests: () => requests };
}

function openssl(...args: string[]): void {
  const made = spawnSync('openssl', args, { encoding: 'utf8' });
  expect(made.status, made.stderr).toBe(0);
}
