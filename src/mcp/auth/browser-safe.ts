/** What a shell, a registry entry or an opener of some system gives a meaning to. Percent-encoded, the address stays the same. */
const RISKY = /[\s"'<>\\^`{|}$]/g;

/** @returns an address for a browser's opener. What is percent-encoded already stays as it is. */
export function browserSafe({ href }: URL): string {
  return href.replace(RISKY, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
