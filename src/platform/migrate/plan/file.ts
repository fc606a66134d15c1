import { createHash } from 'node:crypto';
import { closeSync, constants, createReadStream, fsyncSync, openSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { randomHex } from '../../../system/digest.ts';
import { CodemieError, systemCode, usageError } from '../../../system/errors.ts';
import { removeFile, writeAll } from '../../../system/files.ts';
import { isRecord, objectIn } from '../../../system/json.ts';
import { renameFile } from '../../../system/rename.ts';
import type { Fingerprint } from '../fingerprint.ts';
import type { Columns } from '../target.ts';
import type { Policy } from './known.ts';

/** The first line of a plan. */
export interface PlanHeader {
  readonly kind: 'plan';
  readonly schemaVersion: 1;
  readonly tool: string;
  readonly source: {
    readonly kind: string;
    readonly place: string;
    readonly realm: string;
    readonly digest: string;
    readonly users: number;
  };
  readonly target: {
    /** As messages name it. */
    readonly database: string;
    readonly schema: string;
    readonly columns: Columns;
    readonly fingerprint: Fingerprint;
  };
  readonly policy: Policy;
  readonly limit: number;
}

export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly conflict: number;
  readonly skip: number;
  /** Memberships that are written. */
  readonly memberships: number;
  /** Projects that are created. */
  readonly projects: number;
  readonly repair: number;
  readonly keep: number;
  readonly overLimit: number;
}

/** The last line of a plan. */
export interface PlanEnd {
  readonly kind: 'end';
  readonly counts: PlanCounts;
  /** SHA-256 of every byte before this line: the same source, database and options give the same one. */
  readonly hash: string;
  /** The date of the rows that the plan writes, in UTC, to the microsecond. */
  readonly madeAt: string;
}

export interface PlanFile {
  readonly path: string;
  readonly header: PlanHeader;
  readonly end: PlanEnd;
}

/**
 * Writes a plan as it is made, readable by its owner alone. A plan that is not finished leaves no file.
 *
 * @param lines the changes, cut anywhere.
 */
export async function writePlan(
  path: string,
  header: PlanHeader,
  lines: AsyncIterable<Buffer>,
  end: Omit<PlanEnd, 'kind' | 'hash'>,
): Promise<PlanFile> {
  const temporary = `${path}.${process.pid}.${randomHex(6)}.tmp`;
  const handle = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  const hash = createHash('sha256');
  const write = (data: string | Buffer): void => {
    hash.update(data);
    writeAll(handle, data);
  };
  try {
    let last: PlanEnd;
    try {
      write(`${JSON.stringify(header)}\n`);
      for await (const chunk of lines) write(chunk);
      last = { kind: 'end', ...end, hash: hash.copy().digest('hex') };
      write(`${JSON.stringify(last)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameFile(temporary, path);
    return { path, header, end: last };
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

/** @returns how many lines of a plan are written: they come first. */
export function linesWritten({ projects, create, update }: PlanCounts): number {
  return projects + create + update;
}

/** @returns the name of a plan in our journal. The same changes, planned again later, are another plan. */
export function planKey({ end }: Pick<PlanFile, 'end'>): string {
  return `${end.hash} ${end.madeAt}`;
}

/** @returns an instant in UTC, as the dates of a plan are written. */
export function planDate(now: number): string {
  return new Date(now).toISOString().replace('T', ' ').replace('Z', '000');
}

/** More than the last line has. */
const LONGEST_END = 65_536;

/**
 * Reads a plan to its end and checks that it is whole and unchanged.
 *
 * @throws USAGE (2) if there is no such file; PLAN_BROKEN (9) if it is not a plan, or not what was written.
 */
export async function readPlan(path: string): Promise<PlanFile> {
  if (statOf(path)?.isFile() !== true)
    throw usageError(`There is no plan ${path}.`, { fix: 'codemie platform migrate plan' });
  const hash = createHash('sha256');
  let first: string | undefined;
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.concat([tail, chunk as Buffer]);
    first ??= bytes.includes(10) ? bytes.subarray(0, bytes.indexOf(10)).toString('utf8') : undefined;
    const kept = Math.min(bytes.length, LONGEST_END);
    hash.update(bytes.subarray(0, bytes.length - kept));
    tail = bytes.subarray(bytes.length - kept);
  }
  const endAt = tail.lastIndexOf(10, tail.length - 2) + 1;
  hash.update(tail.subarray(0, endAt));
  const header = objectIn(first);
  const end = objectIn(tail.subarray(endAt).toString('utf8'));
  if (header?.['kind'] !== 'plan' || header['schemaVersion'] !== 1)
    throw broken(path, 'is not a migration plan');
  if (end?.['kind'] !== 'end' || !isRecord(end['counts'])) throw broken(path, 'has no end');
  if (end['hash'] !== hash.digest('hex')) throw broken(path, 'was changed after it was made');
  return { path, header: header as unknown as PlanHeader, end: end as unknown as PlanEnd };
}

/** @returns the lines of a plan without the first and the last. */
export async function* planLines(path: string): AsyncGenerator<string> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity }))
    if (line.startsWith('{"n":')) yield line;
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function broken(path: string, why: string): CodemieError {
  return new CodemieError({
    code: 'PLAN_BROKEN',
    message: `The file ${path} ${why}.`,
    fix: 'codemie platform migrate plan',
  });
}
