import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type PlanFile, readPlan } from '../../platform/migrate/plan/file.ts';
import { usageError } from '../../system/errors.ts';
import { replaceFile } from '../../system/files.ts';
import { renameFile } from '../../system/rename.ts';

/** Where a plan and its way back go. */
export interface PlanOutput {
  /**
   * Puts both in place. A plan that was there before, with other changes, keeps its way back: both get a name of their own.
   *
   * @returns the new place of the old plan, if there was another one.
   */
  place(plan: PlanFile, reverse: string): string | undefined;
}

/**
 * Looks at the place before anything is read.
 *
 * @throws USAGE (2) if the folder is missing, or something that is no plan stands there.
 */
export async function planOutput(path: string): Promise<PlanOutput> {
  if (statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() !== true)
    throw usageError(`There is no folder ${dirname(path)} for the plan.`, {
      hint: 'Create it, or pass another --out.',
    });
  const before = statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : await planAt(path);
  return {
    place: (plan, reverse) => {
      const isOther = before !== undefined && before.end.hash !== plan.end.hash;
      const kept = isOther ? keep(path, before.end.hash) : undefined;
      replaceFile(reversePath(path), reverse, 0o600);
      renameFile(plan.path, path);
      return kept;
    },
  };
}

async function planAt(path: string): Promise<PlanFile> {
  try {
    return await readPlan(path);
  } catch {
    throw usageError(`${path} exists and is not a plan. It was not overwritten.`, {
      hint: 'Pass another --out.',
    });
  }
}

function keep(path: string, hash: string): string {
  const kept = `${path.replace(/\.jsonl$/, '')}.${hash.slice(0, 12)}.jsonl`;
  renameFile(path, kept);
  if (statSync(reversePath(path), { throwIfNoEntry: false }) !== undefined)
    renameFile(reversePath(path), reversePath(kept));
  return kept;
}

export function reversePath(path: string): string {
  return `${path}.reverse.sql`;
}
