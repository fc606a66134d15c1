import { loadRealmFiles } from '../../realm/file/load.ts';
import { ownershipOf } from '../../realm/model/ownership.ts';
import { titleOf } from '../../realm/plan.ts';
import { planJson } from '../../realm/report.ts';
import { AT_START, startHook } from '../../realm/start-hook.ts';
import { counted } from '../../system/counted.ts';
import { parseWait } from '../../system/duration.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import type { CommandRun } from '../spec.ts';
import { realmAdmin } from './admin.ts';
import { planTextOf } from './plan.ts';

/** `codemie realm start-hook FILE…`: what a container does to a realm at each start, in one command. It never asks. */
export const run: CommandRun = async ({ args, options }, context) => {
  const { terminal, clock, signal } = context;
  const files = loadRealmFiles(args, context.cwd, context.env);
  const ownership = ownershipOf(files, options.list('lifecycle'), AT_START);
  const waitMs = parseWait(options.text('wait') ?? '5m', '--wait');
  const isJson = options.on('json');
  let told = '';
  const say = (text: string): void => {
    if (text !== told) terminal.say(text);
    told = text;
  };
  const { plan, isNew } = await startHook(() => realmAdmin(options, context, files), files, ownership, {
    clock,
    signal,
    waitMs,
    onWait: ({ message }) => say(`Waiting for Keycloak: ${message}`),
    onPlan: async (next, admin) => {
      if (!isJson) terminal.print(await planTextOf(next, admin, context));
    },
    onObject: (type, id) => say(`${titleOf(type)} ${id}`),
  });
  const applied = plan.changes.length;
  if (isJson) terminal.print(redactedJson({ ...planJson(plan), created: isNew, applied, verified: true }));
  else
    terminal.success(
      `${isNew ? 'Created the realm' : `Applied ${counted(applied, 'change')}`}. It is as the files say.`,
    );
  return 0;
};
