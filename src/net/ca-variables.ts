import { readFileSync } from 'node:fs';
import type { Env } from '../system/env.ts';
import { messageOf, systemCode } from '../system/errors.ts';

export interface UselessVariable {
  readonly name: string;
  /** What is wrong, as a sentence. */
  readonly detail: string;
}

/**
 * The variables for certificates whose file adds nothing. Node warns about a file that it cannot read, and says nothing
 * about one that is not in PEM form, such as a `.cer` file as Windows exports it.
 */
export function uselessVariables(env: Env): readonly UselessVariable[] {
  return ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].flatMap((name) => {
    const file = env[name] ?? '';
    const why = file === '' ? undefined : whyUseless(file);
    return why === undefined ? [] : [{ name, detail: `${name} adds nothing: ${file} ${why}.` }];
  });
}

function whyUseless(file: string): string | undefined {
  try {
    return /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/.test(readFileSync(file, 'latin1'))
      ? undefined
      : 'contains no certificate in PEM form';
  } catch (error) {
    return systemCode(error) === 'ENOENT'
      ? "doesn't exist"
      : `can't be read (${systemCode(error) ?? messageOf(error)})`;
  }
}
