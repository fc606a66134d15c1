import type { Place } from './place.ts';
import type { CheckFile } from './read/file.ts';

/** `# codemie: ignore RULE until 2027-01 because …`, on the line of a finding or above it. */
interface Suppression {
  readonly rule: string;
  readonly file: string;
  /** Of the comment. */
  readonly line: number;
  /** The line that it is about: its own, or the next one that is no comment. */
  readonly target: number;
}

/** What the rules of suppressions are called in findings. No comment can suppress it. */
export const SUPPRESSION_RULE = {
  id: 'suppression',
  severity: 'warning',
  what: 'A comment that suppresses a finding gives no reason, names no rule, or is past its date. It then suppresses nothing.',
  advice: 'Write "# codemie: ignore RULE until 2027-01 because REASON", with a date in the future or none.',
} as const;

export interface SuppressionFault {
  readonly at: Place;
  readonly message: string;
}

const COMMENT = /(^|\s)#\s*codemie:\s*ignore\b(.*)/;
const FORM = /^\s+(\S+)(?:\s+until\s+(\S+))?(?:\s+because\s+(\S.*))?\s*$/;

/**
 * Reads the suppressions of files.
 *
 * @param now milliseconds since the epoch: a suppression ends with the last day of its date, in UTC.
 */
export class Suppressions {
  readonly faults: readonly SuppressionFault[];
  readonly #valid: readonly Suppression[];

  constructor(files: readonly CheckFile[], rules: ReadonlySet<string>, now: number) {
    const read = files.flatMap((file) => commentsOf(file, rules, now));
    this.faults = read.flatMap((one) => ('message' in one ? [one] : []));
    this.#valid = read.flatMap((one) => ('message' in one ? [] : [one]));
  }

  /** @returns whether a comment stands on the lines of a finding, or directly above them. */
  has(rule: string, { file, line, from }: Place): boolean {
    return this.#valid.some(
      (one) => one.rule === rule && one.file === file && one.target >= from && one.target <= line,
    );
  }
}

function commentsOf(
  { name, text }: CheckFile,
  rules: ReadonlySet<string>,
  now: number,
): readonly (Suppression | SuppressionFault)[] {
  const lines = text.split('\n');
  return lines.flatMap((content, index): readonly (Suppression | SuppressionFault)[] => {
    const [, , rest] = COMMENT.exec(content.replace(/\r$/, '')) ?? [];
    if (rest === undefined) return [];
    const line = index + 1;
    const at = { file: name, line, from: line, path: '' };
    const [, rule = '', until, reason] = FORM.exec(rest) ?? [];
    const fault = faultOf(rule, until, reason, rules, now);
    if (fault !== undefined) return [{ at, message: fault }];
    return [{ rule, file: name, line, target: targetOf(lines, index) }];
  });
}

function faultOf(
  rule: string,
  until: string | undefined,
  reason: string | undefined,
  rules: ReadonlySet<string>,
  now: number,
): string | undefined {
  if (!rules.has(rule)) return rule === '' ? 'This comment names no rule.' : `There is no rule ${rule}.`;
  if (reason === undefined) return `This comment gives no reason to ignore ${rule}.`;
  const end = until === undefined ? Number.POSITIVE_INFINITY : endOf(until);
  if (end === undefined) return `${until} is not a date: write 2027-01 or 2027-01-31.`;
  return end <= now ? `${rule} was ignored until ${until}, which is past.` : undefined;
}

/** @returns when a month or a day is over; undefined for something else. */
function endOf(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?$/.exec(date) ?? [];
  if (year === undefined || month === undefined) return undefined;
  // Months count from 0 here, so the number of a month is the one after it.
  if (day === undefined) return Date.UTC(Number(year), Number(month), 1);
  return Date.UTC(Number(year), Number(month) - 1, Number(day) + 1);
}

/** The line of a comment behind a value; the next line with something else than a comment for one that stands alone. */
function targetOf(lines: readonly string[], index: number): number {
  const isAlone = (line: string): boolean => /^\s*(#.*)?$/.test(line.replace(/\r$/, ''));
  if (!isAlone(lines[index] ?? '')) return index + 1;
  const next = lines.findIndex((line, at) => at > index && !isAlone(line));
  return next === -1 ? index + 1 : next + 1;
}
