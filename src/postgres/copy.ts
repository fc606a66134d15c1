import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from, to } from 'pg-copy-streams';

type Failure = (error: unknown) => unknown;

/** Rows go out in packets of this size: each packet costs a system call. */
const PACKET = 65_536;

/**
 * @returns how many rows were copied.
 * @throws the source's own error as it is.
 */
export async function copyIn(
  client: Client,
  statement: string,
  rows: AsyncIterable<string | Buffer>,
  failure: Failure,
): Promise<number> {
  const copy = client.query(from(statement, { highWaterMark: PACKET }));
  let ofSource: { readonly error: unknown } | undefined;
  const watched = async function* (): AsyncGenerator<string | Buffer> {
    try {
      yield* rows;
    } catch (error) {
      ofSource = { error };
      throw error;
    }
  };
  try {
    await pipeline(Readable.from(packets(watched()), { objectMode: false }), copy);
  } catch (error) {
    if (ofSource === undefined) throw failure(error);
    // Until the server has confirmed that it dropped the rows, the connection takes no statement.
    if (!copy.closed) await once(copy, 'close').catch(() => undefined);
    throw ofSource.error;
  }
  return copy.rowCount;
}

export async function* copyOut(client: Client, statement: string, failure: Failure): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of client.query(to(statement))) yield chunk as Buffer;
  } catch (error) {
    throw failure(error);
  }
}

async function* packets(rows: AsyncIterable<string | Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for await (const row of rows) {
    const bytes = typeof row === 'string' ? Buffer.from(row) : row;
    waiting.push(bytes);
    size += bytes.length;
    if (size < PACKET) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting);
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** @returns one row in the text form of COPY, with its line end. */
export function copyLine(values: readonly (string | number | boolean | null)[]): string {
  const cells = values.map((value) =>
    value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign] ?? sign),
  );
  return `${cells.join('\t')}\n`;
}
