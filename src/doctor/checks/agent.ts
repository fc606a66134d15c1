import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Adapter } from '../../agents/adapters/adapter.ts';
import { ADAPTERS } from '../../agents/adapters/table.ts';
import { findProgram, installedPrograms } from '../../agents/find.ts';
import { installedVersion } from '../../agents/installed-version.ts';
import { versionStatusOf } from '../../agents/versions.ts';
import { shellWord } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import type { Advice } from '../../system/errors.ts';
import { findOnPath } from '../../system/process/find-program.ts';
import { identityOf } from '../../system/real-path.ts';
import { type Check, ok, warn } from '../check.ts';

/** What is wrong with one agent, as a sentence, and how to fix it. */
interface Fault {
  readonly what: string;
  readonly advice: Advice;
}

/**
 * The coding agents: where they are installed, and their versions, read from their packages without starting
 * anything.
 */
export const agent: Check = {
  id: 'agent',
  title: 'Coding agents',
  run: async ({ context }) => {
    if ((context.env['PATH'] ?? context.env['Path'] ?? '') === '')
      return warn('PATH is empty, so no agent and no other program can be found.', {
        hint: 'Open a new terminal. If PATH is empty there too, look at the startup files of your shell.',
      });
    const found: string[] = [];
    const faults: Fault[] = [];
    const absent: Advice[] = [];
    for (const adapter of ADAPTERS) {
      const program = findProgram(context, adapter);
      const version = program && installedVersion(program, adapter.npmPackage, context.platform);
      const fault =
        program === undefined ? notExecutable(context, adapter) : tooOld(context, adapter, program, version);
      if (fault !== undefined) faults.push(fault);
      if (program !== undefined) found.push(`${adapter.title} ${version ?? '(version unknown)'}`);
      else if (fault === undefined) absent.push({ fix: `codemie install ${adapter.name}` });
    }
    if (faults.length > 0)
      return warn(
        [...(found.length === 0 ? [] : [`${found.join(', ')}.`]), ...faults.map(({ what }) => what)].join(
          ' ',
        ),
        ...faults.map(({ advice }) => advice),
      );
    return found.length === 0 ? warn('no coding agents installed', ...absent) : ok(found.join(', '));
  },
};

function tooOld(
  context: Context,
  { name, title, npmPackage, tried }: Adapter,
  program: string,
  version: string | undefined,
): Fault | undefined {
  if (version === undefined || versionStatusOf(version, tried) !== 'older') return undefined;
  const isOurs = identityOf(dirname(program)) === identityOf(installedPrograms(context));
  return {
    what: `${title} ${version} is older than the tested version ${tried.oldest}.`,
    advice: isOurs
      ? { fix: `codemie install ${name}` }
      : {
          fix: `npm install -g ${npmPackage}@latest`,
          hint: `The one on your PATH is used: ${program}`,
        },
  };
}

/** A file of the agent's name on PATH that can't be started. */
function notExecutable(context: Context, { title, program }: Adapter): Fault | undefined {
  const path = findOnPath(program, context, [], isFile);
  return path === undefined || context.platform === 'win32'
    ? undefined
    : {
        what: `${title} isn't executable (${path}).`,
        advice: { fix: `chmod +x ${shellWord(path)}` },
      };
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
