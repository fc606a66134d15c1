import { isRecord, objectIn } from '../system/json.ts';
import { printable } from '../system/printable.ts';
import { redact } from '../system/redact.ts';

/** What the body of a refusal says. */
export interface Refusal {
  /** The platform itself wrote it; what lies behind its model routes words its errors in another shape. */
  readonly isOwn: boolean;
  /** The server's own sentence, fit for a terminal and without secrets. */
  readonly reason?: string;
}

const LONGEST_REASON = 200;

/**
 * Reads `{"error": {"message", "details", "help"}}`, as the platform refuses (2.42). LiteLLM has `type` and `code` in there,
 * and a framework `{"detail"}`.
 */
export function refusalIn(body: Buffer): Refusal {
  const whole = objectIn(body.toString('utf8')) ?? {};
  const error = isRecord(whole['error']) ? whole['error'] : {};
  const isOwn = 'message' in error && !('type' in error || 'code' in error);
  const text = [error['message'], whole['detail']].find((value) => typeof value === 'string');
  const reason = typeof text === 'string' ? printable(redact(text), LONGEST_REASON) : '';
  return { isOwn, ...(reason === '' ? {} : { reason }) };
}
