import { sha256 } from './digest.ts';
import { rememberSecret } from './redact.ts';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const MASK = '[secret]';

/**
 * A secret value. Its string, JSON and inspect forms are masked, and the redactor learns the value, so a slip into a
 * log or an error is harmless. Only the last caller reveals it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    rememberSecret(value);
  }

  /** The value. Call this only where the bytes leave the program. */
  reveal(): string {
    return this.#value;
  }

  get isEmpty(): boolean {
    return this.#value === '';
  }

  /** First 8 hex digits of SHA-256: enough to tell two credentials apart in a status or an audit entry. */
  fingerprint(): string {
    return fingerprintOf(this.#value);
  }

  equals(other: Secret | undefined): boolean {
    return other !== undefined && other.#value === this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [INSPECT](): string {
    return MASK;
  }
}

/** @returns the first 8 hex digits of the SHA-256 of a value. */
export function fingerprintOf(value: string): string {
  return sha256(value).slice(0, 8);
}
