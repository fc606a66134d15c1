import type { ManagedUser } from '../managed/store.ts';
import type { ApiOptions } from '../options.ts';

type Given =
  | 'id'
  | 'username'
  | 'email'
  | 'name'
  | 'picture'
  | 'passwordHash'
  | 'userType'
  | 'isAdmin'
  | 'isMaintainer';

/** @returns the row of a user who is made at this date. */
export function newUser(
  given: Pick<ManagedUser, Given>,
  date: string,
  { mode, platform }: Pick<ApiOptions, 'mode' | 'platform'>,
): ManagedUser {
  return {
    ...given,
    isActive: true,
    authSource: mode.idp,
    emailVerified: true,
    lastLoginAt: null,
    projectLimit: given.isAdmin ? null : platform.projectLimit,
    date,
    updateDate: date,
    deletedAt: null,
  };
}
