import { readFileSync } from 'node:fs';
import { decodeText } from '../system/decode-text.ts';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** What other files with certificates contain, by what is in them. The numbers are ASN.1 in DER. */
const OTHER_FORMS: readonly (readonly [RegExp, string])[] = [
  // The object identifier of PKCS#7 signed data.
  [
    /^-----BEGIN PKCS7|^\x30.{1,5}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02/s,
    "it is a PKCS#7 file (.p7b), which this program can't read",
  ],
  // Version 3 of PKCS#12.
  [/^\x30.{1,5}\x02\x01\x03\x30/s, 'it is a PKCS#12 file (.pfx), which contains a private key'],
  [/^-----BEGIN [A-Z ]*PRIVATE KEY/m, 'it contains a private key, not a certificate'],
];

/**
 * @returns the certificates of a file, in PEM form. One in DER form, as Windows exports it by default, is converted.
 * @throws Error with the reason if there is none; the system error if the file cannot be read.
 */
export function readCertificates(file: string): readonly string[] {
  const bytes = readFileSync(file);
  const found = decodeText(bytes).match(PEM);
  if (found !== null) return found;
  const text = bytes.toString('latin1');
  const other = OTHER_FORMS.find(([form]) => form.test(text));
  if (other !== undefined) throw new Error(other[1]);
  try {
    // Loaded only for a file that is not text.
    const { X509Certificate } = process.getBuiltinModule('node:crypto');
    return [new X509Certificate(bytes).toString()];
  } catch {
    throw new Error('it contains no certificate');
  }
}
