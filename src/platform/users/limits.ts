/** @returns how many characters PostgreSQL counts: code points, not UTF-16 units. */
export function lengthOf(text: string): number {
  // Most texts are far below every limit.
  return text.length < 128 ? text.length : [...text].length;
}

/** @returns whether PostgreSQL can store a text: it refuses NUL, and halves of surrogate pairs are no UTF-8. */
export function isStorable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}
