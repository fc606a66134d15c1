import { createReadStream } from 'node:fs';
import { JSONParser } from '@streamparser/json';
import { utf16Mark } from '../../../system/decode-text.ts';
import type { Json } from '../../../system/json.ts';

/** A value of a file that is being read, with the name that leads to it from the top. */
export interface StreamedValue {
  readonly member: string;
  readonly value: Json;
}

/** The text is not JSON, or it ends in the middle. */
export class NotJson extends Error {}

const CHUNK = 256 * 1024;

/**
 * Reads a file of any size piece by piece, and yields what stands at some paths as soon as it is complete. Everything
 * else is dropped as it passes. Stop at any value to leave the rest unread.
 *
 * @param paths such as `$.realm`, or `$.users.*` for each entry of a list.
 * @throws NotJson; the system error if the file cannot be read.
 */
export async function* valuesIn(
  file: string,
  paths: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<StreamedValue> {
  let values: StreamedValue[] = [];
  const parser = new JSONParser({ paths: [...paths], keepStack: false });
  parser.onValue = ({ value, key, stack }) => {
    values.push({ member: String(stack[1]?.key ?? key), value: value as Json });
  };
  const parse = (step: () => void): void => {
    try {
      step();
    } catch {
      // The parser's own message quotes the text, which may be a secret.
      throw new NotJson();
    }
  };
  let decoder: Decoder | undefined;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK, signal })) {
    const bytes = chunk as Buffer;
    decoder ??= decoderFor(bytes);
    const text = decoder(bytes);
    parse(() => parser.write(text));
    yield* values;
    values = [];
  }
  parse(() => parser.isEnded || parser.end());
}

/** Decodes the next bytes. The parser takes UTF-8 as bytes, which is faster. */
type Decoder = (bytes: Buffer) => Buffer | string;

/** Windows PowerShell writes UTF-16 with `>`. */
function decoderFor(beginning: Buffer): Decoder {
  const mark = utf16Mark(beginning);
  if (mark !== undefined) {
    const utf16 = new TextDecoder(mark);
    return (bytes) => utf16.decode(bytes, { stream: true });
  }
  const hasMark = beginning.subarray(0, 3).equals(BOM);
  return (bytes) => (hasMark && bytes === beginning ? bytes.subarray(BOM.length) : bytes);
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
