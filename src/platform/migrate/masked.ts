/** @returns a name or an address with most of it hidden: `a…@e….com`. Enough to tell lines of a ticket apart. */
export function masked(text: string): string {
  const part = (word: string): string => (word.length <= 1 ? word : `${word[0]}…`);
  const at = text.lastIndexOf('@');
  if (at === -1) return part(text);
  const domain = text.slice(at + 1);
  const dot = domain.lastIndexOf('.');
  return `${part(text.slice(0, at))}@${dot === -1 ? part(domain) : `${part(domain.slice(0, dot))}${domain.slice(dot)}`}`;
}
