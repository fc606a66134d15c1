import { readFileSync } from 'node:fs';
import { CodemieError, messageOf } from '../system/errors.ts';

export interface CaSources {
  /** The file from `--ca-file`, CODEMIE_CA_FILE or `config set ca-file`. */
  readonly file: string | undefined;
  /** What leaves the file out: a command, or undefined for an option of this command. */
  readonly remove?: string | undefined;
  /** Node's own variable. Node reads the file at start, and ignores it once a list is given. */
  readonly extra: string | undefined;
}

/**
 * The certificates to trust, or undefined for Node's default. The user's certificates are added to the default roots
 * and never replace them (S41).
 *
 * @throws CA_FILE (9) if the file cannot be read or contains no certificate.
 */
export function certificates({ file, remove, extra }: CaSources): readonly string[] | undefined {
  if (file === undefined) return undefined;
  const own = pemIn(file, remove);
  if (own.length === 0) throw unusable(file, 'it contains no PEM certificate', remove);
  // Loaded only if certificates are added.
  const { rootCertificates } = process.getBuiltinModule('node:tls');
  return [...rootCertificates, ...own, ...(extra === undefined || extra === '' ? [] : pemIfAny(extra))];
}

function pemIn(file: string, remove?: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unusable(file, messageOf(cause), remove);
  }
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}

/** Node only warns about a file it cannot read. */
function pemIfAny(file: string): readonly string[] {
  try {
    return pemIn(file);
  } catch {
    return [];
  }
}

function unusable(file: string, why: string, fix: string | undefined): CodemieError {
  return new CodemieError({
    code: 'CA_FILE',
    message: `Couldn't use the CA certificates in ${file}: ${why}.`,
    fix,
    hint: 'Give the path of a PEM file, or leave it out to trust only the default certificates.',
  });
}
