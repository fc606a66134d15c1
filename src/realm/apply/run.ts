import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { counted } from '../../system/counted.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Comparison, compareRealm } from '../compare.ts';
import type { Ownership } from '../model/ownership.ts';
import { defaultRoleOf } from '../model/role-names.ts';
import type { TypeName } from '../model/types.ts';
import type { JsonObject } from '../model/values.ts';
import { type Plan, titleOf } from '../plan.ts';
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
  given: Comparison & { readonly isNew: boolean },
  onObject: (type: TypeName, id: string) => void,
): Promise<Plan> {
  requireApplicable(given.plan);
  if (given.isNew) await admin.createRealm();
  let now: Comparison = given.isNew ? await compareRealm(admin, files, ownership) : given;
  for (let round = 1; round <= MOST_ROUNDS && now.plan.changes.length > 0; round += 1) {
    const { plan, reading } = now;
    requireApplicable(plan);
    const { wanted, server } = plan;
    const session = { admin, wanted, server, defaultRole: defaultRoleOf(reading.representation) };
    await applyChanges(plan.changes, createSession(session, reading.ids), onObject);
    now = await compareRealm(admin, files, ownership);
  }
  const [first] = now.plan.changes;
  if (first === undefined) return now.plan;
  const { type, id, path } = first;
  const count = counted(now.plan.changes.length, 'difference');
  throw new CodemieError({
    code: 'REALM_DIFFERS',
    message: `The realm still differs from the files after the changes: ${titleOf(type)} ${id}${path === undefined ? '' : `, ${path}`} (${count} in all).`,
    hint: 'Keycloak drops some values without an error. Run codemie realm plan with the same files to see them.',
  });
}

/** Keycloak sets some fields of a new object to its defaults, whatever it is sent. The second round changes them. */
const MOST_ROUNDS = 2;

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
    hint: error?.advice ?? 'Name another flow there in the files, and apply again.',
  });
}
