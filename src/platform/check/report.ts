import type { ChalkInstance } from 'chalk';
import { type FileFinding, findingJson } from '../../change/change.ts';
import { fileFindingLines } from '../../change/render.ts';
import { counted } from '../../system/counted.ts';
import { harmless } from '../../system/printable.ts';
import type { CheckResult } from './check.ts';

/** Findings for people, each with the place to open in an editor, and the number of them in the last line. */
export function checkText(result: CheckResult, files: number, colors: ChalkInstance): string {
  return [...fileFindingLines(result.findings, colors), checkSummary(result, files)].join('\n');
}

/** @returns the last line. */
export function checkSummary({ findings, suppressed, isOfPlatform }: CheckResult, files: number): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const checked = counted(files, 'file');
  const ignored = suppressed === 0 ? '' : ` ${suppressed} suppressed by comments.`;
  const nothing = isOfPlatform
    ? ''
    : " None holds values of the platform's charts: name one with --api FILE or --ui FILE if it does.";
  if (findings.length === 0) return `No findings in ${checked}.${ignored}${nothing}`;
  return `${counted(errors, 'error')} and ${counted(findings.length - errors, 'warning')} in ${checked}.${ignored}`;
}

/** The same as data, in the shape of `codemie realm lint`. */
export function checkJson({ findings }: CheckResult) {
  return {
    schemaVersion: 1,
    ok: !findings.some(({ severity }) => severity === 'error'),
    findings: findings.map(findingJson),
  };
}

/** @returns a line for each finding that GitHub shows at its place in a pull request. */
export function githubLines(findings: readonly FileFinding[]): readonly string[] {
  return findings.map(({ severity, file, line, rule, message, advice }) => {
    const properties = [
      ...(file === '-' ? [] : [`file=${property(file)}`, `line=${line ?? 1}`]),
      `title=${property(rule)}`,
    ];
    return `::${severity} ${properties.join(',')}::${escaped(`${message}\nFix: ${advice}`)}`;
  });
}

/** What GitHub's workflow commands decode. The log is shown in terminals, too. */
function escaped(text: string): string {
  return harmless(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
