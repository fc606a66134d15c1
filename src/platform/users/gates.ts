import { CodemieError } from '../../system/errors.ts';
import type { SourceCounts } from './source.ts';

export interface GateRules {
  /** ADMIN_ROLE_NAME. */
  readonly adminRole: string;
  readonly allowNoAdmin: boolean;
  readonly allowEmpty: boolean;
}

/**
 * Stops an import that would succeed and still be wrong.
 *
 * @throws SOURCE_UNFIT (9) where nobody would be an admin, or nobody would have a project.
 */
export function requireUsable(realm: string, counts: SourceCounts, rules: GateRules): void {
  if (!rules.allowEmpty && counts.memberships === 0)
    throw new CodemieError({
      code: 'SOURCE_UNFIT',
      message:
        counts.users === 0
          ? `The realm "${realm}" has no users to import.`
          : `None of the ${counts.users} users of the realm "${realm}" has a project: their attribute "applications" is empty or not visible.`,
      hint: 'Nothing was planned. If this is what you expect, pass --allow-empty.',
    });
  if (!rules.allowNoAdmin && counts.activeAdmins === 0)
    throw new CodemieError({
      code: 'SOURCE_UNFIT',
      message: `Nobody in the realm "${realm}" would be an admin of the platform: no active user has the realm role "${rules.adminRole}", directly, through a group or through a composite role.`,
      hint: 'Nothing was planned. Name the role with --admin-role (ADMIN_ROLE_NAME), or give it to somebody. If you make an admin in another way, pass --allow-no-admin.',
    });
}
