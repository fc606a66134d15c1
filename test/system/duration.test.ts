import { expect, it } from 'vitest';
import { formatSpan, parseDuration, parseTimeout, parseWait } from '../../src/system/duration.ts';

it.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
  ['30d', 2_592_000_000],
  ['250ms', 250],
])('%s is a duration', (text, ms) => {
  expect(parseDuration(text, '--timeout')).toBe(ms);
});

it.each([
  '',
  'soon',
  '-5s',
  '5x',
  '5m and more',
  '1e400',
  'NaN',
  'Infinity',
  '0x10',
  '٣',
  '9'.repeat(400),
  '99999999d',
])('%j is not a duration, and the error names the flag', (text) => {
  expect(() => parseDuration(text, '--timeout')).toThrow(/--timeout/);
});

it.each(['0', '0s', '0.0001s', '24d1s', '30d', `${2 ** 31}ms`, '-1'])(
  'a wait of %s is refused: a timer with such a delay would end at once',
  (text) => {
    expect(() => parseTimeout(text, '--timeout')).toThrow(/^--timeout must be/);
  },
);

it('a wait may be as long as a timer', () => {
  expect(parseTimeout('24d', '--timeout')).toBe(24 * 86_400_000);
  expect(parseTimeout('1ms', '--timeout')).toBe(1);
});

it('a wait for something that may be there already may be 0, and no longer than a timer', () => {
  expect(parseWait('0s', '--lock-timeout')).toBe(0);
  expect(() => parseWait('30d', '--lock-timeout')).toThrow(/^--lock-timeout must be shorter than 24 d/);
});

it.each([
  [45_000, '45 s'],
  [720_000, '12 min'],
  [11_520_000, '3 h 12 min'],
  [86_400_000 * 7, '7 d'],
])('%d ms reads as %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});
