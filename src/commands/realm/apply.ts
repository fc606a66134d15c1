import { applyPlan, requireApplicable } from '../../realm/apply/run.ts';
import { titleOf } from '../../realm/plan.ts';
import { planJson } from '../../realm/report.ts';
import { counted } from '../../system/counted.ts';
import { cancelled } from '../../system/errors.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { withProgress } from '../../terminal/with-progress.ts';
import type { CommandRun } from '../spec.ts';
import { compared, planTextOf } from './plan.ts';

/** `codemie realm apply FILE…`: shows the plan, asks, makes the changes, and proves that nothing differs any more. */
export const run: CommandRun = async (input, context) => {
  const { terminal } = context;
  const { options } = input;
  const all = await compared(input, context, true);
  const { admin, files, ownership, plan, isNew } = all;
  const isJson = options.on('json');
  if (!isJson) terminal.print(await planTextOf(plan, admin, context));
  requireApplicable(plan);
  const changes = counted(plan.changes.length, 'change');
  if (plan.changes.length > 0 && !options.on('yes')) {
    const prompts = await terminal.prompts();
    const message = `${isNew ? 'Create' : `Make ${changes} in`} realm ${admin.realm} at ${admin.server}?`;
    if (!(await prompts.confirm({ flag: '--yes', message }))) throw cancelled();
  }
  await withProgress(terminal, `Changing realm ${admin.realm}`, (progress) =>
    applyPlan(admin, files, ownership, all, (type, id) => progress.update(`${titleOf(type)} ${id}`)),
  );
  if (isJson)
    terminal.print(redactedJson({ ...planJson(plan), applied: plan.changes.length, verified: true }));
  else terminal.success(`Applied ${changes}. The realm is as the files say.`);
  return 0;
};
