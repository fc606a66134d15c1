/** Shorter names are close to too many others. */
const SHORTEST = 8;

/**
 * @param names that exist, in capitals.
 * @returns the name that somebody probably meant; undefined if this one exists, or is not close to any.
 */
export function nearest(name: string, names: ReadonlySet<string>): string | undefined {
  if (names.has(name) || name.length < SHORTEST) return undefined;
  const bare = name.replaceAll(/[_-]/g, '');
  let best: string | undefined;
  let least = 3;
  for (const one of names) {
    if (one.length < SHORTEST) continue;
    const far = one.replaceAll('_', '') === bare ? 0 : distance(name, one, least);
    if (far < least) [best, least] = [one, far];
  }
  return best;
}

/** @returns how many letters to add, drop, change or swap; `most` if it is that many or more. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) >= most) return most;
  let [above, before]: [number[], number[]] = [[], [...one, ''].map((_, index) => index)];
  for (let row = 1; row <= other.length; row++) {
    const line = [row];
    for (let column = 1; column <= one.length; column++) {
      const isSame = one[column - 1] === other[row - 1];
      const isSwap =
        row > 1 && column > 1 && one[column - 1] === other[row - 2] && one[column - 2] === other[row - 1];
      line.push(
        Math.min(
          (before[column] ?? most) + 1,
          (line[column - 1] ?? most) + 1,
          (before[column - 1] ?? most) + (isSame ? 0 : 1),
          isSwap ? (above[column - 2] ?? most) + 1 : most,
        ),
      );
    }
    [above, before] = [before, line];
  }
  return before[one.length] ?? most;
}
