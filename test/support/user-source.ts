import type { UserSource } from '../../src/platform/users/source.ts';
import { createTally } from '../../src/platform/users/tally.ts';
import type { SourceRow, SourceUser } from '../../src/platform/users/user.ts';

/** @returns a row of a user without projects. Its id is made from the user name. */
export function userRow(user: Partial<SourceUser> & { readonly username: string }): SourceRow {
  const { username } = user;
  const number = [...username].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2 ** 40, 7);
  return {
    kind: 'user',
    user: {
      id: `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
      email: `${username}@example.com`,
      name: username,
      userType: 'regular',
      picture: null,
      isActive: true,
      isAdmin: false,
      memberships: [],
      repairs: [],
      ...user,
    },
  };
}

/** @returns a source of these rows. */
export function sourceOf(...rows: readonly SourceRow[]): UserSource {
  const tally = createTally();
  const place = 'realm.json';
  const realm = 'test';
  return {
    place,
    realm,
    async *rows() {
      for (const row of rows) {
        tally.add(row);
        yield row;
      }
    },
    facts: () => ({
      kind: 'export',
      place,
      realm,
      digest: tally.digest(),
      counts: tally.counts(),
      findings: [],
      notCovered: [],
    }),
  };
}
