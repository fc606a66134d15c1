import { DOCTOR_COMMANDS } from '../../src/commands/doctor/table.ts';
import { PROFILE_COMMANDS } from '../../src/commands/profile/table.ts';
import { parseProgram } from '../../src/commands/program.ts';
import { SETUP_COMMANDS } from '../../src/commands/setup/table.ts';
import type { TestContext } from './context.ts';

/** Runs a command as the program does, up to what main does with an error. @returns its exit code. */
export async function codemie(context: TestContext, ...args: string[]): Promise<number | undefined> {
  const commands = [...PROFILE_COMMANDS, ...DOCTOR_COMMANDS, ...SETUP_COMMANDS];
  const chosen = await parseProgram(commands, args, context.terminal);
  if (chosen === undefined) throw new Error('no command');
  return (await chosen.spec.load()).run(chosen.input, context);
}
