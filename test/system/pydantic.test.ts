import { describe, expect, it } from 'vitest';
import { pydanticBoolean, pydanticInteger } from '../../src/system/pydantic.ts';

describe('texts as the platform’s server reads them', () => {
  it.each<readonly [string, unknown]>([
    ...['true', 'TRUE', 'T', 'yes', 'Y', 'On', '1'].map((text) => [text, true] as const),
    ...['false', 'False', 'f', 'no', 'N', 'OFF', '0'].map((text) => [text, false] as const),
    ...['', ' true', 'true ', 'true\n', '2', 'maybe', 'toString'].map((text) => [text, undefined] as const),
  ])('boolean %j is %s', (text, value) => {
    expect(pydanticBoolean(text)).toBe(value);
  });

  it.each<readonly [string, unknown]>([
    ['03', 3],
    ['3.0', 3],
    [' 3 ', 3],
    ['1_000', 1000],
    ['1_0.0', 10],
    ['+3', 3],
    ['-1', -1],
    ['99999999999', 99_999_999_999],
    ...['', '3.5', '3.', '1e3', '0x3', '1__0', '_1', '+-3', '٣', 'three'].map(
      (text) => [text, undefined] as const,
    ),
  ])('integer %j is %s', (text, value) => {
    expect(pydanticInteger(text)).toBe(value);
  });
});
