import type { ChalkInstance } from 'chalk';
import { findingJson } from '../change/change.ts';
import { blockerLines, changeLines, findingLines, summaryLine } from '../change/render.ts';
import { counted } from '../system/counted.ts';
import type { RealmChange } from './diff.ts';
import { nameOf } from './model/hidden-secrets.ts';
import { countsOf, type Plan, titleOf } from './plan.ts';

/** A plan for people: what changes, what stands in the way, and what nobody looked at. */
export function planText(plan: Plan, server: string, colors: ChalkInstance): string {
  const { changes, findings, blockers, hiddenSecrets, notCovered, unseen } = plan;
  const risks = changes.filter(({ risk }) => risk !== undefined).length;
  const changed = changeLines(changes, titleOf, colors);
  const problems = [...findingLines(findings, colors), ...blockerLines(blockers, colors)];
  const limits = [
    ...secretLines(hiddenSecrets),
    ...(notCovered.length === 0
      ? []
      : [
          `Not covered, and left as it is: ${notCovered.map(({ type, count }) => `${type} (${count})`).join(', ')}.`,
        ]),
    ...unseen.map(
      ({ what, permission }) => `Not visible with these credentials: ${what} (needs ${permission}).`,
    ),
  ];
  return [
    `Realm ${plan.realm} at ${server}`,
    '',
    ...(changed.length === 0 ? [] : [...changed, '']),
    ...(problems.length === 0 ? [] : [...problems, '']),
    summaryLine(countsOf(changes), risks),
    ...(changes.some(restartsLogins) ? [FORM_AGAIN] : []),
    ...limits,
    ...(blockers.length === 0
      ? []
      : [`${counted(blockers.length, 'blocker')}: these changes cannot be applied.`]),
  ].join('\n');
}

const FORM_AGAIN = 'People who are logging in right now will see the form once more.';

/** Keycloak begins an open login from the start where another flow takes over. */
function restartsLogins({ action, type, path = '', before }: RealmChange): boolean {
  if (action !== 'rebind') return false;
  return type === 'client'
    ? path.startsWith('authenticationFlowBindingOverrides')
    : type === 'realm' && path === 'browserFlow' && before !== null;
}

function secretLines(hidden: Plan['hiddenSecrets']): readonly string[] {
  const named = (isWritten: boolean): string =>
    hidden
      .filter((secret) => secret.isWritten === isWritten)
      .map(nameOf)
      .join(', ');
  const [left, written] = [named(false), named(true)];
  return [
    ...(left === ''
      ? []
      : [
          `Keycloak does not show these secrets, so they were not compared: ${left}. To write them: --rotate-secrets.`,
        ]),
    ...(written === '' ? [] : [`Keycloak does not show these secrets. They are written: ${written}.`]),
  ];
}

/** The same as data. */
export function planJson(plan: Plan) {
  const { realm, changes, notCovered, unseen, hiddenSecrets, blockers, findings } = plan;
  return {
    schemaVersion: 1,
    realm,
    changes: changes.map(({ risk, ...change }) => ({
      ...change,
      security: risk !== undefined,
      ...(risk === undefined ? {} : { risk }),
    })),
    notCovered,
    unseen: unseen.map(({ what, permission }) => ({ what, permission })),
    hiddenSecrets: hiddenSecrets.map(nameOf),
    blockers,
    findings: findings.map(findingJson),
    counts: countsOf(changes),
  };
}
