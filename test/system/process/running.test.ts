import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runningSet } from '../../../src/system/process/running.ts';
import { temporaryFolder } from '../../support/context.ts';

const DEAD = 4_194_303;
const started = (pid: number, second = 0) => ({ pid, startedAt: `2026-01-01T00:00:0${second}Z`, url: 'u' });

describe('the set of running processes', () => {
  it('lists the remembered ones, newest last, and removes its folder with the last one', () => {
    const folder = join(temporaryFolder(), 'gateway');
    const set = runningSet(folder);
    const here = [started(process.pid, 2), started(process.ppid, 1)];
    for (const running of here) set.remember(running);
    expect(statSync(join(folder, `${process.pid}.json`)).mode & 0o777).toBe(0o600);
    expect(set.list()).toEqual([here[1], here[0]]);
    for (const { pid } of here) set.forget(pid);
    expect([set.list(), existsSync(folder)]).toEqual([[], false]);
  });

  it('forgets dead processes on this machine, also those remembered by an older version', () => {
    const folder = join(temporaryFolder(), 'gateway');
    const set = runningSet(folder);
    set.remember(started(DEAD));
    writeFileSync(join(folder, `${DEAD - 1}.json`), JSON.stringify(started(DEAD - 1)));
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(started(process.pid)));
    expect(set.list()).toEqual([started(process.pid)]);
    expect(readdirSync(folder)).toEqual([`${process.pid}.json`]);
  });

  it('keeps processes of another container, although their ids do not exist here', () => {
    const folder = join(temporaryFolder(), 'gateway');
    const set = runningSet(folder);
    set.remember(started(DEAD));
    const file = join(folder, `${DEAD}.json`);
    const elsewhere = { ...JSON.parse(readFileSync(file, 'utf8')), where: `${hostname()} pid-4026539999-` };
    writeFileSync(file, JSON.stringify(elsewhere));
    expect(set.list()).toEqual([]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(elsewhere);
  });

  it('skips files that are not our state files', () => {
    const folder = join(temporaryFolder(), 'gateway');
    const set = runningSet(folder);
    set.remember(started(process.pid));
    for (const [name, text] of [
      ['1.json', 'no json'],
      ['2.json', ''],
      ['3.json', 'null'],
      ['4.json', `{"pid":${process.pid}}`],
      ['notes', '{}'],
    ] as const)
      writeFileSync(join(folder, name), text);
    expect(set.list()).toEqual([started(process.pid)]);
  });
});
