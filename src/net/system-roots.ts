import { bareEnvironment, type ChildEnvironment } from '../system/process/child-environment.ts';
import { outputOf } from '../system/process/output-of.ts';

/** A managed Mac asks the network about each certificate of its keychains. */
const LIMIT_MS = 60_000;

/** Leaves out what is bundled with Node: the reader has it already. */
const PRINT = `
const tls = require('node:tls');
const bare = (pem) => pem.replace(/\\s/g, '');
try {
  const bundled = new Set(tls.rootCertificates.map(bare));
  const found = new Set(tls.getCACertificates('system').filter((pem) => !bundled.has(bare(pem))));
  process.stdout.write(JSON.stringify([...found]));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
`;

export interface SystemRootsOptions {
  readonly env: ChildEnvironment;
  readonly signal: AbortSignal;
  /** What Node was started with. */
  readonly flags: string;
}

/**
 * Reads the certificates that the operating system trusts: the keychains of macOS, the stores of Windows, elsewhere
 * the files of OpenSSL (SSL_CERT_FILE, SSL_CERT_DIR). In a process of its own: the call blocks Node for as long as it
 * takes, and fails as a whole if one certificate is damaged.
 *
 * @returns certificates in PEM form.
 * @throws Error with the reason, as the end of a sentence.
 */
export async function readSystemRoots({
  env,
  signal,
  flags,
}: SystemRootsOptions): Promise<readonly string[]> {
  // Node's own way to trust nothing else.
  if (flags.includes('--use-bundled-ca')) throw new Error('--use-bundled-ca is set');
  if (!('getCACertificates' in process.getBuiltinModule('node:tls')))
    throw new Error(`Node.js ${process.versions.node} can't do that; 22.15 and later can`);
  // Options of Node may print, or wait for a debugger.
  const plain = bareEnvironment({ ...env, NODE_OPTIONS: undefined });
  const options = { env: plain, signal, timeoutMs: LIMIT_MS, tellErrors: true };
  return JSON.parse(await outputOf(process.execPath, ['-e', PRINT], options)) as string[];
}
