import { parseProgram } from '../../src/commands/program.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { exitCode } from '../../src/system/exit-codes.ts';
import { asCodemieError, errorJson, errorText } from '../../src/terminal/render-error.ts';
import type { TestContext } from './context.ts';

/** Runs a command like the program, up to main's error handling. @returns its exit code. */
export async function codemie(context: TestContext, ...args: string[]): Promise<number | undefined> {
  const chosen = await parseProgram(COMMANDS, args, context.terminal);
  // Help was requested and has been printed.
  if (chosen === undefined) return 0;
  return (await chosen.spec.load()).run(chosen.input, context);
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process. @returns what the user would see, including an error. */
export async function outcomeOf(context: TestContext, ...args: string[]): Promise<Outcome> {
  context.out.stdout = '';
  context.out.stderr = '';
  let code: number;
  try {
    code = (await codemie(context, ...args)) ?? 0;
  } catch (thrown) {
    const error = asCodemieError(thrown);
    if (args.includes('--json')) context.terminal.print(errorJson(error));
    else context.terminal.sayExact(errorText(error, false));
    code = exitCode(error.exit);
  }
  return { code, ...context.out };
}
