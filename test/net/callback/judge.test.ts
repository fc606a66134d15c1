import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCallback } from '../../../src/net/callback/judge.ts';
import { callbackPage } from '../../../src/net/callback/page.ts';
import { printable } from '../../../src/system/printable.ts';

const STATE = 'kq0Zf7xWJr0pOa1lq1cV8m3d8o8eQ1s2b3n4m5l6k7j';
const names = fc.constantFrom('code', 'state', 'error', 'error_description', 'iss', 'session_state', 'x');
const values = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constant(STATE),
  fc.constant(STATE.slice(1)),
);
const pairs = fc.array(fc.tuple(names, values), { maxLength: 8 });

describe('the query of a callback', () => {
  it('S4: is accepted only with exactly one state, the right one, and without repeated parameters (S6)', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const result = judgeCallback(new URLSearchParams(list), STATE);
        const given = (name: string) => list.filter(([key]) => key === name).map(([, value]) => value);
        const unique = new Set(list.map(([name]) => name)).size === list.length;
        const ours = given('state').length === 1 && given('state')[0] === STATE && unique;
        const answered = given('error').length === 1 || (given('code')[0] ?? '') !== '';
        expect(typeof result === 'object').toBe(ours && answered);
      }),
      { numRuns: 3000 },
    );
  });

  it('S5: shows an error as one printable line of at most 200 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const params = new URLSearchParams({ state: STATE, error: text, error_description: text });
        const result = judgeCallback(params, STATE);
        if (typeof result !== 'object' || result.kind !== 'error') throw new Error('not taken');
        for (const shown of [result.error, result.description]) {
          expect([...shown].length).toBeLessThanOrEqual(200);
          expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('S8: is always escaped in the page', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const [, shown] = /<p class="detail">([\s\S]*?)<\/p>/.exec(callbackPage('failed', `.${text}`)) ?? [];
        expect(shown).toBeDefined();
        expect(shown).not.toMatch(/[<>"']|&(?!#\d+;)/);
      }),
    );
    expect(callbackPage('failed', '<script>alert(1)</script>')).not.toContain('<script');
  });
});

describe('the pages', () => {
  it.each(['signed-in', 'failed'] as const)(
    '"%s" says that the window can be closed, in a language and a heading',
    (kind) => {
      const page = callbackPage(kind);
      expect(page).toContain('You can close this window');
      expect(page).toMatch(/<html lang="en">.*<title>codemie: .+<\/title>.*<main .*<h1>.+<\/h1>/);
      expect(page).not.toMatch(/<script|<img|<link|https?:|url\(/);
    },
  );
});

describe('printable', () => {
  it('keeps letters of every script, and truncates between characters', () => {
    expect(printable('Zoë Müller 王小明 🙂')).toBe('Zoë Müller 王小明 🙂');
    expect(printable('🙂🙂🙂', 2)).toBe('🙂🙂');
    expect(printable(' a\r\n\tb\u001b[2J ')).toBe('a b [2J');
  });
});
