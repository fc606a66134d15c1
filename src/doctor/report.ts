import type { ChalkInstance } from 'chalk';
import { counted } from '../system/counted.ts';
import { harmless } from '../system/printable.ts';
import { redact } from '../system/redact.ts';
import { redactedJson } from '../terminal/redacted-json.ts';
import type { Diagnosis } from './examine.ts';

const WORDS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' } as const;

/**
 * Fits one screen: a line per check, each fix below its check, and the cause at the end. Words carry the meaning, not
 * only colors (T4).
 */
export function doctorText(diagnosis: Diagnosis, colors: ChalkInstance): string {
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red, skip: colors.dim };
  const width = Math.max(...diagnosis.checks.map((check) => check.title.length));
  const lines: string[] = [];
  for (const check of diagnosis.checks) {
    const detail = withoutCode(harmless(check.detail));
    lines.push(`${paint[check.status](WORDS[check.status])}  ${check.title.padEnd(width)}  ${detail}`);
    const advice = [...check.fix.map((fix) => `fix: ${fix}`), ...check.hints.map((hint) => `hint: ${hint}`)];
    for (const line of advice) lines.push(`${' '.repeat(width + 8)}${harmless(line)}`);
  }
  const cause = diagnosis.checks.find((check) => check.id === diagnosis.cause);
  const warnings = diagnosis.checks.filter((check) => check.status === 'warn').length;
  lines.push('');
  if (cause !== undefined) {
    lines.push(`Problem: ${withoutCode(harmless(cause.detail))} (${cause.title})`);
    const [fix] = cause.fix;
    const [hint] = cause.hints;
    if (fix !== undefined) lines.push(`Fix: ${harmless(fix)}`);
    else if (hint !== undefined) lines.push(`Hint: ${harmless(hint)}`);
  } else lines.push(warnings === 0 ? 'No problems found.' : `No errors, ${counted(warnings, 'warning')}.`);
  return redact(lines.join('\n'));
}

/** The stable code of an error is for scripts. */
function withoutCode(detail: string): string {
  return detail.replace(/ \[[A-Z_]+\]$/, '');
}

/** Only what can be pasted is called a fix. */
/** The same facts as JSON, for scripts. */
export function doctorJson(diagnosis: Diagnosis): string {
  return redactedJson(diagnosis);
}
