import { findUser } from '../../src/sandbox/people-and-models.ts';

/** The IDs of the sandbox's users, as in its API. */
export const ADA_ID = '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a01';
export const BOB_ID = '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a02';

/** @returns a user's ID by user name; a made-up one for an unknown user. */
export function idOf(username: string): string {
  return findUser(username)?.id ?? '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0aff';
}
