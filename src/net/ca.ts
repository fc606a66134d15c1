import { readFileSync } from 'node:fs';
import { CodemieError, messageOf } from '../system/errors.ts';

export interface CaSources {
  /** A file a person named with `--ca-file`, CODEMIE_CA_FILE or `config set ca-file`. */
  readonly file: string | undefined;
  /** Node's own variable: it reads the file at start, and forgets it once a list is given. */
  readonly extra: string | undefined;
}

/**
 * The certificates to trust, or undefined for Node's own choice. What a person adds is added to the default roots and
 * never takes their place (S41).
 *
 * @throws CA_FILE (9) when the file cannot be read or holds no certificate.
 */
export function certificates({ file, extra }: CaSources): readonly string[] | undefined {
  if (file === undefined) return undefined;
  const own = pemIn(file);
  if (own.length === 0) throw unusable(file, 'it holds no certificate in PEM form');
  // Loaded for those alone who add to it.
  const { rootCertificates } = process.getBuiltinModule('node:tls');
  return [...rootCertificates, ...own, ...(extra === undefined || extra === '' ? [] : pemIfAny(extra))];
}

function pemIn(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw unusable(file, messageOf(cause));
  }
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
}

/** Node only warns of a file it cannot read. */
function pemIfAny(file: string): readonly string[] {
  try {
    return pemIn(file);
  } catch {
    return [];
  }
}

function unusable(file: string, why: string): CodemieError {
  return new CodemieError({
    code: 'CA_FILE',
    message: `The certificates in ${file} cannot be used: ${why}.`,
    hint: 'Give a PEM file with --ca-file, or remove the setting: codemie config unset ca-file',
  });
}
