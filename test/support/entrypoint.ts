import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Rendered, renderStage } from '../../src/realm/render/render.ts';
import { temporaryFolder } from './context.ts';
import { root } from './program.ts';

/** The files of the example realm, as `codemie realm render` writes them. */
export async function renderedExample(stage: string): Promise<readonly Rendered[]> {
  const folder = 'src/realm/example/files/infra/deployment';
  const source = {
    templates: `${folder}/templates/configs`,
    stages: `${folder}/stages.yaml`,
    find: (path: string) => join(root, path),
  };
  return (await renderStage(source, stage, undefined)).files;
}

/** The text of the entrypoint by stage. */
export const ENTRYPOINTS = {
  dev: await entrypoint('dev'),
  latest: await entrypoint('latest'),
};

async function entrypoint(stage: string): Promise<string> {
  const files = await renderedExample(stage);
  return files.find(({ name }) => name === 'keycloak-entrypoint.sh')?.text ?? '';
}

/**
 * Runs a text of bash with the functions of the entrypoint, which does not start by itself.
 *
 * @param env the whole environment besides PATH.
 */
export function withEntrypoint(
  commands: string,
  env: Readonly<Record<string, string>> = {},
  ...args: readonly string[]
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const script = join(temporaryFolder(), 'keycloak-entrypoint.sh');
  writeFileSync(script, ENTRYPOINTS.latest);
  // Bash reads the start file of the person if its standard input is a socket.
  return spawnSync('bash', ['-c', `. "$1"; shift\n${commands}`, 'bash', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}
