import { pipeline, Readable } from 'node:stream';
import type { UpstreamAnswer } from '../net/stream/request.ts';
import { encodingsOf } from '../system/redact.ts';

const MASK = '[redacted]';

/** Looks for the credential of a request in its response. */
export interface EchoFilter {
  /** @returns whether a text contains the credential. */
  hides(text: string): boolean;
  /**
   * A platform, or a proxy in front of it, may repeat the request in an error. The agent must not learn the credential
   * from it.
   *
   * @returns the response; an error with the credential masked, decoded and without its length.
   */
  filter(answer: UpstreamAnswer): UpstreamAnswer;
}

/** @param sent the headers that carry the credential. */
export function echoFilter(sent: Readonly<Record<string, string>>): EchoFilter {
  let forms: readonly string[] | undefined;
  const secrets = (): readonly string[] => {
    forms ??= Object.entries(sent)
      .flatMap(([name, value]) => (name === 'cookie' ? cookiesIn(value) : [value.replace(/^Bearer /, '')]))
      .flatMap(encodingsOf)
      .filter((form) => form.length >= SHORTEST);
    return forms;
  };
  const hides = (text: string): boolean =>
    text.length >= SHORTEST && secrets().some((form) => text.includes(form));
  const filter = (answer: UpstreamAnswer): UpstreamAnswer => {
    if (answer.status < 400) return answer;
    const { 'content-length': _length, 'content-encoding': coding, ...headers } = answer.headers;
    const body = decoded(answer.body, String(coding ?? ''));
    // The agent asked for no other coding (headers.ts), and what it cannot read tells it nothing.
    if (body === undefined) return { ...answer, headers, body: Readable.from([]) };
    return { ...answer, headers, body: Readable.from(masked(body, secrets()), { objectMode: false }) };
  };
  return { hides, filter };
}

/** Nothing shorter is a credential, and masking it would destroy ordinary words. */
const SHORTEST = 8;

function decoded(body: Readable, coding: string): Readable | undefined {
  const name = coding.trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const { createBrotliDecompress, createUnzip } = process.getBuiltinModule('node:zlib');
  if (!['gzip', 'x-gzip', 'deflate', 'br'].includes(name)) return undefined;
  const decoder = name === 'br' ? createBrotliDecompress() : createUnzip();
  // An error or an early end of one ends the other.
  return pipeline(body, decoder, () => undefined);
}

/** @returns the values of a `Cookie` header. */
function cookiesIn(header: string): string[] {
  return header.split('; ').map((pair) => pair.slice(pair.indexOf('=') + 1));
}

/** Holds back as many bytes as a form that is still incomplete may have. */
async function* masked(body: Readable, forms: readonly string[]): AsyncGenerator<Buffer> {
  const held = Math.max(0, ...forms.map((form) => form.length)) - 1;
  let text = '';
  for await (const chunk of body) {
    text += (chunk as Buffer).toString('latin1');
    for (const form of forms) text = text.replaceAll(form, MASK);
    if (text.length > held) {
      yield Buffer.from(text.slice(0, text.length - held), 'latin1');
      text = text.slice(text.length - held);
    }
  }
  if (text !== '') yield Buffer.from(text, 'latin1');
}
