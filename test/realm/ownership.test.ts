import { describe, expect, it } from 'vitest';
import { ownershipOf } from '../../src/realm/model/ownership.ts';
import type { Json } from '../../src/realm/model/values.ts';

describe('the key "codemie" of a realm file', () => {
  it.each<[Json, string]>([
    ['seed', '"codemie" in a realm file is not a map.'],
    [{ lifecycle: 'seed' }, '"codemie.lifecycle" in a realm file is not a map.'],
    [{ lifecycle: ['groups'] }, '"codemie.lifecycle" in a realm file is not a map.'],
    [{ lifecycles: { groups: 'seed' } }, 'and not "lifecycles"'],
    [{ lifecycle: { groups: 'Seed' } }, 'not "Seed"'],
    [{ delete: ['roles'] }, '"codemie.delete" in a realm file is not a map.'],
    [
      { delete: { roles: 'old' } },
      '"codemie.delete.roles" in a realm file is neither "*" nor a list of names.',
    ],
    [{ delete: { roles: ['old', 1] } }, 'neither "*" nor a list of names'],
  ])('%j is refused, and does not count as nothing', (codemie, words) => {
    expect(() => ownershipOf([{ codemie }], [])).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(words) as string }),
    );
  });

  it('may be empty, and says per type what may be deleted', () => {
    const { mayDelete, lifecycleOf } = ownershipOf(
      [
        { codemie: null },
        { codemie: { lifecycle: { groups: 'seed' }, delete: { roles: '*', clients: ['old'] } } },
      ],
      [],
    );
    expect(lifecycleOf('groups')).toBe('seed');
    expect(['roles', 'clients', 'groups'].map((type) => mayDelete(type as 'roles', 'new'))).toEqual([
      true,
      false,
      false,
    ]);
    expect(mayDelete('clients', 'old')).toBe(true);
  });
});
