import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ADAPTERS } from '../../agents/adapters/table.ts';
import { findProgram } from '../../agents/find.ts';
import { versionStatusOf } from '../../agents/versions.ts';
import type { Advice } from '../../system/errors.ts';
import { readTextIfAny } from '../../system/files.ts';
import { type Check, ok, warn } from '../check.ts';

/**
 * The coding agents: where they are installed, and their versions, read from their packages without starting
 * anything.
 */
export const agent: Check = {
  id: 'agent',
  title: 'Coding agents',
  run: async ({ context }) => {
    const found: string[] = [];
    const absent: Advice[] = [];
    const old: { readonly what: string; readonly fix: string }[] = [];
    for (const adapter of ADAPTERS) {
      const program = findProgram(context, adapter);
      if (program === undefined) absent.push({ fix: `npm install -g ${adapter.npmPackage}` });
      else {
        const version = versionOf(program);
        found.push(`${adapter.title} ${version ?? '(version unknown)'}`);
        if (version !== undefined && versionStatusOf(version, adapter.tried) === 'older')
          old.push({
            what: `${adapter.title} ${version} is older than the tested version ${adapter.tried.oldest}`,
            fix: `codemie install ${adapter.name}`,
          });
      }
    }
    if (found.length === 0) return warn('no coding agents installed', ...absent);
    if (old.length > 0)
      return warn(
        `${found.join(', ')}. ${old.map(({ what }) => what).join('; ')}.`,
        ...old.map(({ fix }) => ({ fix })),
      );
    return ok(found.join(', '));
  },
};

function versionOf(program: string): string | undefined {
  let folder = dirname(realpathSync(program));
  for (let i = 0; i < 4; i += 1) {
    const text = readTextIfAny(join(folder, 'package.json'));
    if (text !== undefined) {
      const { version } = JSON.parse(text) as { version?: unknown };
      return typeof version === 'string' ? version : undefined;
    }
    folder = dirname(folder);
  }
  return undefined;
}
