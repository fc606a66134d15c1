import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, isErrorCode } from '../../src/system/error-codes.ts';
import { CodemieError, interrupted, isInterrupted, usageError } from '../../src/system/errors.ts';
import { EXIT_CODES, exitCode } from '../../src/system/exit-codes.ts';

const CODES = Object.entries(ERROR_CODES);
const SOURCES = join(import.meta.dirname, '../../src');
const REFERENCE = join(import.meta.dirname, '../../docs/reference/commands.md');

describe('the table of error codes', () => {
  it('decides the exit of every error', () => {
    for (const [code, { exit }] of CODES) {
      const error = new CodemieError({ code: code as keyof typeof ERROR_CODES, message: 'It failed.' });
      expect([code, error.exit]).toEqual([code, exit]);
      expect(EXIT_CODES.map(({ name }) => name)).toContain(exit);
    }
    expect(usageError('Which one?').exit).toBe('usage');
  });

  it('has every code in upper snake case with a one-line meaning', () => {
    for (const [code, { meaning }] of CODES) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(meaning, code).toMatch(/^[^\n|]{10,90}[^.]$/);
    }
  });

  it('has no unused code', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.endsWith('error-codes.ts'),
    );
    const text = files.map((name) => readFileSync(join(SOURCES, name), 'utf8')).join('\n');
    expect(CODES.map(([code]) => code).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('is in the reference with every code and its exit', () => {
    const reference = readFileSync(REFERENCE, 'utf8');
    for (const [code, { exit, meaning }] of CODES)
      expect(reference).toContain(`| \`${code}\` | ${exitCode(exit)} | ${meaning} |`);
    expect(reference).not.toContain('ENOSPC');
  });

  it('rejects unknown codes and explicit exits at compile time', () => {
    // @ts-expect-error: a typo.
    expect(() => new CodemieError({ code: 'AUTH_EXPRIED', message: 'It failed.' })).toThrow();
    // @ts-expect-error: the exit follows from the code.
    expect(new CodemieError({ code: 'AUTH_EXPIRED', message: 'It failed.', exit: 'usage' }).exit).toBe(
      'auth',
    );
    // @ts-expect-error: a usage error exits with 2, so its code must, too.
    expect(usageError('Which one?', undefined, 'AUTH_EXPIRED').exit).toBe('auth');
  });

  it('recognises its codes', () => {
    expect(['USAGE', 'ENOSPC', 'toString', 4, undefined].map(isErrorCode)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

it('exits with 128 plus the number of the signal that stopped it', () => {
  const exits = (['SIGHUP', 'SIGINT', 'SIGTERM'] as const).map((signal) =>
    exitCode(interrupted(signal).exit),
  );
  expect(exits).toEqual([129, 130, 143]);
  expect(isInterrupted(interrupted('SIGTERM'))).toBe(true);
  expect(isInterrupted(usageError('Which one?'))).toBe(false);
});

it('keeps the code, the exit and the cause of a reworded error', () => {
  const cause = new Error('why');
  const first = new CodemieError({
    code: 'UNREACHABLE',
    message: 'A.',
    hint: 'Wait',
    remedies: ['B'],
    cause,
  });
  const { code, exit, message, hint, remedies } = first.with({ message: 'C.' });
  expect([code, exit, message, hint, remedies]).toEqual(['UNREACHABLE', 'unreachable', 'C.', 'Wait', ['B']]);
  expect(first.with({ message: 'C.' }).cause).toBe(cause);
  expect(first.with({ hint: undefined }).hint).toBeUndefined();
});
