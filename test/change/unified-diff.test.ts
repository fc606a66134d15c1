import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Splice, splice, unifiedDiff } from '../../src/change/unified-diff.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codemie-diff-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A splice that replaces one piece of a text with another. */
function replacing(text: string, piece: string, by: string): Splice {
  const start = text.indexOf(piece);
  return { start, end: start + piece.length, text: by };
}

const TEN = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n';

/** Applies a diff with a tool of the person. */
function applied(tool: 'patch' | 'git', name: string, before: string, diff: string): string {
  writeFileSync(join(folder, name), before);
  const [program, ...args] = tool === 'patch' ? ['patch', '-p0', '--batch'] : ['git', 'apply', '-p0'];
  execFileSync(program, args, { cwd: folder, input: diff, stdio: ['pipe', 'pipe', 'pipe'] });
  return readFileSync(join(folder, name), 'utf8');
}

describe('a unified diff', () => {
  it('shows a changed line with three lines around it', () => {
    expect(unifiedDiff('values.yaml', TEN, [replacing(TEN, 'five', '5')])).toBe(
      [
        '--- values.yaml',
        '+++ values.yaml',
        '@@ -2,7 +2,7 @@',
        ' two',
        ' three',
        ' four',
        '-five',
        '+5',
        ' six',
        ' seven',
        ' eight',
        '',
      ].join('\n'),
    );
  });

  it('is empty where nothing changes', () => {
    expect(unifiedDiff('values.yaml', TEN, [])).toBe('');
    expect(unifiedDiff('values.yaml', TEN, [replacing(TEN, 'five', 'five')])).toBe('');
  });

  it('joins changes whose context meets, and separates others', () => {
    const near = unifiedDiff('f', TEN, [replacing(TEN, 'one', '1'), replacing(TEN, 'eight', '8')]);
    expect(near.match(/^@@/gm)).toHaveLength(1);
    const far = unifiedDiff('f', TEN, [replacing(TEN, 'one', '1'), replacing(TEN, 'nine', '9')]);
    expect(far.match(/^@@.*$/gm)).toEqual(['@@ -1,4 +1,4 @@', '@@ -6,5 +6,5 @@']);
  });

  it('counts the lines that earlier hunks added', () => {
    const diff = unifiedDiff('f', TEN, [
      replacing(TEN, 'one\n', 'one\nand a half\n'),
      replacing(TEN, 'ten\n', ''),
    ]);
    expect(diff.match(/^@@.*$/gm)).toEqual(['@@ -1,4 +1,5 @@', '@@ -7,4 +8,3 @@']);
  });

  it('says where the last line has no line end', () => {
    expect(unifiedDiff('f', 'a\nb', [{ start: 3, end: 3, text: '\nc' }])).toBe(
      [
        '--- f',
        '+++ f',
        '@@ -1,2 +1,3 @@',
        ' a',
        '-b',
        '\\ No newline at end of file',
        '+b',
        '+c',
        '\\ No newline at end of file',
        '',
      ].join('\n'),
    );
  });

  it('shows a mask for a line with a secret, wherever the line stands in it', () => {
    const text = 'name: A\nvalue: s3cret\nname: B\n';
    const masks = new Map([['value: s3cret', 'value: ***']]);
    const beside = unifiedDiff('f', text, [replacing(text, 'B', 'C')], masks);
    expect(beside).toContain('\n value: ***\n');
    expect(beside).not.toContain('s3cret');
    const gone = unifiedDiff('f', text, [replacing(text, 'value: s3cret\n', '')], masks);
    expect(gone).toContain('\n-value: ***\n');
    expect(gone).not.toContain('s3cret');
  });

  it.each(['patch', 'git'] as const)(
    'is applied by %s: line ends, spaces in names, no last line end',
    (tool) => {
      const cases: readonly (readonly [string, string, readonly Splice[]])[] = [
        ['values.yaml', TEN, [replacing(TEN, 'two\n', ''), replacing(TEN, 'ten', 'TEN')]],
        ['my values.yaml', TEN, [replacing(TEN, 'five', '5')]],
        ['crlf.yaml', 'a: 1\r\nb: 2\r\nc: 3\r\n', [{ start: 4, end: 4, text: '\r\nx: 0' }]],
        ['end.yaml', 'a: 1\nb: 2', [{ start: 9, end: 9, text: '\nc: 3' }]],
        ['end-changes.yaml', 'a: 1\nb: 2', [{ start: 8, end: 9, text: '3' }]],
        ['all.yaml', 'a\n', [{ start: 0, end: 2, text: 'b\nc\n' }]],
      ];
      for (const [name, before, splices] of cases)
        expect(applied(tool, name, before, unifiedDiff(name, before, splices)), name).toBe(
          splice(before, splices),
        );
    },
  );

  it('says of any text and any change what `patch` makes of it', () => {
    const line = fc.constantFrom('', ' ', 'a', 'b', '- c', '+d', '@@ -1 +1 @@', '\\ e', 'é: ☃');
    const text = fc
      .tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
      .map(([lines, end, isEnded]) => lines.join(end) + (isEnded && lines.length > 0 ? end : ''));
    const cuts = fc.array(
      fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        line,
        line,
      ),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(text, cuts, (before, places) => {
        const splices = apart(
          places.map(([one, other, first, second]) => {
            const [start = 0, end = 0] = [one, other]
              .map((part) => Math.round(part * before.length))
              .sort((a, b) => a - b);
            return { start, end, text: second === '' ? first : `${first}\n${second}` };
          }),
        );
        expect(patched(before, unifiedDiff('f', before, splices))).toBe(splice(before, splices));
      }),
      { numRuns: 500 },
    );
  });
});

/** Leaves out splices that overlap. */
function apart(splices: readonly Splice[]): readonly Splice[] {
  const kept: Splice[] = [];
  for (const one of splices)
    if (kept.every(({ start, end }) => one.end < start || one.start > end)) kept.push(one);
  return kept;
}

/** What `patch` does, in a few lines: it trusts the line numbers, and checks every line that stays or goes. */
function patched(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const hunk of diff.split(/^(?=@@ -)/m).slice(1)) {
    // A line of the text that looks like a head has a sign before it.
    const [head = '', ...body] = hunk.match(/[^\n]*\n/g) ?? [];
    const [, from = '0', count = '1'] = /^@@ -(\d+)(?:,(\d+))? /.exec(head) ?? [];
    const first = Number(from) - (count === '0' ? 0 : 1);
    result.push(...lines.slice(at, first));
    at = first;
    for (const [index, line] of body.entries()) {
      if (line.startsWith('\\')) continue;
      const content = body[index + 1]?.startsWith('\\') ? line.slice(1, -1) : line.slice(1);
      if (!line.startsWith('+')) expect(lines[at]).toBe(content);
      if (!line.startsWith('+')) at += 1;
      if (!line.startsWith('-')) result.push(content);
    }
  }
  return [...result, ...lines.slice(at)].join('');
}
