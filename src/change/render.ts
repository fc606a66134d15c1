import type { ChalkInstance } from 'chalk';
import { counted } from '../system/counted.ts';
import { isRecord } from '../system/json.ts';
import { printable } from '../system/printable.ts';
import type { Blocker, Change, FileFinding, Finding } from './change.ts';

const SIGNS = { create: '+', update: '~', delete: '-', rebind: '~' } as const;
const LONGEST = 200;
/** A message may list every variable of a chart. */
const LONGEST_MESSAGE = 10 * LONGEST;

/** @returns lines that tell changes as a person reads them: each object once, each field with what it is and will be. */
export function changeLines<C extends Change>(
  changes: readonly C[],
  titleOf: (type: C['type']) => string,
  colors: ChalkInstance,
): readonly string[] {
  const paint = { create: colors.green, update: colors.yellow, delete: colors.red, rebind: colors.yellow };
  let last = '';
  return changes.flatMap((change) => {
    const { action, type, id } = change;
    const object = `${type} ${id}`;
    const head =
      object === last
        ? []
        : [paint[action](`${SIGNS[action]} ${printable(`${titleOf(type)} ${id}`, LONGEST)}`)];
    last = object;
    return [...head, ...fieldLines(change, colors)];
  });
}

function fieldLines({ path, before, after, risk }: Change, colors: ChalkInstance): readonly string[] {
  const why = risk === undefined ? [] : [colors.magenta(`      ! ${risk}`)];
  if (path === undefined) return [...contentLines(after), ...why];
  if (Array.isArray(before) || Array.isArray(after)) {
    const gone = itemsOf(before).filter((item) => !itemsOf(after).includes(item));
    const added = itemsOf(after).filter((item) => !itemsOf(before).includes(item));
    return [
      `    ${printable(path, LONGEST)}`,
      ...gone.map((item) => colors.red(`      - ${item}`)),
      ...added.map((item) => colors.green(`      + ${item}`)),
      ...why,
    ];
  }
  return [`    ${printable(path, LONGEST)}: ${shown(before)} → ${shown(after)}`, ...why];
}

/** The fields of an object that is to be created. */
function contentLines(content: unknown): readonly string[] {
  if (!isRecord(content)) return [];
  return Object.entries(content)
    .filter(([, value]) => value !== null && value !== '' && shown(value) !== '' && shown(value) !== '{}')
    .map(([name, value]) => `    ${printable(name, LONGEST)}: ${shown(value)}`);
}

function itemsOf(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.map(shown)
    : value === null || value === undefined
      ? []
      : [shown(value)];
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(none)';
  if (Array.isArray(value)) return printable(value.map(shown).join(', '), LONGEST);
  return printable(typeof value === 'string' ? value : (roleIn(value) ?? JSON.stringify(value)), LONGEST);
}

/** A reference to a role, of a realm or of a client. */
function roleIn(value: unknown): string | undefined {
  if (!isRecord(value) || typeof value['role'] !== 'string') return undefined;
  return typeof value['client'] === 'string' ? `${value['client']}: ${value['role']}` : value['role'];
}

export function findingLines(findings: readonly Finding[], colors: ChalkInstance): readonly string[] {
  return findings.flatMap(({ severity, path, message, advice }) => [
    `${severity === 'error' ? colors.red('error') : colors.yellow('warning')}  ${printable(path, LONGEST)}: ${printable(message, LONGEST)}`,
    `         ${printable(advice, LONGEST)}`,
  ]);
}

export function blockerLines(blockers: readonly Blocker[], colors: ChalkInstance): readonly string[] {
  return blockers.map(
    ({ object, usedBy }) =>
      `${colors.red('blocked')}  ${object} cannot be deleted: ${usedBy.join(', ')} still uses it.`,
  );
}

/** @returns the last line: "Plan: 1 to create, 2 to update." */
export function summaryLine(counts: Readonly<Record<Change['action'], number>>, risks: number): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} to ${action}`);
  if (parts.length === 0) return 'No differences.';
  const security =
    risks === 0
      ? ''
      : ` ${counted(risks, 'change')} ${risks === 1 ? 'affects' : 'affect'} security (marked with !).`;
  return `Plan: ${parts.join(', ')}.${security}`;
}

/** @returns each finding with its place in a form that editors and terminals open, and an empty line behind it. */
export function fileFindingLines(findings: readonly FileFinding[], colors: ChalkInstance): readonly string[] {
  return findings.flatMap(({ severity, file, line, rule, path, message, advice }) => {
    const place = `${file}${line === undefined ? '' : `:${line}`}`;
    const level = severity === 'error' ? colors.red('error') : colors.yellow('warning');
    return [
      `${printable(place, LONGEST)}  ${level}  ${rule}  ${colors.dim(printable(path, LONGEST))}`,
      `    ${printable(message, LONGEST_MESSAGE)}`,
      `    Fix: ${printable(advice, 2 * LONGEST)}`,
      '',
    ];
  });
}
