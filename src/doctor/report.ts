import type { ChalkInstance } from 'chalk';
import { counted } from '../system/counted.ts';
import { harmless } from '../system/printable.ts';
import { redact } from '../system/redact.ts';
import { redactedJson } from '../terminal/redacted-json.ts';
import type { About } from './about.ts';
import type { CheckResult, Diagnosis } from './examine.ts';

const WORDS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' } as const;

/**
 * Fits one screen: what this machine is, the problem and what to do about it, a line per check with each fix below its
 * check, and the count. Words carry the meaning, not only colors (T4).
 *
 * @param canRepair whether `--fix` would change something.
 */
export function doctorText(diagnosis: Diagnosis, colors: ChalkInstance, canRepair = false): string {
  const { checks } = diagnosis;
  const cause = checks.find((check) => check.id === diagnosis.cause);
  const lines = [headerOf(diagnosis.about), '', ...(cause === undefined ? [] : [...verdictOf(cause), ''])];
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red, skip: colors.dim };
  const width = Math.max(...checks.map((check) => check.title.length));
  for (const check of checks) {
    const detail = withoutCode(harmless(check.detail));
    lines.push(`${paint[check.status](WORDS[check.status])}  ${check.title.padEnd(width)}  ${detail}`);
    const advice = [...check.fix.map((fix) => `fix: ${fix}`), ...check.hints.map((hint) => `hint: ${hint}`)];
    for (const line of advice) lines.push(`${' '.repeat(width + 8)}${harmless(line)}`);
  }
  lines.push('', summaryOf(checks));
  if (canRepair) lines.push('Run it again with --fix to make your files private to your user.');
  return redact(lines.join('\n'));
}

function headerOf({ codemie, node, system, runsIn, profile, store }: About): string {
  const facts = [
    `codemie ${codemie}, Node.js ${node} on ${system}`,
    ...(runsIn.length === 0 ? [] : [runsIn.join(', ')]),
    ...(profile === null ? [] : [`profile "${profile}"`]),
    ...(store === null ? [] : [store]),
  ];
  return harmless(facts.join(', '));
}

function verdictOf({ title, detail, fix: [fix], hints: [hint] }: CheckResult): readonly string[] {
  const first = `Problem: ${withoutCode(harmless(detail))} (${title})`;
  if (fix !== undefined) return [first, `Fix: ${harmless(fix)}`];
  return hint === undefined ? [first] : [first, `Hint: ${harmless(hint)}`];
}

function summaryOf(checks: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']): number =>
    checks.filter((check) => check.status === status).length;
  const [errors, warnings] = [count('fail'), count('warn')];
  if (errors === 0 && warnings === 0) return 'No problems found.';
  const others = warnings === 0 ? '' : `, ${counted(warnings, 'warning')}`;
  return `${errors === 0 ? 'No errors' : counted(errors, 'error')}${others}.`;
}

/** The stable code of an error is for scripts. */
function withoutCode(detail: string): string {
  return detail.replace(/ \[[A-Z_]+\]$/, '');
}

/** The same facts as JSON, for scripts. */
export function doctorJson(diagnosis: Diagnosis): string {
  return redactedJson(diagnosis);
}
