import { describe, expect, it } from 'vitest';
import type { RealmObject } from '../../src/realm/model/snapshot.ts';
import { peopleOn } from '../../src/realm/people.ts';
import { setup } from '../support/keycloak-client.ts';

const person = (id: string, email?: string): RealmObject => ({
  type: 'user',
  id,
  fields: email === undefined ? {} : { email },
});
const crowd = (count: number): RealmObject[] => Array.from({ length: count }, (_, at) => person(`p${at}`));

/** A realm with these people, and what was asked of it. */
async function realm(users: readonly { username: string; email?: string }[], count = users.length) {
  const { admin, seen } = await setup(({ path }) => {
    const url = new URL(path, 'http://x');
    if (url.pathname.endsWith('/users/count')) return { body: count };
    if (!url.pathname.endsWith('/users')) return undefined;
    const { username, email, first = '0', max = '1000' } = Object.fromEntries(url.searchParams);
    const found = users.filter(
      (user) =>
        (username === undefined || user.username === username) &&
        (email === undefined || user.email === email),
    );
    return {
      body: found
        .slice(Number(first), Number(first) + Number(max))
        .map((user) => ({ id: `id of ${user.username}`, ...user })),
    };
  });
  const asked = () => seen.flatMap(({ path }) => /\/users.*$/.exec(path)?.[0] ?? []);
  return {
    asked,
    thoseIn: async (people: RealmObject[]) => (await peopleOn(admin, people)).map((one) => one['username']),
  };
}

describe('the people of a file', () => {
  it('are asked for one by one where they are few, by e-mail address where the name is not there', async () => {
    const { thoseIn, asked } = await realm([
      { username: 'ada' },
      { username: 'x@y.example', email: 'x@y.example' },
    ]);
    expect(await thoseIn([person('ada'), person('eve', 'x@y.example'), person('bob')])).toEqual([
      'ada',
      'eve',
    ]);
    expect(asked()).toHaveLength(4);
    expect(asked().every((path) => path.includes('exact=true'))).toBe(true);
  });

  it('are looked for in pages of names where they are many', async () => {
    const users = Array.from({ length: 900 }, (_, at) => ({
      username: `p${2 * at}`,
      email: `E${at}@x.example`,
    }));
    const { thoseIn, asked } = await realm(users);
    const robot = person('service-account-robot');
    const there = await thoseIn([...crowd(60), person('other', 'e7@X.example'), robot]);
    expect(there).toHaveLength(31);
    expect(there).toEqual(expect.arrayContaining(['p0', 'p58', 'other']));
    expect(asked().map((path) => path.replace(/&briefRepresentation=true/, ''))).toEqual([
      '/users/count',
      '/users?briefRepresentation=true&first=0&max=500',
      '/users?briefRepresentation=true&first=500&max=500',
      '/users?exact=true&username=service-account-robot',
    ]);
  });

  it('are asked for one by one in a realm with very many others, whose people are never read', async () => {
    const { thoseIn, asked } = await realm([{ username: 'p3' }], 1_000_000);
    expect(await thoseIn(crowd(30))).toEqual(['p3']);
    expect(asked()).toHaveLength(31);
    expect(
      asked()
        .slice(1)
        .every((path) => path.includes('exact=true')),
    ).toBe(true);
  });

  it('are none: nothing is asked', async () => {
    const { thoseIn, asked } = await realm([]);
    expect([await thoseIn([]), asked()]).toEqual([[], []]);
  });
});
