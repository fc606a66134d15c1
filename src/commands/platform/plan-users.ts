import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { findingJson } from '../../change/change.ts';
import { findingLines } from '../../change/render.ts';
import type { Context } from '../../context.ts';
import { withoutPeople } from '../../platform/migrate/masked.ts';
import { planDate } from '../../platform/migrate/plan/file.ts';
import { needText, planJson, planText } from '../../platform/migrate/report.ts';
import { referencesTo, reverseScript } from '../../platform/migrate/reverse.ts';
import type { CommandInput } from '../spec.ts';
import { PLAN_FILE } from './plan-options.ts';
import { planOutput, reversePath } from './plan-output.ts';
import { planned } from './planned.ts';

/** Compares the source with the database, shows the plan, and writes it to a file, with the script for the way back. */
export async function planUsers(input: CommandInput, context: Context): Promise<number> {
  const { terminal, cwd, clock } = context;
  const { options } = input;
  const path = resolve(cwd, options.text('out') ?? PLAN_FILE);
  const output = await planOutput(path);
  const { file, kept, header, summary, facts } = await planned(
    input,
    context,
    async (planning, session, source) => {
      const file = await planning.write(`${path}.new`, planDate(clock.now()));
      const references = await referencesTo(session, planning.header.target.schema);
      const kept = output.place(file, reverseScript(file, references));
      return { file, kept, header: planning.header, summary: planning.summary, facts: source.facts() };
    },
  );
  if (kept !== undefined) terminal.say(`The plan that was there before is now ${kept}`);
  const redact = options.on('redact');
  const need = needText(header, summary);
  if (options.on('json')) {
    const found = { hash: file.end.hash, file: realpathSync(path), needed: need === undefined };
    terminal.print(
      JSON.stringify({
        ...planJson(header, redact ? withoutPeople(summary) : summary),
        ...found,
        findings: facts.findings.map(findingJson),
      }),
    );
    return 0;
  }
  const colors = await terminal.colors('stdout');
  terminal.print(planText(header, summary, { redact, limit: header.limit }, colors));
  terminal.print(
    [
      '',
      ...findingLines(facts.findings, colors),
      ...facts.notCovered.map((what) => `Not looked at: ${what}.`),
      ...(need === undefined ? [] : [need, '']),
      `Plan: ${realpathSync(path)}`,
      `Hash: ${file.end.hash}`,
      `Way back: ${reversePath(realpathSync(path))}`,
      'Nothing was written to the database.',
    ].join('\n'),
  );
  return 0;
}
