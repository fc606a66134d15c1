/** Control characters, and the ones that reorder or hide text (bidirectional marks, zero-width, line separators). */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/**
 * Text somebody else wrote (an identity provider, a caller of our listener), made fit for a terminal and a page: one
 * line, nothing that moves the cursor or reorders what is read, cut at `most` characters.
 */
export function printable(text: string, most = 200): string {
  return [...text.slice(0, most * 4).replace(UNPRINTABLE, ' ')].slice(0, most).join('').trim();
}

/** The same for a text of our own that may quote such text, at any length: its lines stay lines. */
export function harmless(text: string): string {
  return text.replace(UNPRINTABLE, (run) => (run.includes('\n') ? '\n' : ' '));
}
