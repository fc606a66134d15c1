import type { Adapter } from '../../agents/adapters/adapter.ts';
import { ADAPTERS } from '../../agents/adapters/table.ts';
import { findProgram } from '../../agents/find.ts';
import { installAgent } from '../../agents/install.ts';
import { versionStatusOf } from '../../agents/versions.ts';
import { usageError } from '../../system/errors.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie install AGENT`: installs into codemie's own folder; without a name, it lists the agents. */
export const run: CommandRun = async ({ options, args: [name] }, context) => {
  const { terminal } = context;
  if (name === undefined) {
    const agents = ADAPTERS.map((adapter) => ({
      name: adapter.name,
      title: adapter.title,
      package: adapter.npmPackage,
      knownGood: adapter.tried.newest,
      range: rangeOf(adapter),
      program: findProgram(context, adapter) ?? null,
    }));
    if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, agents }));
    else
      for (const agent of agents)
        terminal.print(
          `${agent.name.padEnd(9)} ${agent.program ?? `not installed (codemie install ${agent.name})`}`,
        );
    return 0;
  }
  const adapter = ADAPTERS.find((entry) => entry.name === name);
  if (adapter === undefined) {
    const names = ADAPTERS.map((entry) => entry.name).join(', ');
    throw usageError(`There is no agent "${name.slice(0, 60)}" (there are: ${names}).`, {
      fix: 'codemie install claude',
    });
  }
  const version = versionFrom(options.text('version'), adapter.tried.newest);
  if (versionStatusOf(version, adapter.tried) !== 'tried')
    terminal.say(
      `${adapter.title} ${version} is outside the tested versions (${rangeOf(adapter)}) and may not work.`,
    );
  const progress = await terminal.progress(`Installing ${adapter.npmPackage}@${version} from npm…`);
  try {
    const installed = await installAgent(context, adapter, version);
    progress.done(`Installed ${adapter.title} ${version} (${installed.program}).`);
    for (const script of installed.allowedScripts)
      terminal.say(`Only the install script of ${script} was allowed to run.`);
    if (options.on('json')) terminal.print(JSON.stringify({ schemaVersion: 1, ...installed }));
    else terminal.say(`Next: codemie-${adapter.name} "…"`);
    return 0;
  } catch (error) {
    progress.fail();
    throw error;
  }
};

function rangeOf({ tried }: Adapter): string {
  return `${tried.oldest} to ${tried.newest}`;
}

/** Accepts a version or a tag, but nothing that npm would read as a file, a URL or another package. */
function versionFrom(text: string | undefined, preset: string): string {
  if (text === undefined) return preset;
  if (/^[\w.+-]{1,60}$/.test(text) && !text.startsWith('-')) return text;
  throw usageError(`"${text.slice(0, 60)}" is not a version.`, {
    hint: `--version ${preset}, or --version latest`,
  });
}
