/**
 * The only table of exit codes. Scripts rely on the numbers; the docs are generated from it, and tests compare with
 * it. An agent's own exit code passes through unchanged and is not listed here.
 */
export const EXIT_CODES = [
  { code: 0, name: 'ok', meaning: 'done' },
  { code: 1, name: 'failed', meaning: 'failed' },
  { code: 2, name: 'usage', meaning: 'wrong usage, or cancelled by the person' },
  {
    code: 4,
    name: 'auth',
    meaning: 'authentication required: credential missing, malformed, expired, revoked',
  },
  { code: 5, name: 'unreachable', meaning: 'platform or identity provider unreachable' },
  { code: 6, name: 'denied', meaning: 'denied by the person, the platform or the identity provider' },
  { code: 7, name: 'timeout', meaning: 'timed out waiting for a person' },
  { code: 8, name: 'store', meaning: 'secret store unavailable, locked or damaged' },
  { code: 9, name: 'config', meaning: 'configuration invalid, or not trusted' },
  {
    code: 10,
    name: 'differs',
    meaning: 'differences exist (plan --detailed-exitcode, drift, verify), or files have errors (lint)',
  },
  { code: 129, name: 'sighup', meaning: 'ended by SIGHUP' },
  { code: 130, name: 'sigint', meaning: 'ended by SIGINT' },
  { code: 143, name: 'sigterm', meaning: 'ended by SIGTERM' },
] as const;

/** The name of an outcome; errors carry one of these as their `exit`. */
export type ExitName = (typeof EXIT_CODES)[number]['name'];

/** @returns the process exit code for an outcome. */
export function exitCode(name: ExitName): number {
  return EXIT_CODES.find((row) => row.name === name)?.code ?? 1;
}
