/** Loaded when it is first needed: that takes 4 ms, and most of the small commands need none of it. */
const crypto = () => process.getBuiltinModule('node:crypto');

/** @returns so many random bytes, in hexadecimal digits. */
export function randomHex(bytes: number): string {
  return crypto().randomBytes(bytes).toString('hex');
}

/** @returns SHA-256 in hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  return crypto().createHash('sha256').update(data).digest('hex');
}
