import { join, resolve } from 'node:path';
import { renderStage } from '../../realm/render/render.ts';
import { writeAllOrNone } from '../../realm/render/write.ts';
import { usageError } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';
import { OUT, STAGES, TEMPLATES } from './layout.ts';

/** `codemie realm render --stage S`: the files of one stage from templates. */
export const run: CommandRun = async ({ options }, { cwd, env, terminal }) => {
  const stage = options.text('stage');
  if (stage === undefined) throw usageError('Which stage do you mean?', { hint: 'For example: --stage dev' });
  const source = {
    templates: options.text('templates') ?? TEMPLATES,
    stages: options.text('stages') ?? STAGES,
    find: (path: string) => resolve(cwd, path),
  };
  const out = options.text('out') ?? OUT;
  const { files, warnings } = await renderStage(source, stage, options.on('with-secrets') ? env : undefined);
  writeAllOrNone(resolve(cwd, out), files);
  for (const { file, line, message, advice } of warnings)
    terminal.say(`Warning: ${file}, line ${line}: ${message}. ${advice}`);
  for (const { name } of files) terminal.print(join(out, name));
  terminal.success(`Rendered stage ${stage} to ${out}.`);
  return 0;
};
