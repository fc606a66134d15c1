/** Kept of a line that is too long: enough to find its id at the beginning or at the end. */
const EDGE_BYTES = 512;

export interface LineOptions {
  /** Longest line, bytes. */
  readonly most: number;
  readonly onLine: (line: string) => void;
  /** Gets the beginning and the end of a line that is longer. The rest of it is never in memory. */
  readonly onTooLong: (head: string, tail: string) => void;
}

/** Cuts a stream of bytes into lines. @returns the function that takes the bytes. */
export function lineReader({ most, onLine, onTooLong }: LineOptions): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let size = 0;
  let edges: { readonly head: string; tail: Buffer } | undefined;

  const hold = (part: Buffer): void => {
    size += part.length;
    if (edges === undefined && size <= most) return void held.push(part);
    const known = edges?.tail ?? Buffer.concat(held);
    const joined = Buffer.concat([known.subarray(-EDGE_BYTES), part]);
    edges ??= { head: Buffer.concat([known, part]).toString('utf8', 0, EDGE_BYTES), tail: joined };
    edges.tail = joined.subarray(-EDGE_BYTES);
    held = [];
  };
  const end = (): void => {
    if (edges === undefined) onLine(Buffer.concat(held).toString('utf8').replace(/\r$/, ''));
    else onTooLong(edges.head, edges.tail.toString('utf8'));
    held = [];
    size = 0;
    edges = undefined;
  };
  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      hold(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    if (from < chunk.length) hold(chunk.subarray(from));
  };
}

const ID = String.raw`"id"\s*:\s*(-?\d{1,16}|"[^"\\]{1,200}")`;
/** Programs write the members of a request in their own order; `id` is among the first, or the last. */
const PLACES = [
  new RegExp(`${ID}\\s*\\}\\s*$`),
  new RegExp(`^\\s*\\{\\s*(?:"jsonrpc"\\s*:\\s*"2\\.0"\\s*,\\s*)?${ID}`),
];

/** @returns the id of a request of which only the edges are known. */
export function idAtEdges(head: string, tail: string): string | number | undefined {
  const [last, first] = PLACES;
  const found = last?.exec(tail)?.[1] ?? first?.exec(head)?.[1];
  return found === undefined ? undefined : (JSON.parse(found) as string | number);
}
