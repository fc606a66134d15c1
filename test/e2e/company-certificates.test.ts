import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { installFromNpm } from '../../scripts/npm-cache.mjs';
import { Machine } from '../support/program.ts';
import { noOpenssl, tlsServer } from '../support/tls-server.ts';

/** Node.js 20, the oldest that runs codemie, cannot read the certificates of the operating system. */
function node24(): string {
  const name = `node-${process.platform}-${process.arch}`;
  const found = installFromNpm({ name: 'node-24.21.0', packages: [`${name}@24.21.0`] });
  if ('reason' in found) throw new Error(found.reason);
  return join(found.folder, 'node_modules', name, 'bin', 'node');
}

it.skipIf(noOpenssl !== undefined)(
  'S41: a CA in the store of this computer is trusted, beside a --ca-file',
  async () => {
    const machine = new Machine();
    onTestFinished(() => machine.dispose());
    const [{ url, file }, other] = [await tlsServer(30, { issuer: 'authority' }), await tlsServer()];
    const node = node24();
    const check = async (env: Record<string, string>): Promise<string> => {
      const options = { node, env: { CODEMIE_URL: url, SSL_CERT_DIR: '/nowhere', ...env } };
      return (await machine.run(['doctor', '--only', 'tls'], options)).stdout;
    };
    const store = { SSL_CERT_FILE: file };
    for (const env of [{}, { NODE_OPTIONS: '--use-system-ca' }, { NODE_OPTIONS: '--use-openssl-ca' }])
      expect(await check({ ...store, ...env, CODEMIE_CA_FILE: other.file })).toContain(
        'trusted, issued by Acme',
      );
    expect(await check({ ...store, NODE_OPTIONS: '--use-bundled-ca' })).toContain("isn't trusted");
    expect(await check({ SSL_CERT_FILE: other.file })).toContain("isn't trusted");
  },
);
