import type { FileFinding } from '../../change/change.ts';
import type { Place } from './place.ts';
import type { CheckFile } from './read/file.ts';
import { RULES } from './rules.ts';
import { type CheckOptions, Subject } from './subject.ts';
import { SUPPRESSION_RULE, Suppressions } from './suppress.ts';

export interface CheckResult {
  /** In the order of files and lines. */
  readonly findings: readonly FileFinding[];
  /** How many findings comments in the files suppress. */
  readonly suppressed: number;
  /** Whether the files hold anything of the platform. Without it, no findings mean nothing. */
  readonly isOfPlatform: boolean;
}

/**
 * Checks what is about to run: Helm values of the API and the UI in the order of `-f`, rendered manifests, and documents
 * that hold values.
 *
 * @param now milliseconds since the epoch, for suppressions with a date.
 */
export function checkPlatform(files: readonly CheckFile[], options: CheckOptions, now: number): CheckResult {
  const subject = new Subject(files, options);
  const suppressions = new Suppressions(files, new Set(RULES.map(({ id }) => id)), now);
  const hits = RULES.flatMap(({ id, severity, advice: usual, check }) =>
    [...check(subject)].map(({ at, message, advice = usual }) => ({
      at,
      finding: findingAt(at, id, severity, message, advice),
    })),
  );
  const left = hits.filter(({ at, finding }) => !suppressions.has(finding.rule, at));
  const faults = suppressions.faults.map(({ at, message }) =>
    findingAt(at, SUPPRESSION_RULE.id, SUPPRESSION_RULE.severity, message, SUPPRESSION_RULE.advice),
  );
  const order = files.map(({ name }) => name);
  return {
    findings: [...left.map(({ finding }) => finding), ...faults].toSorted(
      (one, other) =>
        order.indexOf(one.file) - order.indexOf(other.file) || (one.line ?? 0) - (other.line ?? 0),
    ),
    suppressed: hits.length - left.length,
    isOfPlatform: subject.api !== undefined || subject.ui !== undefined || subject.all('secret').length > 0,
  };
}

function findingAt(
  { file, line, path }: Place,
  rule: string,
  severity: FileFinding['severity'],
  message: string,
  advice: string,
): FileFinding {
  return { rule, severity, file, path, line, message, advice };
}
