/**
 * @returns a text without these characters at its end. A regular expression such as `/\/+$/` does the same, but reads
 * the rest of the text again for each of them, which takes minutes for a megabyte.
 */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
