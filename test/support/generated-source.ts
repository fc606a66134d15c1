import type { UserSource } from '../../src/platform/users/source.ts';
import { createTally } from '../../src/platform/users/tally.ts';
import type { SourceRow, SourceUser } from '../../src/platform/users/user.ts';

/** A source with these rows, as a realm export would give them. */
export function sourceOf(rows: () => Iterable<SourceRow>): UserSource {
  const place = 'realm.json';
  const realm = 'acme';
  let tally = createTally();
  return {
    place,
    realm,
    async *rows() {
      tally = createTally();
      for (const row of rows()) {
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

/** A person with a name of their own; members of no project. */
export function person(n: number, changes: Partial<SourceUser> = {}): SourceRow {
  const name = `user-${String(n).padStart(7, '0')}`;
  return {
    kind: 'user',
    user: {
      id: idOf(n),
      username: name,
      email: `${name}@example.com`,
      name: `User ${n}`,
      userType: 'regular',
      picture: null,
      isActive: true,
      isAdmin: false,
      memberships: [],
      repairs: [],
      ...changes,
    },
  };
}

/** @returns the id of the nth person: random to the eye, the same each time. */
export function idOf(n: number): string {
  const hex = (Math.imul(n + 1, 2654435761) >>> 0).toString(16).padStart(8, '0');
  return `${hex}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function membershipsOf(...names: readonly string[]): SourceUser['memberships'] {
  return names.map((name) => ({ project: name.replace('*', ''), isProjectAdmin: name.endsWith('*') }));
}

/** @returns `count` people in `each` projects, of as many projects as there are groups of 20 people. */
export function* crowd(count: number, each: number): Generator<SourceRow> {
  const projects = Math.max(each, Math.ceil(count / 20));
  for (let n = 0; n < count; n += 1)
    yield person(n, {
      isAdmin: n % 1000 === 7,
      memberships: Array.from({ length: each }, (_, i) => ({
        project: `project-${(n * 7 + i * 13) % projects}`,
        isProjectAdmin: i === 0 && n % 10 === 0,
      })),
    });
}
