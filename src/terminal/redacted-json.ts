import { redact } from '../system/redact.ts';

/** @returns a value as JSON, each text in it redacted: what a platform wrote may hold what it was sent. */
export function redactedJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner),
    indent,
  );
}
