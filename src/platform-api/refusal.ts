import { isRecord, objectIn } from '../system/json.ts';
import { printable } from '../system/printable.ts';
import { redact } from '../system/redact.ts';
import { withoutEnd } from '../system/trim-end.ts';

/** The contents of an error response's body. */
export interface Refusal {
  /** The platform itself sent it. Services behind its model routes use other error formats. */
  readonly isOwn: boolean;
  /** The server's own message, printable and without secrets. */
  readonly reason?: string;
  /** More about the reason, and what to do about it. Only from the platform itself. */
  readonly details?: string;
  readonly help?: string;
}

const MAX_REASON_LENGTH = 200;
/** Longer bodies are documents, not error responses. */
const MAX_BODY_LENGTH = 65_536;

/**
 * Reads the platform's error format, `{"error": {"message", "details", "help"}}` (2.42). LiteLLM's errors also have `type` and
 * `code`, and FastAPI's are `{"detail"}`.
 */
export function refusalIn(body: Buffer): Refusal {
  const whole = (body.length > MAX_BODY_LENGTH ? undefined : objectIn(body.toString('utf8'))) ?? {};
  const error = isRecord(whole['error']) ? whole['error'] : {};
  const isOwn = 'message' in error && !('type' in error || 'code' in error);
  const text = [error['message'], whole['detail']].find((value) => typeof value === 'string');
  return {
    isOwn,
    ...shown('reason', text),
    ...shown('details', error['details']),
    ...shown('help', error['help']),
  };
}

/** Makes a text printable and removes the stack trace that follows the message after a server crash. */
function shown<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const sentence = typeof value === 'string' ? (value.split(/<br>|Stacktrace:/)[0] ?? '') : '';
  const text = printable(redact(sentence), MAX_REASON_LENGTH);
  return (text === '' ? {} : { [name]: text }) as { [Key in Name]?: string };
}

/** What may follow the last word of a sentence. */
export const END = '. \t\r\n';

/** @returns the server's message and its details in brackets, without a final period. */
export function wordsOf({ reason, details }: Refusal): string | undefined {
  if (reason === undefined) return undefined;
  const [said, more] = [reason, details ?? ''].map((text) => withoutEnd(text, END));
  return more === '' ? said : `${said} (${more})`;
}
