import { expect, it } from 'vitest';
import type { SourceCounts, SourceFacts } from '../../../src/platform/users/source.ts';
import type { SourceRow } from '../../../src/platform/users/user.ts';
import { person, sourceOf } from '../../support/generated-source.ts';

const SKIP: SourceRow = {
  kind: 'skip',
  skipped: { id: '2', username: 'bob', reason: 'disabled', detail: '' },
};

async function factsOf(...rows: readonly SourceRow[]): Promise<SourceFacts> {
  const source = sourceOf(() => rows);
  for await (const _ of source.rows());
  return source.facts();
}

it('counts users, admins, skipped accounts, and projects without regard to case', async () => {
  const memberships = [
    { project: 'Team', isProjectAdmin: false },
    { project: 'other', isProjectAdmin: true },
  ];
  const again = [{ project: 'team', isProjectAdmin: false }];
  const { counts } = await factsOf(
    person(1, { memberships }),
    person(2, { isAdmin: true, isActive: false, memberships: again }),
    person(3, { isAdmin: true }),
    SKIP,
  );
  expect(counts).toEqual<SourceCounts>({
    accounts: 4,
    users: 3,
    skipped: 1,
    memberships: 3,
    projects: 2,
    admins: 2,
    activeAdmins: 1,
  });
});

it('has a digest that only other rows, or another order, change', async () => {
  const ada = person(1);
  const { digest } = await factsOf(ada, SKIP);
  expect((await factsOf(ada, SKIP)).digest).toBe(digest);
  expect((await factsOf(SKIP, ada)).digest).not.toBe(digest);
  expect((await factsOf(person(1, { isAdmin: true }), SKIP)).digest).not.toBe(digest);
});
