import type { ChalkInstance } from 'chalk';
import { type FileFinding, findingJson } from '../../change/change.ts';
import { fileFindingLines } from '../../change/render.ts';
import { counted } from '../../system/counted.ts';

/** Findings for people, each with the place to open in an editor, and the number of them in the last line. */
export function lintText(findings: readonly FileFinding[], files: number, colors: ChalkInstance): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const checked = counted(files, 'file');
  if (findings.length === 0) return `No findings in ${checked}.`;
  const last = `${counted(errors, 'error')} and ${counted(warnings, 'warning')} in ${checked}.`;
  return [...fileFindingLines(findings, colors), last].join('\n');
}

/** The same as data. */
export function lintJson(findings: readonly FileFinding[]) {
  return {
    schemaVersion: 1,
    ok: !findings.some(({ severity }) => severity === 'error'),
    findings: findings.map(findingJson),
  };
}
