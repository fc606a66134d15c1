import { isRecord, objectIn } from '../system/json.ts';
import { printable } from '../system/printable.ts';
import { redact } from '../system/redact.ts';

/** What the body of a refusal says. */
export interface Refusal {
  /** The platform itself wrote it; what lies behind its model routes words its errors in another shape. */
  readonly isOwn: boolean;
  /** The server's own sentence, fit for a terminal and without secrets. */
  readonly reason?: string;
  /** What it adds to that, and what can be done about it; of the platform itself only. */
  readonly details?: string;
  readonly help?: string;
}

const LONGEST_REASON = 200;
/** Longer bodies are documents, not refusals. */
const LONGEST_BODY = 65_536;

/**
 * Reads `{"error": {"message", "details", "help"}}`, as the platform refuses (2.42). LiteLLM has `type` and `code` in there,
 * and a framework `{"detail"}`.
 */
export function refusalIn(body: Buffer): Refusal {
  const whole = (body.length > LONGEST_BODY ? undefined : objectIn(body.toString('utf8'))) ?? {};
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

/** Of a crash of the server the trace behind its sentence is left out. */
function shown<Name extends string>(name: Name, value: unknown): { [Key in Name]?: string } {
  const sentence = typeof value === 'string' ? (value.split(/<br>|Stacktrace:/)[0] ?? '') : '';
  const text = printable(redact(sentence), LONGEST_REASON);
  return (text === '' ? {} : { [name]: text }) as { [Key in Name]?: string };
}

/** @returns the server's own words as the end of a sentence: what it says, and the details in brackets. */
export function wordsOf({ reason, details }: Refusal): string | undefined {
  if (reason === undefined) return undefined;
  const [said, more] = [reason, details ?? ''].map((text) => text.replace(/[.\s]+$/, ''));
  return more === '' ? said : `${said} (${more})`;
}
