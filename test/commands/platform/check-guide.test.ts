import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../../src/sandbox/start.ts';
import { outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { blocksOfGuides, wordsOf } from '../../support/documents.ts';
import { chartList } from '../../support/values-files.ts';

const RENDERED = `apiVersion: apps/v1
kind: Deployment
metadata: {name: codemie-api}
spec:
  template:
    spec:
      containers:
        - name: codemie
          env: [{name: IDP_PROVIDER, value: keycloak}]
`;

function block(start: string): string {
  const found = blocksOfGuides().find(
    ({ document, text }) => document === 'docs/platform-guide.md' && text.startsWith(start),
  );
  if (found === undefined) throw new Error(`no block of the guide starts with ${start}`);
  return found.text;
}

/** A folder with the three files that the guide speaks of. */
function folder(api: string): string {
  const cwd = temporaryFolder();
  const files = { 'api.yaml': api, 'secrets.yaml': 'dsPool: {}\n', 'ui.yaml': 'viteEnv: prod\n' };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return cwd;
}

describe('the guide to platform-managed mode, on checking files', () => {
  it('every command of its block finds nothing in good files', async () => {
    const sandbox = await startSandbox({ access: 'keycloak' });
    onTestFinished(() => sandbox.close());
    const lines = block('codemie platform check').trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      const context = testContext({ override: { cwd: folder(chartList()) } });
      // What Helm would print.
      context.type(RENDERED);
      context.endInput();
      const command = line.replace(/\s#.*$/, '').replace(/^helm .* \| /, '');
      const [, ...words] = wordsOf(command.replace('https://codemie.example.com', sandbox.url));
      const { code, stdout } = await outcomeOf(context, ...words);
      expect([code, line], stdout).toEqual([0, line]);
      expect(stdout).toMatch(/^No findings in \d files?\.\n$/);
    }
  });

  it('its comment keeps a finding away', async () => {
    const comment = block('# codemie: ignore');
    const list = '  - name: IDP_PROVIDER\n    value: keycloak\n';
    const check = (api: string) =>
      outcomeOf(testContext({ override: { cwd: folder(api) } }), 'platform', 'check', 'api.yaml');
    expect((await check(`extraEnv:\n${list}`)).stdout).toContain('defaults-dropped');
    expect((await check(`${comment}${list}`)).stdout).toBe(
      'No findings in 1 file. 1 suppressed by comments.\n',
    );
  });
});
