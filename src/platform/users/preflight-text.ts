import type { ChalkInstance } from 'chalk';
import { findingLines } from '../../change/render.ts';
import { counted } from '../../system/counted.ts';
import { printable } from '../../system/printable.ts';
import type { Group, Preflight } from './preflight.ts';

/** Of admins and of one reason. JSON has all admins. */
const MOST_SHOWN = 10;

const TITLES: Readonly<Record<string, string>> = {
  'service-account': 'accounts of clients',
  disabled: 'disabled in Keycloak',
  'not-a-uuid': 'id is no UUID',
  'bad-user-type': 'unknown user type',
  'too-long': 'longer than the platform stores',
  'bad-characters': 'characters that PostgreSQL cannot store',
  'no-username': 'no user name',
  'no-email': 'no e-mail address: the user name stands in for it',
  'name-cut': 'name does not fit',
  'picture-left-out': 'picture does not fit',
  'duplicate-project': 'one project named several times',
  'admin-only-project': 'project only in applications_admin: project admin all the same',
  'personal-project': 'personal project left out: the platform makes it at the first sign-in',
  'project-left-out': 'name of a project does not fit',
};

/** The preflight for a person. */
export function preflightText({ facts, admins, skipped, repairs }: Preflight, colors: ChalkInstance): string {
  const { realm, place, counts, findings, notCovered } = facts;
  return [
    `Realm ${printable(realm)} in ${printable(place)}`,
    '',
    `To import: ${counted(counts.users, 'user')}, ${counted(counts.projects, 'project')}, ${counted(counts.memberships, 'membership')}.`,
    '',
    `${counted(counts.admins, 'admin')}${counts.admins === 0 ? '' : ':'}`,
    ...shown(admins).map(
      ({ username, via, active }) =>
        `  ${printable(username)}  ${colors.dim(printable(via))}${active ? '' : '  (disabled)'}`,
    ),
    ...more(admins.length),
    ...section(`${counted(counts.skipped, 'account')} not imported`, skipped, colors),
    ...section('Imported otherwise than the source has it', repairs, colors),
    ...(findings.length === 0 ? [] : ['', ...findingLines(findings, colors)]),
    ...notCovered.flatMap((what) => ['', `Not looked at: ${what}.`]),
  ].join('\n');
}

function section(title: string, groups: readonly Group[], colors: ChalkInstance): readonly string[] {
  if (groups.length === 0) return [];
  return [
    '',
    `${title}:`,
    ...groups.flatMap(({ reason, count, examples }) => [
      `  ${count}  ${TITLES[reason] ?? reason}`,
      ...examples
        .slice(0, 3)
        .map(({ username, detail }) => colors.dim(`       ${printable(username)}: ${printable(detail)}`)),
    ]),
  ];
}

function shown<T>(list: readonly T[]): readonly T[] {
  return list.slice(0, MOST_SHOWN);
}

function more(count: number): readonly string[] {
  return count > MOST_SHOWN ? [`  and ${count - MOST_SHOWN} more (--json has them all)`] : [];
}
