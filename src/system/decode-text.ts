import { readFileSync } from 'node:fs';

/** Reads a file that somebody wrote or saved. Every such file is read here, in any encoding that `decodeText` knows. */
export function readText(path: string): string {
  return decodeText(readFileSync(path));
}

/**
 * Decodes text that somebody saved or piped: UTF-8 or, as Windows PowerShell writes with `>`, UTF-16. A byte order mark is removed.
 * UTF-16 without a mark is recognized by the zero byte that every second byte of Latin text then is.
 */
export function decodeText(bytes: Buffer): string {
  const mark = utf16Mark(bytes);
  if (mark === 'utf-16le') return bytes.subarray(2).toString('utf16le');
  if (mark === 'utf-16be') return swapped(bytes.subarray(2)).toString('utf16le');
  if (bytes.length >= 4 && bytes.length % 2 === 0) {
    if (isZeroAt(bytes, 1)) return bytes.toString('utf16le');
    if (isZeroAt(bytes, 0)) return swapped(bytes).toString('utf16le');
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** @returns the encoding that a byte order mark at the beginning names, as `TextDecoder` calls it; undefined for UTF-8. */
export function utf16Mark([first, second]: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** @returns whether every second byte, from this one on, is zero and no other is. */
function isZeroAt(bytes: Buffer, start: 0 | 1): boolean {
  return bytes.every((byte, i) => (byte === 0) === (i % 2 === start));
}

function swapped(bytes: Buffer): Buffer {
  // A cut-off last byte cannot be swapped.
  return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2))).swap16();
}
