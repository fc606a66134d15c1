import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { leftToDo, leftToDoLines } from '../../platform/migrate/after.ts';
import { applyPlan } from '../../platform/migrate/apply/apply.ts';
import { type PlanFile, type PlanHeader, planDate } from '../../platform/migrate/plan/file.ts';
import { type PlanSummary, withPlan } from '../../platform/migrate/plan/plan.ts';
import { NO_RULES } from '../../platform/migrate/plan/rules.ts';
import { completeText } from '../../platform/migrate/report.ts';
import { openSource } from '../../platform/users/open.ts';
import type { DatabaseOptions } from '../../postgres/address.ts';
import { withImportLock } from '../../postgres/advisory-lock.ts';
import { connectPostgres } from '../../postgres/connect.ts';
import type { Session } from '../../postgres/session.ts';
import { counted } from '../../system/counted.ts';
import { sourceSettings } from '../source-settings.ts';
import { OptionValues } from '../spec.ts';

/** As long as the platform waits for another pod that imports. */
const WAIT_MS = 30 * 60_000;

const SCHEMA = 'codemie';

/**
 * What KEYCLOAK_MIGRATION_ENABLED asks for: imports the users of the realm in KEYCLOAK_ADMIN_* before anybody is served.
 * It is the import of `platform migrate`, so it creates users and never touches one that exists.
 *
 * @throws what `platform migrate plan` and `apply` throw. The sandbox does not start without its users.
 */
export async function importUsers(
  database: DatabaseOptions,
  projectLimit: number,
  context: Context,
): Promise<void> {
  const { terminal, clock, signal } = context;
  const source = await openSource(sourceSettings(new OptionValues(new Map()), context), context);
  const session = await connectPostgres(context, database);
  const folder = mkdtempSync(join(tmpdir(), 'codemie-import-'));
  try {
    await withImportLock(session, { clock, signal, waitMs: WAIT_MS }, async () => {
      const { plan, header, summary } = await withPlan(
        session,
        source,
        {
          schema: SCHEMA,
          policy: 'create-only',
          limit: projectLimit,
          personalProjects: false,
          rules: NO_RULES,
        },
        `codemie ${CODEMIE_VERSION}`,
        () => undefined,
        async ({ header, summary, write }) => {
          const path = join(folder, 'plan.jsonl');
          const hasWork = summary.counts.create > 0;
          return { header, summary, plan: hasWork ? await write(path, planDate(clock.now())) : undefined };
        },
      );
      if (plan === undefined) terminal.say(nothingToImport(header, summary));
      else await write(session, plan, context);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await session.close();
  }
}

async function write(session: Session, plan: PlanFile, { terminal }: Context): Promise<void> {
  const { create, memberships, conflict } = plan.end.counts;
  await applyPlan(session, plan, { reason: undefined, online: false, lockMs: WAIT_MS }, () => undefined);
  terminal.say(
    `Imported ${counted(create, 'user')} with ${counted(memberships, 'membership')} from the realm ${plan.header.source.realm}.`,
  );
  if (conflict > 0) terminal.say(conflictText(conflict));
  for (const line of leftToDoLines(await leftToDo(session, SCHEMA))) terminal.say(`- ${line}`);
  terminal.say('Remove KEYCLOAK_MIGRATION_ENABLED and the KEYCLOAK_ADMIN_* variables now.');
}

function nothingToImport(header: PlanHeader, summary: PlanSummary): string {
  const { conflict } = summary.counts;
  const why = conflict > 0 ? `${conflictText(conflict)}.` : completeText(header, summary);
  return `KEYCLOAK_MIGRATION_ENABLED is still on. ${why} Nothing was written. Remove it and the KEYCLOAK_ADMIN_* variables.`;
}

function conflictText(conflicts: number): string {
  return `${counted(conflicts, 'user')} left out because of a conflict. To see them: codemie platform migrate plan`;
}
