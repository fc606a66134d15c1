import { findUser } from '../../src/sandbox/people-and-models.ts';

/** The ids of the sandbox's people, as its API gives them. */
export const ADA_ID = '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a01';
export const BOB_ID = '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0a02';

/** @returns a person's id by user name; one made up for whoever the sandbox does not know. */
export function idOf(username: string): string {
  return findUser(username)?.id ?? '1b0f7c52-6d0e-4a35-9a41-5f2f3c8e0aff';
}
