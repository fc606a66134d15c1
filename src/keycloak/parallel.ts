/** Runs a task when one of the places is free; the others wait in their order. */
export type Places = <T>(task: () => Promise<T>) => Promise<T>;

/** @returns `places` places that share their tasks. */
export function limitTo(places: number): Places {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (task) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
