import type { Context } from '../../context.ts';
import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { type Comparison, compareNewRealm, compareRealm } from '../../realm/compare.ts';
import { loadRealmFiles } from '../../realm/file/load.ts';
import { type Ownership, ownershipOf } from '../../realm/model/ownership.ts';
import { FAMILIES } from '../../realm/model/types.ts';
import type { JsonObject } from '../../realm/model/values.ts';
import { isBlocked, type Plan } from '../../realm/plan.ts';
import { planJson, planText } from '../../realm/report.ts';
import { exitCode } from '../../system/exit-codes.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import type { CommandInput, CommandRun } from '../spec.ts';
import { realmAdmin } from './admin.ts';

/**
 * `codemie realm plan FILE…`: what would have to change on the server. It writes nothing. Exits with 1 where blockers or
 * errors in the files forbid an apply; with `--detailed-exitcode`, with 10 where there are differences.
 */
export const run: CommandRun = async (input, context) => {
  const { options } = input;
  const { plan } = await printedPlan(input, context, true);
  if (isBlocked(plan)) return exitCode('failed');
  return options.on('detailed-exitcode') && plan.changes.length > 0 ? exitCode('differs') : 0;
};

/** What a command on realm files works with. */
export interface Compared extends Comparison {
  /** The realm does not exist yet. */
  readonly isNew: boolean;
  readonly admin: KeycloakAdmin;
  readonly files: readonly JsonObject[];
  readonly ownership: Ownership;
}

/** @param mayBeNew whether a realm that does not exist is compared as an empty one. */
export async function compared(
  { args, options }: CommandInput,
  context: Context,
  mayBeNew: boolean,
): Promise<Compared> {
  const files = loadRealmFiles(args, context.cwd, context.env);
  const ownership = ownershipOf(files, options.list('lifecycle'), {
    rotate: options.on('rotate-secrets') ? FAMILIES : [],
  });
  const admin = realmAdmin(options, context, files);
  const comparison = await withProgress(context.terminal, `Reading realm ${admin.realm}`, async () =>
    mayBeNew
      ? await compareNewRealm(admin, files, ownership)
      : { ...(await compareRealm(admin, files, ownership)), isNew: false },
  );
  return { ...comparison, admin, files, ownership };
}

export async function printedPlan(
  input: CommandInput,
  context: Context,
  mayBeNew: boolean,
): Promise<Compared> {
  const all = await compared(input, context, mayBeNew);
  const { terminal } = context;
  if (input.options.on('json')) terminal.print(redactedJson(planJson(all.plan)));
  else terminal.print(await planTextOf(all.plan, all.admin, context));
  return all;
}

export async function planTextOf(
  plan: Plan,
  { server }: KeycloakAdmin,
  { terminal }: Context,
): Promise<string> {
  return planText(plan, server, await terminal.colors('stdout'));
}
