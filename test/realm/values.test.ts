import { expect, it } from 'vitest';
import { isSame, type Json } from '../../src/realm/model/values.ts';

it.each<[string, Json, Json]>([
  ['a list in another order', ['a', 'b'], ['b', 'a']],
  ['a boolean as text', 'false', false],
  ['a boolean as text with spaces', ' false', false],
  ['a number as text', '1025', 1025],
  ['an empty text and nothing', '', null],
  ['an empty list and nothing', [], null],
  ['a list with an empty text and an empty list', [''], []],
  ['members in another order', { a: '1', b: '2' }, { b: '2', a: '1' }],
  ['JSON inside a text', '{"a":1,"b":[2,3]}', '{"b":[3,2],"a":1}'],
])('%s is the same', (_, one, other) => {
  expect(isSame(one, other)).toBe(true);
});

it.each<[string, Json, Json]>([
  ['another text', 'a', 'b'],
  ['text in another case', 'External', 'external'],
  ['one more entry of a list', ['a'], ['a', 'b']],
  ['the same entry twice and once', ['a', 'a'], ['a']],
  ['false and nothing', false, null],
  ['another value inside JSON inside a text', '{"a":1}', '{"a":2}'],
  ['a text that looks like JSON, and is not', '{a', '{b'],
])('%s is not the same', (_, one, other) => {
  expect(isSame(one, other)).toBe(false);
});
