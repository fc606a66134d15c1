import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { CodemieError } from '../../system/errors.ts';
import type { Comparison } from '../compare.ts';
import { compareRealm } from '../compare.ts';
import type { Ownership } from '../model/ownership.ts';
import { defaultRoleOf } from '../model/realm-settings.ts';
import type { JsonObject } from '../model/values.ts';
import { countsOf, type Plan } from '../plan.ts';
import { applyChanges } from './apply.ts';
import { createSession } from './session.ts';

/**
 * Makes the changes of a plan, and then reads the realm again: nothing may differ any more.
 *
 * @throws REALM_BLOCKED before any write; REALM_DIFFERS with what still differs; the errors of the admin API. Running it
 *   again goes on where it stopped.
 */
export async function applyPlan(
  admin: KeycloakAdmin,
  files: readonly JsonObject[],
  ownership: Ownership,
  { plan, reading }: Comparison,
  onObject: (type: string, id: string) => void,
): Promise<Plan> {
  requireApplicable(plan);
  const { wanted, server } = plan;
  const defaultRole = defaultRoleOf(reading.representation);
  await applyChanges(
    plan.changes,
    createSession({ admin, wanted, server, defaultRole }, reading.ids),
    onObject,
  );
  const { plan: left } = await compareRealm(admin, files, ownership);
  if (left.changes.length === 0) return left;
  const [first] = left.changes;
  throw new CodemieError({
    code: 'REALM_DIFFERS',
    message: `The realm still differs from the files after the changes: ${first?.type} ${first?.id}${first?.path === undefined ? '' : `, ${first.path}`} (${count(left)} in all).`,
    hint: 'Keycloak drops some values without an error. Run codemie realm plan with the same files to see them.',
  });
}

export function requireApplicable({ blockers, findings }: Plan): void {
  const [blocker] = blockers;
  const error = findings.find(({ severity }) => severity === 'error');
  if (blocker === undefined && error === undefined) return;
  throw new CodemieError({
    code: 'REALM_BLOCKED',
    message:
      blocker === undefined
        ? `Nothing was changed, because the files have an error: ${error?.message}`
        : `Nothing was changed: ${blocker.object} is still used by ${blocker.usedBy.join(', ')}.`,
    hint: error?.fix ?? 'Name another flow there in the files, and apply again.',
  });
}

function count({ changes }: Plan): number {
  return Object.values(countsOf(changes)).reduce((sum, number) => sum + number, 0);
}
