import type { ChalkInstance } from 'chalk';
import { counted } from '../../system/counted.ts';
import { printable } from '../../system/printable.ts';
import { masked } from './masked.ts';
import type { PlanHeader } from './plan/file.ts';
import type { PlanLine, PlanSummary } from './plan/plan.ts';

export interface ReportOptions {
  /** Names and addresses are masked: for a ticket. */
  readonly redact: boolean;
  readonly limit: number;
}

/** Sections of a plan, in the order of its lines. */
const SECTIONS = [
  { what: 'project', title: 'New projects', count: 'projects', sign: '+' },
  { what: 'create', title: 'Users to create', count: 'create', sign: '+' },
  { what: 'update', title: 'Users to update', count: 'update', sign: '~' },
  { what: 'keep', title: 'Kept as the database has it', count: 'keep', sign: ' ' },
  { what: 'conflict', title: 'Conflicts', count: 'conflict', sign: '!' },
  { what: 'skip', title: 'Left out', count: 'skip', sign: '-' },
  { what: 'repair', title: 'Repairs', count: 'repair', sign: '*' },
  { what: 'notice', title: 'Over the limit of projects', count: 'overLimit', sign: '*' },
] as const;

/** A plan as a person reads it: counts first, then the first lines of each section. The file has all of them. */
export function planText(
  header: PlanHeader,
  summary: PlanSummary,
  { redact, limit }: ReportOptions,
  colors: ChalkInstance,
): string {
  const { counts, shown, reasons, target } = summary;
  const { source } = header;
  const text = redact ? masked : (value: string) => value;
  const table = SECTIONS.filter(({ count }) => counts[count] > 0).map(({ what, title, count }) => {
    const of = reasons.filter((row) => row.what === what).map((row) => `${row.class} ${row.count}`);
    return `  ${title.padEnd(28)} ${String(counts[count]).padStart(9)}${of.length === 0 ? '' : `   ${of.join(', ')}`}`;
  });
  const details = SECTIONS.flatMap(({ what, title, count, sign }) => {
    const lines = shown.filter((line) => line.do === what).slice(0, 20);
    if (lines.length === 0) return [];
    const rest = counts[count] - lines.length;
    return [
      colors.bold(title),
      ...lines.map((line) => `  ${sign} ${printable(lineText(line, text), 300)}`),
      ...(rest > 0 ? [`    and ${rest} more, in the plan`] : []),
      '',
    ];
  });
  return [
    `From ${printable(source.place)}, realm ${printable(source.realm)}: ${counted(source.users, 'user')}`,
    `To   ${printable(header.target.database)}, schema ${printable(header.target.schema)}: ${counted(target.users, 'user')}`,
    '',
    ...details,
    ...table,
    `  ${'Memberships to write'.padEnd(28)} ${String(counts.memberships).padStart(9)}`,
    ...(counts.overLimit > 0
      ? [
          '',
          `${counted(counts.overLimit, 'user')} will be in more projects than the limit allows (USER_PROJECT_LIMIT, here ${limit}). The import adds them all the same; nobody can add them to more.`,
        ]
      : []),
    ...(target.maintainers === 0 && counts.create > 0
      ? [
          '',
          'Nobody is a maintainer yet. After the import, make one: codemie platform maintainer grant EMAIL',
        ]
      : []),
  ].join('\n');
}

