import { readConfig } from '../../config/file.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';

/** `codemie profile list`: the configured profiles. It reads no credentials. */
export const run: CommandRun = async ({ options }, context) => {
  const { profiles, activeProfile } = readConfig(context.home);
  const rows = Object.values(profiles).map((profile) => ({
    name: profile.name,
    active: profile.name === activeProfile,
    url: profile.codeMieUrl ?? profile.baseUrl ?? null,
    provider: profile.provider ?? null,
    project: profile.codeMieProject ?? null,
    store: profile.credential?.store ?? null,
    account: profile.credential?.id.split('#')[1] ?? null,
  }));
  if (options.on('json')) {
    context.terminal.print(
      JSON.stringify({ schemaVersion: 1, active: activeProfile ?? null, profiles: rows }),
    );
    return 0;
  }
  if (rows.length === 0) context.terminal.print('No profiles yet. Create one: codemie setup');
  const width = Math.max(0, ...rows.map((row) => row.name.length));
  for (const row of rows) {
    const who = row.account === null ? 'not signed in' : `${row.account}, stored in ${row.store}`;
    const line = `${row.name.padEnd(width)}  ${row.url ?? '(no URL)'}  ${who}`;
    context.terminal.print(`${row.active ? '*' : ' '} ${printable(line, 1000)}`);
  }
  return 0;
};
