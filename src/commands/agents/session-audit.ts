import { existsSync } from 'node:fs';
import type { Adapter } from '../../agents/adapters/adapter.ts';
import type { Tracker } from '../../agents/tracking.ts';
import type { AuditEvent } from '../../audit/entry.ts';
import { record } from '../../audit/log.ts';
import { trackingMark } from '../../config/common-settings.ts';
import { readConfig } from '../../config/file.ts';
import type { Context } from '../../context.ts';
import type { Access } from '../../credentials/access.ts';
import { noteUse } from '../../credentials/lifecycle/in-use.ts';
import type { SessionFacts } from '../../platform-api/usage-metrics.ts';
import { CodemieError, isInterrupted, messageOf } from '../../system/errors.ts';
import { exitCode } from '../../system/exit-codes.ts';
import { writeFileAtomic } from '../../system/files.ts';

interface Run {
  readonly adapter: Adapter;
  /** The client name sent to the platform. */
  readonly client: string;
  readonly access: Access;
  readonly sessionId: string;
  readonly tracker: Tracker | undefined;
}

/** @returns whether agents should report their activity, which stays on this machine. */
export function isTracking({ home }: Context): boolean {
  return readConfig(home).plugin !== 'off';
}

/** Shown at the first launch only. */
export function announceTracking({ home, terminal, log }: Context, { title }: Adapter): void {
  const mark = trackingMark(home);
  if (existsSync(mark)) return;
  terminal.say(
    `codemie: prompts, tools and tokens of ${title} are counted in the local audit log (codemie audit show). To turn this off: codemie config set plugin off`,
  );
  try {
    writeFileAtomic(mark, '');
  } catch (error) {
    // In a container with a read-only home folder it is shown at each launch.
    log.debug('the announcement is not remembered', { reason: messageOf(error) });
  }
}

/** Logs a model that is missing from the platform's list like a model that the platform rejects. */
export async function deniedModel(
  context: Context,
  { name: agent }: Adapter,
  { origin }: Access,
  error: unknown,
): Promise<never> {
  if (error instanceof CodemieError && ['MODEL_UNKNOWN', 'NO_MODEL'].includes(error.code))
    await record(context, { event: 'model-denied', origin, agent });
  throw error;
}

/** Logs the start, activity and end of a run in the audit log. The first line is written while the agent starts. */
export async function observed(context: Context, run: Run, work: () => Promise<number>): Promise<number> {
  const { access, sessionId: session } = run;
  const agent = run.adapter.name;
  const began = context.clock.now();
  const working = work();
  const unused = noteUse(context, access, run.adapter.title);
  const started = record(context, {
    event: 'agent-start',
    agent,
    session,
    origin: access.origin,
    source: access.sourceName,
    person: access.credential.identity.id,
  });
  const end = async (code: number, status: SessionFacts['status']): Promise<void> => {
    unused();
    await started;
    const duration = context.clock.now() - began;
    const summary = run.tracker?.summary();
    const last: AuditEvent = {
      event: 'agent-end',
      agent,
      session,
      code,
      seconds: Math.round(duration / 1000),
    };
    if (summary === undefined) return record(context, last);
    const { model, ...counts } = summary;
    await record(context, { event: 'agent-session', agent, session, ...counts }, last);
    await shareSession(context, run, { ...counts, model, status, duration });
  };
  try {
    const code = await working;
    await end(code, code === 0 ? 'completed' : 'failed');
    return code;
  } catch (error) {
    const known = error instanceof CodemieError ? error : undefined;
    await end(
      known === undefined ? 1 : exitCode(known.exit),
      known !== undefined && isInterrupted(known) ? 'interrupted' : 'failed',
    );
    throw error;
  }
}

async function shareSession(
  context: Context,
  { adapter, access, client, sessionId }: Run,
  outcome: Pick<SessionFacts, 'prompts' | 'tools' | 'model' | 'status' | 'duration'>,
): Promise<void> {
  const agreed = readConfig(context.home).metrics === 'on';
  if (!agreed || doNotTrack(context.env)) return;
  const { workingRepositoryOf } = await import('../../agents/repository.ts');
  const { sendMetrics } = await import('../../platform-api/usage-metrics.ts');
  const { project } = access.selection;
  const agent = adapter.name;
  await sendMetrics(context, access, {
    agent,
    client,
    sessionId,
    project,
    ...workingRepositoryOf(context.cwd),
    ...outcome,
  });
}

/** consoledonottrack.com: any value except 0 means no tracking. */
function doNotTrack(env: Context['env']): boolean {
  return !['', '0'].includes(env['DO_NOT_TRACK'] ?? '');
}