function lineText(line: PlanLine, text: (value: string) => string): string {
  const value = (name: string): string => String(line[name] ?? '');
  const list = (name: string): readonly string[] =>
    Array.isArray(line[name]) ? (line[name] as string[]) : [];
  switch (line.do) {
    case 'project':
      return text(value('name'));
    case 'create': {
      const admins = list('adminOf');
      const projects = list('projects').map(
        (name) => `${text(name)}${admins.includes(name) ? ' (admin)' : ''}`,
      );
      const role = line['admin'] === true ? `, admin by ${value('adminVia')}` : '';
      return `${text(value('email'))} (${value('userType')}${role})${projects.length === 0 ? '' : `: ${projects.join(', ')}`}`;
    }
    case 'keep':
      return `${text(value('username'))}: ${keptText(line, text)} (${value('why')})`;
    case 'conflict': {
      const person = (name: string): string => {
        const one = (line[name] ?? {}) as Record<string, unknown>;
        return `${text(String(one['email'] ?? ''))} [${String(one['id'] ?? '')}]`;
      };
      return `${value('class')}${line['targetDeleted'] === true ? ', target-deleted' : ''}: ${person('user')} and ${person('other')}: ${value('reason')}`;
    }
    case 'skip':
      return `${text(value('username') || value('id'))}${line['project'] === undefined ? '' : ` in ${text(value('project'))}`}: ${value('reason')}`;
    case 'repair':
      return `${value('id')}: ${value('class')}: ${text(value('detail'))}`;
    case 'notice':
      return `${text(value('email'))}: ${value('projects')} projects`;
    default:
      return `${value('id')}: ${updateText(line, text)}`;
  }
}

function updateText({ set, add, role }: PlanLine, text: (value: string) => string): string {
  const fields = Object.entries((set ?? {}) as Record<string, readonly unknown[]>);
  const projects = (list: unknown) =>
    Array.isArray(list) ? (list as { project: string; admin: boolean }[]) : [];
  const quoted = (value: unknown): string => text(JSON.stringify(value ?? null));
  return [
    ...fields.map(([field, [before, after]]) => `${field} ${quoted(before)} → ${quoted(after)}`),
    ...projects(add).map(({ project, admin }) => `+ ${text(project)}${admin ? ' (admin)' : ''}`),
    ...projects(role).map(({ project, admin }) => `${text(project)} → ${admin ? 'project admin' : 'member'}`),
  ].join(', ');
}

function keptText(line: PlanLine, text: (value: string) => string): string {
  const state = (value: unknown): string =>
    value === true ? 'project admin' : value === false ? 'member' : 'not a member';
  if (line['what'] === 'deleted') return 'deleted in the platform';
  if (line['what'] === 'membership')
    return `${text(String(line['project']))}: ${state(line['database'])}; the source says ${state(line['source'])}`;
  return `${String(line['field'])} is ${text(JSON.stringify(line['database'] ?? null))}; the source says ${text(JSON.stringify(line['source'] ?? null))}`;
}

/** @returns why nothing is imported; undefined where something is, or a conflict waits. */
export function needText({ source }: PlanHeader, { counts, absent }: PlanSummary): string | undefined {
  if (counts.create + counts.update + counts.conflict > 0) return undefined;
  if (source.users === 0)
    return 'You do not need this: the source has no users to import. A new installation needs no import; people are created when they first sign in.';
  if (absent === 0)
    return `You do not need this: the database already has all ${source.users} users of the source.`;
  return `There is nothing to import: ${lackingText(source.users, absent)}`;
}

/** @returns what a database has of a source whose import has nothing to do. */
export function completeText({ source }: PlanHeader, { absent }: PlanSummary): string {
  return absent === 0 || source.users === 0
    ? `The database has all ${source.users} users of the source.`
    : `Nothing differs, but ${lackingText(source.users, absent)}`;
}

function lackingText(users: number, absent: number): string {
  return `the database lacks ${absent} of the ${counted(users, 'user')} of the source, but the rules leave them out or they were deleted in the platform.`;
}

/** The same as data. Of a long list of conflicts, the first thousand. */
export function planJson(header: PlanHeader, { counts, shown, reasons, target }: PlanSummary) {
  return {
    schemaVersion: 1,
    source: header.source,
    target: { database: header.target.database, schema: header.target.schema, ...target },
    policy: header.policy,
    counts,
    reasons: reasons.map(({ what, class: name, count }) => ({ kind: what, class: name, count })),
    conflicts: shown
      .filter((line) => line.do === 'conflict')
      .map(({ do: _do, n: _n, ...conflict }) => conflict),
  };
}
