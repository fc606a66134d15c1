import { redact } from '../system/redact.ts';

/** @returns a value as JSON with every string redacted: text from a platform may repeat what it was sent. */
export function redactedJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === 'string' ? redact(inner) : inner),
    indent,
  );
}
