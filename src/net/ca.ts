import { delimiter, join } from 'node:path';
import { CodemieError, messageOf } from '../system/errors.ts';
import { readableNamesIn } from '../system/files.ts';
import { readCertificates } from './pem.ts';

export interface CaSources {
  /** The file from `--ca-file`, CODEMIE_CA_FILE or `config set ca-file`. */
  readonly file: string | undefined;
  /** What leaves the file out: a command, or undefined for an option of this command. */
  readonly remove?: string | undefined;
  /** Node's own variable. Node reads the file at start, and ignores it once a list is given. */
  readonly extra: string | undefined;
  /** What Node was started with: its arguments and NODE_OPTIONS. */
  readonly flags?: string;
  /** SSL_CERT_FILE and SSL_CERT_DIR, which OpenSSL reads. */
  readonly openssl?: { readonly file: string | undefined; readonly folder: string | undefined };
}

/** The part of `node:tls` that knows what Node trusts. `getCACertificates` is there since 22.15. */
export interface NodeRoots {
  readonly rootCertificates: readonly string[];
  getCACertificates?(type: 'default'): string[];
}

/**
 * The certificates to trust, or undefined for Node's default. The user's certificates are added to the default roots
 * and never replace them (S41).
 *
 * @throws CA_FILE (9) if the file cannot be read or contains no certificate.
 */
export function certificates(sources: CaSources, node?: NodeRoots): readonly string[] | undefined {
  const { file, remove } = sources;
  if (file === undefined) return undefined;
  let own: readonly string[];
  try {
    own = readCertificates(file);
  } catch (cause) {
    throw unusable(file, messageOf(cause), remove);
  }
  return [...defaultCertificates(sources, node), ...own];
}

/**
 * What Node trusts by itself. A list replaces all of that: the bundled roots, NODE_EXTRA_CA_CERTS, and what
 * `--use-system-ca`, NODE_USE_SYSTEM_CA and `--use-openssl-ca` switch on.
 */
export function defaultCertificates(
  { extra, flags = '', openssl }: CaSources,
  // Loaded only if certificates are added.
  node: NodeRoots = process.getBuiltinModule('node:tls'),
): readonly string[] {
  const known = node.getCACertificates?.('default') ?? [...node.rootCertificates, ...pemIfAny(extra)];
  // OpenSSL looks these up by itself: Node does not list them.
  const ofOpenssl = flags.includes('--use-openssl-ca') ? filesOf(openssl).flatMap(pemIfAny) : [];
  return [...known, ...ofOpenssl];
}

/** Where distributions and macOS keep the certificates of OpenSSL, if the variables name nothing else. */
const OPENSSL_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

function filesOf(
  { file, folder }: NonNullable<CaSources['openssl']> = { file: undefined, folder: undefined },
): readonly string[] {
  const folders = folder === undefined ? [] : folder.split(delimiter);
  const inFolders = folders.flatMap((path) => readableNamesIn(path).map((name) => join(path, name)));
  const given = [...(file === undefined ? [] : [file]), ...inFolders];
  return given.length === 0 ? OPENSSL_FILES : given;
}

/** Node only warns about a file it cannot read. */
function pemIfAny(file: string | undefined): readonly string[] {
  if (file === undefined || file === '') return [];
  try {
    return readCertificates(file);
  } catch {
    return [];
  }
}

function unusable(file: string, why: string, fix: string | undefined): CodemieError {
  return new CodemieError({
    code: 'CA_FILE',
    message: `Couldn't use the CA certificates in ${file}: ${why}.`,
    fix,
    hint: 'Give the path of a certificate in PEM or DER form ("Base-64 encoded X.509" on Windows; openssl pkcs7 -print_certs converts a .p7b file), or leave it out to trust only the default certificates.',
  });
}
