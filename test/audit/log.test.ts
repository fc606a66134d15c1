import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AuditEvent } from '../../src/audit/entry.ts';
import { folderOf } from '../../src/audit/files.ts';
import { readHead, writeHead } from '../../src/audit/head.ts';
import { readEntries, record, settled } from '../../src/audit/log.ts';
import { verifyAudit } from '../../src/audit/verify.ts';
import { withLock } from '../../src/system/lock.ts';
import { type TestContext, testContext } from '../support/context.ts';

const ended = (code: number): AuditEvent => ({
  event: 'agent-end',
  agent: 'claude',
  session: 's',
  code,
  seconds: 1,
});

async function written(count: number): Promise<TestContext> {
  const context = testContext();
  for (let code = 1; code <= count; code += 1) await record(context, ended(code));
  return context;
}

const logOf = ({ home }: TestContext): string => join(folderOf(home), 'audit.jsonl');
const linesOf = (context: TestContext): string[] =>
  readFileSync(logOf(context), 'utf8').trimEnd().split('\n');
const codesOf = ({ home }: TestContext): unknown[] =>
  readEntries(folderOf(home)).map((entry) => ('code' in entry ? entry.code : undefined));
const rewrite = (context: TestContext, lines: readonly string[]): void =>
  writeFileSync(logOf(context), lines.map((line) => `${line}\n`).join(''));
const problemsOf = ({ home }: TestContext): string => verifyAudit(home).problems.join(' ');
const held = (context: TestContext, work: () => Promise<void>): Promise<void> =>
  withLock(join(context.home, 'locks', 'audit.lock'), { clock: context.clock }, work);

it('an event spools without waiting when the log is locked, and is appended in order later', async () => {
  const context = await written(1);
  await held(context, async () => {
    const began = performance.now();
    await record(context, ended(2));
    await record(context, ended(3));
    expect(performance.now() - began).toBeLessThan(2000);
  });
  const waiting = readdirSync(folderOf(context.home)).filter((name) => name.startsWith('waiting-'));
  expect(waiting).toHaveLength(2);
  for (const name of waiting) expect(statSync(join(folderOf(context.home), name)).mode & 0o777).toBe(0o600);
  expect(codesOf(context)).toEqual([1]);
  await record(context, ended(4));
  expect(codesOf(context)).toEqual([1, 2, 3, 4]);
  expect([verifyAudit(context.home).ok, readdirSync(folderOf(context.home))]).toEqual([
    true,
    ['audit.jsonl'],
  ]);
});

it('a reader also gets spooled events', async () => {
  const context = await written(0);
  await held(context, () => record(context, ended(1)));
  expect(await settled(context, () => codesOf(context))).toEqual([1]);
});

it('an event that a crash left in the log and in the spool appears once', async () => {
  const context = await written(1);
  await held(context, () => record(context, ended(2)));
  const [name = ''] = readdirSync(folderOf(context.home)).filter((entry) => entry.startsWith('waiting-'));
  const file = join(folderOf(context.home), name);
  const copy = readFileSync(file);
  await record(context, ended(3));
  writeFileSync(file, copy);
  await record(context, ended(4));
  expect(codesOf(context)).toEqual([1, 2, 3, 4]);
});

it('forty concurrent writers lose nothing and leave nothing in the spool', async () => {
  const context = testContext();
  // The log is locked while they write, so all of them spool their events.
  const { clock } = context;
  const writers = Array.from({ length: 40 }, (_, code) => code);
  const busy = held(context, () => clock.sleep(150));
  await Promise.all(writers.map((code) => record(context, ended(code))));
  await busy;
  await record(context, ended(40));
  expect(codesOf(context).toSorted((a, b) => Number(a) - Number(b))).toEqual([...writers, 40]);
  expect(readdirSync(folderOf(context.home))).toEqual(['audit.jsonl']);
  expect(verifyAudit(context.home)).toEqual({ ok: true, entries: 41, problems: [] });
});

it('a writer checks again for events spooled while it wrote', async () => {
  const context = await written(1);
  await held(context, () => record(context, ended(2)));
  const [name = ''] = readdirSync(folderOf(context.home)).filter((entry) => entry.startsWith('waiting-'));
  const file = join(folderOf(context.home), name);
  const late = readFileSync(file);
  rmSync(file);
  // Spooled between the write and the release of the lock.
  let looks = 0;
  const clock = {
    ...context.clock,
    now: () => {
      looks += 1;
      if (looks === 1) queueMicrotask(() => queueMicrotask(() => writeFileSync(file, late)));
      return context.clock.now();
    },
  };
  await record({ ...context, clock }, ended(3));
  expect(codesOf(context).toSorted()).toEqual([1, 2, 3]);
});

