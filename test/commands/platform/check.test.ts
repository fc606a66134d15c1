import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../../src/sandbox/start.ts';
import { type Outcome, outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { expectShape } from '../../support/schemas.ts';

const CHART = 'extraEnv:\n  - {name: IDP_PROVIDER, value: keycloak}\n';
const ON = 'customEnv:\n  - {name: ENABLE_USER_MANAGEMENT, value: "true"}\n';
const BAD = `${ON}  - name: SUPERADMIN_PASSWORD\n    value: hunter2-hunter2\n`;

let cwd: string;
beforeEach(() => {
  cwd = temporaryFolder();
  put('chart.yaml', CHART);
});

function put(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}

/** With a small chart, which `put` may replace. */
function check(...args: readonly string[]): Promise<Outcome> {
  return outcomeOf(
    testContext({ override: { cwd } }),
    'platform',
    'check',
    '--chart-values',
    'chart.yaml',
    ...args,
  );
}

/** With a text on stdin. */
function checkInput(text: string, ...args: readonly string[]): Promise<Outcome> {
  const context = testContext({ override: { cwd } });
  context.type(text);
  context.endInput();
  return outcomeOf(context, 'platform', 'check', ...args);
}

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Readonly<Record<string, unknown>>[];
}

describe('codemie platform check', () => {
  it('prints each finding with file, line, rule and fix, and exits with 10 for an error', async () => {
    put('api.yaml', BAD);
    const { code, stdout, stderr } = await check('api.yaml');
    expect([code, stderr]).toEqual([10, '']);
    expect(stdout).toBe(`api.yaml:4  error  secret-in-file  customEnv[1].value
    SUPERADMIN_PASSWORD stands here as text.
    Fix: Put it into a Secret, and write valueFrom with secretKeyRef.

1 error and 0 warnings in 1 file.
`);
  });

  it('no form of the output holds the secret', async () => {
    put('api.yaml', BAD);
    for (const form of [[], ['--json'], ['--github']]) {
      const { code, stdout, stderr } = await check('api.yaml', ...form);
      expect(code).toBe(10);
      expect(stdout + stderr).toContain('SUPERADMIN_PASSWORD');
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });

  it('exits with 0 for warnings alone, and prints data with --json', async () => {
    put('ui.yaml', 'viteEnableAnalytics: false\n');
    const { code, stdout } = await check('ui.yaml', '--json');
    const report = expectShape<Report>('platform-check', stdout);
    expect([code, report.ok]).toEqual([0, true]);
    expect(report.findings).toMatchObject([
      { rule: 'setting-dead', severity: 'warning', file: 'ui.yaml', line: 1, fix: 'Remove it.' },
    ]);
  });

  it('prints annotations for GitHub, escaped, and a last line', async () => {
    put('a,b:c.yaml', 'viteEnableAnalytics: false\n');
    const { code, stdout } = await check('a,b:c.yaml', '--github');
    expect([code, stdout]).toEqual([
      0,
      `::warning file=a%2Cb%3Ac.yaml,line=1,title=setting-dead::viteEnableAnalytics does nothing from the UI 2.28.0 on.%0AFix: Remove it.
0 errors and 1 warning in 1 file.
`,
    ]);
  });

  it('keeps the control characters of a name out of the lines for GitHub', async () => {
    put('api.yaml', 'extraEnv:\n  - {name: "EVIL\\e[31m\\r\\n::error::pwned", value: true}\n');
    const { stdout } = await check('--api', 'api.yaml', '--github');
    expect(stdout).toContain('EVIL [31m%0A::error::pwned');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(stdout).not.toMatch(/^::error::pwned/m);
  });

  it('takes an empty stdin for a failure of what is in front of the pipe', async () => {
    for (const text of ['', '\n \n']) {
      const { code, stdout, stderr } = await checkInput(text, '-');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Nothing came on stdin.');
    }
  });

  it('takes files in their order, and those of --api and --ui after them', async () => {
    put('a.yaml', ON);
    put('b.yaml', 'customEnv: []\n');
    put('ui.yaml', 'viteEnableUserManagement: true\n');
    const rules = async (...args: readonly string[]) =>
      expectShape<Report>('platform-check', (await check(...args, '--json')).stdout).findings.map(
        ({ rule, file }) => `${rule} ${file}`,
      );
    expect(await rules('a.yaml', 'b.yaml')).toEqual(['list-replaced b.yaml']);
    expect(await rules('b.yaml', 'a.yaml', 'ui.yaml')).toEqual([]);
    expect(await rules('a.yaml', '--api', 'b.yaml')).toEqual(['list-replaced b.yaml']);
    expect(await rules('--ui', 'ui.yaml', '--api', 'b.yaml')).toEqual(['ui-differs ui.yaml']);
  });

  it('a file that shows nothing of the platform is no proof, and the last line says so', async () => {
    put('ours.yaml', 'replicaCount: 2\n');
    const { code, stdout } = await check('ours.yaml');
    expect([code, stdout]).toEqual([
      0,
      "No findings in 1 file. None holds values of the platform's charts: name one with --api FILE or --ui FILE if it does.\n",
    ]);
    expect((await check('--api', 'ours.yaml')).stdout).toBe('No findings in 1 file.\n');
  });

  it('says how many findings comments suppress', async () => {
    put('ui.yaml', 'viteEnableAnalytics: false # codemie: ignore setting-dead because of an old cluster\n');
    expect((await check('ui.yaml')).stdout).toBe('No findings in 1 file. 1 suppressed by comments.\n');
  });

  it('reads rendered manifests from stdin, each container on its own', async () => {
    const container = (name: string, value: string) =>
      `        - name: ${name}\n          env:\n            - {name: IDP_PROVIDER, value: keycloak}\n            - name: ENABLE_USER_MANAGEMENT\n              value: ${value}\n`;
    const manifests = `---
# Source: codemie/templates/serviceaccount.yaml
apiVersion: v1
kind: ServiceAccount
metadata: {name: codemie}
---
# Source: codemie/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: codemie-api}
spec:
  replicas: 1
  template:
    spec:
      containers:
${container('codemie', '"true"')}${container('codemie-2', '"true"')}`;
    expect(await checkInput(manifests, '-')).toMatchObject({ code: 0, stdout: 'No findings in 1 file.\n' });
    const { code, stdout } = await checkInput(manifests.replace('value: "true"', 'value: true'), '-');
    expect(code).toBe(10);
    expect(stdout).toContain('-:20  error  value-not-text  spec.template.spec.containers[0].env[1].value');
  });

  it.each([
    [['api.yaml', '--json', '--github'], 'two forms of one output'],
    [[], 'There is nothing to check.'],
    [['-', '--api', '-'], 'Stdin can be read once.'],
    [['none.yaml'], 'none.yaml cannot be read: it does not exist.'],
    [['api.yaml', '--to', 'newest'], 'newest is not a version.'],
  ])('refuses what makes no sense: %j', async (args, says) => {
    put('api.yaml', ON);
    const { code, stdout, stderr } = await check(...args);
    expect([code, stdout.startsWith('{') ? stdout : stderr]).toEqual([2, expect.stringContaining(says)]);
  });
});

describe('codemie platform check --live', () => {
  const platform = async (userManagement: boolean) => {
    const sandbox = await startSandbox({ access: userManagement ? 'platform' : 'keycloak' });
    onTestFinished(() => sandbox.close());
    return sandbox.url;
  };

  it('compares with a platform that runs in the other mode', async () => {
    put('api.yaml', ON);
    const url = await platform(false);
    const { code, stdout } = await check('api.yaml', '--live', url);
    expect(code).toBe(10);
    expect(stdout).toContain('live-differs');
    expect(stdout).toContain(`The files have ENABLE_USER_MANAGEMENT on, and ${url} is Keycloak-managed.`);
  });

  it('finds nothing where both agree', async () => {
    put('api.yaml', ON);
    expect(await check('api.yaml', '--live', await platform(true))).toMatchObject({
      code: 0,
      stdout: 'No findings in 1 file.\n',
    });
  });

  it('a platform that does not answer is unreachable, not different', async () => {
    put('api.yaml', ON);
    expect((await check('api.yaml', '--live', 'http://127.0.0.1:9')).code).toBe(5);
  });
});
