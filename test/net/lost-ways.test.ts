import { expect, it } from 'vitest';
import { lostWays } from '../../src/net/lost-ways.ts';
import { unreachable } from '../../src/net/unreachable.ts';

const PLACE = 'https://platform.example';

it('a proxy that did not answer is tried again two seconds later, and not before', () => {
  let now = 1000;
  const lost = lostWays(() => now);
  const error = unreachable('The proxy', 'did not answer');
  lost.note(error);
  expect(() => lost.remember(PLACE, error)).toThrow(error);
  now = 2999;
  expect(() => lost.check(PLACE)).toThrow(error);
  expect(() => lost.check('https://other.example')).not.toThrow();
  now = 3000;
  expect(() => lost.check(PLACE)).not.toThrow();
});

it('a failure after the connection was established is not remembered', () => {
  const lost = lostWays(() => 0);
  const error = unreachable(PLACE, 'closed the connection');
  expect(() => lost.remember(PLACE, error)).toThrow(error);
  expect(() => lost.check(PLACE)).not.toThrow();
});
