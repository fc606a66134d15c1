/** @returns up to three names closest to `wanted`, closest first. */
export function nearest(wanted: string, names: readonly string[]): readonly string[] {
  const text = wanted.toLowerCase();
  return names
    .map((name) => ({ name, distance: levenshtein(text, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(text.length, name.length) * 0.6)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** @returns a question for the end of a message, after a space; empty without names. */
export function didYouMean(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Did you mean ${names.join(', ')}?`;
}

/** Levenshtein distance: how many letters to insert, delete or change. */
function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