it('events stay in the spool while the log cannot be written', async () => {
  const context = await written(1);
  rmSync(logOf(context));
  const elsewhere = join(context.home, 'elsewhere');
  writeFileSync(elsewhere, '');
  symlinkSync(elsewhere, logOf(context));
  await record(context, ended(2));
  expect(readFileSync(elsewhere, 'utf8')).toBe('');
  expect(readdirSync(folderOf(context.home)).filter((name) => name.startsWith('waiting-'))).toHaveLength(1);
});

it('a partial line left by a crash does not corrupt the next one', async () => {
  const context = await written(2);
  appendFileSync(logOf(context), '{"seq":3,"at":"20');
  await record(context, ended(3));
  expect(codesOf(context)).toEqual([1, 2, 3]);
  expect(verifyAudit(context.home).ok).toBe(true);
});

it('a log that others may read or write is made private again', async () => {
  const context = await written(1);
  chmodSync(logOf(context), 0o666);
  await record(context, ended(2));
  expect(statSync(logOf(context)).mode & 0o777).toBe(0o600);
});

it('a change is detected in the bytes of a line, even if it parses the same', async () => {
  const context = await written(3);
  const [first = '', second = '', third = ''] = linesOf(context);
  // With duplicate fields, the parser keeps only the last and notices nothing.
  rewrite(context, [first, second.replace('"code":2', '"code":0,"code":2'), third]);
  expect(problemsOf(context)).toBe('audit.jsonl line 2 was changed.');
  rewrite(context, [first, second.replace('"code":2', '"code": 2'), third]);
  expect(problemsOf(context)).toBe('audit.jsonl line 2 was changed.');
  rewrite(context, [first, second.replace('"code":2', '"code":0'), third]);
  expect(problemsOf(context)).toBe('audit.jsonl line 2 was changed.');
  rewrite(context, [first, second, third]);
  expect(problemsOf(context)).toBe('');
});

it('missing lines are detected at the beginning, in the middle, at the end, and when all are gone', async () => {
  const context = await written(4);
  const [first = '', second = '', third = '', fourth = ''] = linesOf(context);
  for (const [left, problem] of [
    [[third, fourth], 'should begin with entry 1; its beginning was removed'],
    [[first, second, fourth], 'does not follow the line before it'],
    [[first, second, third], 'should end with entry 4; its end was removed'],
  ] as const) {
    rewrite(context, left);
    expect(problemsOf(context)).toContain(problem);
    // The next event does not hide it.
    const head = readHead(context.home);
    await record(context, ended(5));
    expect(verifyAudit(context.home).ok).toBe(false);
    if (head !== undefined) writeHead(context.home, head);
  }
  rmSync(folderOf(context.home), { recursive: true });
  expect(problemsOf(context)).toContain('should end with entry 4');
  await record(context, ended(5));
  expect(problemsOf(context)).toContain('should begin with entry 1');
});

it('a removed head is detected, even after a new one is written', async () => {
  const context = await written(2);
  rmSync(join(context.home, 'audit-head.json'));
  expect(problemsOf(context)).toContain('is missing');
  await record(context, ended(3));
  await record(context, ended(4));
  expect(problemsOf(context)).toContain('was missing when entry 3 was written');
});

it('rotated lines may be missing, kept lines may not', async () => {
  const context = await written(1);
  const long: AuditEvent = {
    event: 'agent-session',
    agent: 'x'.repeat(700_000),
    session: 's',
    prompts: 1,
    tools: {},
    inputTokens: 1,
    outputTokens: 1,
  };
  for (let i = 0; i < 26; i += 1) await record(context, long);
  const rotated = readdirSync(folderOf(context.home)).filter((name) => name !== 'audit.jsonl');
  expect(rotated).toHaveLength(10);
  expect(verifyAudit(context.home).problems).toEqual([]);
  expect(readHead(context.home)?.from).toBeGreaterThan(1);
  rmSync(join(folderOf(context.home), rotated[0] ?? ''));
  expect(problemsOf(context)).toContain('its beginning was removed');
});
