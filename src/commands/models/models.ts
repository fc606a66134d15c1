import { bareName, familyOf, TIERS } from '../../agents/models/names.ts';
import { offeredAs } from '../../agents/models/offered.ts';
import type { Access } from '../../credentials/access.ts';
import { openAccess } from '../../credentials/find/find-access.ts';
import { modelsOf } from '../../platform-api/models.ts';
import type { Model } from '../../platform-api/shapes.ts';
import { printable } from '../../system/printable.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import type { CommandRun } from '../spec.ts';

/** One row of `codemie models --json`. */
interface Row {
  readonly id: string;
  readonly provider?: string;
  /** Claude's tiers only. */
  readonly tier?: string;
  /** False for a model that your settings name and that you may not use. */
  readonly allowed: boolean;
  /** Why it is not allowed. */
  readonly reason?: string;
}

/** `codemie models`: what the platform or the key provider lets you use, and what your settings name besides. */
export const run: CommandRun = async ({ options }, context) => {
  const access = await openAccess(context, {
    profile: options.text('profile'),
    trustProject: options.on('trust-project'),
  });
  const models = await modelsOf(context, access);
  const rows = [...models.map(rowOf), ...notAllowed(models, access)];
  if (options.on('json')) {
    context.terminal.print(redactedJson({ schemaVersion: 1, models: rows }));
    return 0;
  }
  if (rows.length === 0) context.terminal.say(`You don't have access to any models on ${access.origin}.`);
  const widthOf = (cell: (row: Row) => string): number => Math.max(0, ...rows.map((row) => cell(row).length));
  const width = widthOf(({ id }) => id);
  const wide = widthOf(({ provider = '' }) => provider);
  for (const { id, provider = '', tier = '', reason = '' } of rows)
    context.terminal.print(
      printable([id.padEnd(width), provider.padEnd(wide), tier, reason].join('  ').trimEnd(), 1000),
    );
  return 0;
};

function rowOf({ id, provider }: Model): Row {
  return { id, ...(provider === undefined ? {} : { provider }), ...tierOf(id), allowed: true };
}

function tierOf(id: string): { readonly tier?: string } {
  if (familyOf(id) !== 'claude') return {};
  const tier = TIERS.find((name) => bareName(id).includes(name));
  return tier === undefined ? {} : { tier };
}

function notAllowed(models: readonly Model[], { selection, origin }: Access): readonly Row[] {
  const { model, profile } = selection;
  const named = [model, profile?.haikuModel, profile?.sonnetModel, profile?.opusModel];
  return [...new Set(named.filter((id) => id !== undefined))]
    .filter((id) => offeredAs(models, id, profile) === undefined)
    .map((id) => ({
      id,
      ...tierOf(id),
      allowed: false,
      reason: `in your settings, but ${origin} doesn't offer it to you`,
    }));
}
