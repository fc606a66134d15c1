import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { counted } from '../../system/counted.ts';
import { CodemieError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import { type Comparison, compareRealm } from '../compare.ts';
import { type Ownership, withoutRotation } from '../model/ownership.ts';
import { defaultRoleOf } from '../model/role-names.ts';
import type { TypeName } from '../model/types.ts';
import type { JsonObject } from '../model/values.ts';
import { type Plan, titleOf } from '../plan.ts';
import { createUnfinished, finish, isUnfinished } from '../unfinished.ts';
import { adviceFor } from '../unseen.ts';
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
  const settled = withoutRotation(ownership);
  if (given.isNew) await createUnfinished(admin);
  let now: Comparison = given.isNew ? await compareRealm(admin, files, settled) : given;
  for (let round = 1; round <= MOST_ROUNDS && now.plan.changes.length > 0; round += 1) {
    const { plan, reading } = now;
    requireApplicable(plan);
    const { wanted, server } = plan;
    const session = { admin, wanted, server, defaultRole: defaultRoleOf(reading.representation) };
    await applyChanges(plan.changes, createSession(session, reading.ids), onObject);
    now = await compareRealm(admin, files, settled);
  }
  const [first] = now.plan.changes;
  if (first === undefined) {
    if (isUnfinished(now.reading.representation)) await finish(admin);
    return now.plan;
  }
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

/** @throws ACCESS_DENIED where nobody could tell that the realm is as the files say; REALM_BLOCKED. */
export function requireApplicable({ realm, blockers, findings, missed }: Plan): void {
  const [hidden] = missed;
  if (hidden !== undefined)
    throw new CodemieError({
      code: 'ACCESS_DENIED',
      message: `Nothing was changed: your account does not see everything in realm "${printable(realm)}" that the files have: ${printable(hidden.what)}.`,
      hint: adviceFor(hidden),
    });
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
