import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { blocksOfGuides, wordsOf } from '../../support/documents.ts';
import { chartList } from '../../support/values-files.ts';

const UI_FILE = 'viteEnv: prod\nviteEnableUserManagement: false\n';

/** A folder with the two files that the guide speaks of. */
function folder(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'api.yaml'), chartList());
  writeFileSync(join(cwd, 'ui.yaml'), UI_FILE);
  return cwd;
}

/** Runs the commands of a block of the guide, and stops at the first that fails. @returns what each printed. */
async function follow(start: string, cwd: string): Promise<readonly string[]> {
  const block = blocksOfGuides().find(
    ({ document, text }) => document === 'docs/platform-guide.md' && text.startsWith(start),
  );
  if (block === undefined) throw new Error(`no block of the guide starts with ${start}`);
  const printed: string[] = [];
  for (const line of block.text.replaceAll('\\\n', ' ').trim().split('\n')) {
    const [, ...words] = wordsOf(line.replace(/\s#.*$/, ''));
    const { code, stdout, stderr } = await outcomeOf(testContext({ override: { cwd } }), ...words);
    expect([code, line], stderr).toEqual([0, line]);
    printed.push(stdout);
  }
  return printed;
}

const read = (cwd: string, name: string): string => readFileSync(join(cwd, name), 'utf8');

describe('the guide to platform-managed mode', () => {
  it('changes both files in its first step: shown first, then written', async () => {
    const cwd = folder();
    const [shown, written] = await follow('codemie platform values enable', cwd);
    expect(shown).toContain('+  - name: ENABLE_USER_MANAGEMENT');
    expect(written).toBe(shown);
    expect(read(cwd, 'api.yaml')).toBe(
      chartList('2.42.0', [
        '  - name: ENABLE_USER_MANAGEMENT',
        '    value: "true"',
        '  - name: USER_PROJECT_LIMIT',
        '    value: "3"',
      ]),
    );
    expect(read(cwd, 'ui.yaml')).toBe(
      'viteEnv: prod\nviteEnableUserManagement: true\nviteEnableBudgetManagement: true\n',
    );
  });

  it('puts the import in and takes it out again in its second step', async () => {
    const cwd = folder();
    await follow('codemie platform values enable', cwd);
    const before = read(cwd, 'api.yaml');
    await follow('codemie platform values migration-on', cwd);
    const during = read(cwd, 'api.yaml');
    expect(during).toContain('  - name: KEYCLOAK_ADMIN_REALM\n    value: "codemie-prod"\n');
    expect(during).toContain('        name: codemie-migration-secret\n        key: client_secret\n');
    await follow('codemie platform values migration-off', cwd);
    expect(read(cwd, 'api.yaml')).toBe(before);
  });

  it('goes back by variables alone', async () => {
    const cwd = folder();
    await follow('codemie platform values enable', cwd);
    const on = read(cwd, 'api.yaml');
    await follow('codemie platform values disable', cwd);
    expect(read(cwd, 'api.yaml')).toBe(
      on.replace('MANAGEMENT\n    value: "true"', 'MANAGEMENT\n    value: "false"'),
    );
    expect(read(cwd, 'ui.yaml')).toBe(`${UI_FILE}viteEnableBudgetManagement: false\n`);
  });
});
