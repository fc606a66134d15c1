/** Loaded on first use: loading takes 4 ms, and most small commands do not need it. */
const crypto = () => process.getBuiltinModule('node:crypto');

/** @returns `bytes` random bytes in hexadecimal. */
export function randomHex(bytes: number): string {
  return crypto().randomBytes(bytes).toString('hex');
}

/** @returns the SHA-256 digest in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return crypto().createHash('sha256').update(data).digest('hex');
}
