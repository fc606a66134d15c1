import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

/** A code such as S14, T22 or G11; `S1–S10` stands for a range. S256 is the PKCE method. */
const CODES = /(?<![\w/])([STG])(\d{1,2})(?:–[STG](\d{1,2}))?(?![\w/])/g;

const legend = readFileSync('docs/requirements.md', 'utf8');
const listed = [...legend.matchAll(/^\| ([STG]\d+) \| .{20,} \|$/gm)].map(([, code = '']) => code);

function codesIn(text: string): readonly string[] {
  return [...text.matchAll(CODES)].flatMap(([, letter = '', from = '', to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => `${letter}${Number(from) + index}`),
  );
}

/** Comments, titles and documents; not this test, nor the legend, nor what tests feed to the program. */
function codesUnder(folder: string, extension: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => extension.test(path) && !path.startsWith('fixtures'))
    .map((path) => join(folder, path))
    .filter((path) => !['test/requirements.test.ts', 'docs/requirements.md'].includes(path))
    .flatMap((path) => codesIn(readFileSync(path, 'utf8')));
}

const inCode = new Set(['src', 'test', 'scripts'].flatMap((folder) => codesUnder(folder, /\.(ts|mts|mjs)$/)));
const inDocuments = new Set([
  ...codesUnder('docs', /\.md$/),
  ...codesIn(readFileSync('CHANGELOG.md', 'utf8')),
]);

it('explains every code that source, tests and documents cite', () => {
  expect([...new Set([...inCode, ...inDocuments])].filter((code) => !listed.includes(code))).toEqual([]);
});

it('lists each code once, and only codes that source or tests cite', () => {
  expect(new Set(listed).size).toBe(listed.length);
  expect(listed.length).toBeGreaterThan(50);
  expect(listed.filter((code) => !inCode.has(code))).toEqual([]);
});

it('reads a range as each of its codes, and S256 as none', () => {
  expect(codesIn('S1–S3, T22: PKCE S256, hooks.example.com/T0/B0')).toEqual(['S1', 'S2', 'S3', 'T22']);
});
