/** Control characters, and characters that reorder or hide text (bidirectional marks, zero-width, line separators). */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/**
 * Makes untrusted text (from an identity provider, or a caller of our listener) safe for a terminal and a page: one
 * line, without characters that move the cursor or reorder text, cut to `most` characters.
 */
export function printable(text: string, most = 200): string {
  return [...text.slice(0, most * 4).replace(UNPRINTABLE, ' ')].slice(0, most).join('').trim();
}

/** The same for our own text that may quote untrusted text, at any length; keeps line breaks. */
export function harmless(text: string): string {
  return text.replace(UNPRINTABLE, (run) => (run.includes('\n') ? '\n' : ' '));
}

const COLOR = /(\u001b\[[\d;]{0,20}m)/;

/** The same for a report on a terminal; keeps colors, tabs and line breaks. */
export function harmlessReport(text: string): string {
  return text
    .split(COLOR)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(UNPRINTABLE, (run) => run.match(/\r?\n|\t/g)?.join('') ?? ' '),
    )
    .join('');
}
