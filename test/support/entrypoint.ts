import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './context.ts';
import { root } from './program.ts';

const TEMPLATE = join(
  root,
  'src/realm/example/files/infra/deployment/templates/configs/keycloak-entrypoint.sh.j2',
);

/** @returns the script as `codemie realm render` writes it. */
export function entrypoint(stage: string): string {
  const branch = stage === 'dev' ? '$1' : '$2';
  return readFileSync(TEMPLATE, 'utf8')
    .replaceAll('{{ stage }}', stage)
    .replace(/\n\{%- if stage == 'dev' %\}(.*?)\n\{%- else %\}(.*?)\n\{%- endif %\}/s, branch)
    .replaceAll(/\n\{%- (raw|endraw) %\}/g, '');
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
  writeFileSync(script, entrypoint('latest'));
  // Bash reads the start file of the person if its standard input is a socket.
  return spawnSync('bash', ['-c', `. "$1"; shift\n${commands}`, 'bash', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}
