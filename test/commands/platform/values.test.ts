import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { HAS_FILE_MODES } from '../../../src/system/file-modes.ts';
import { type Outcome, outcomeOf } from '../../support/commands.ts';
import { temporaryFolder, testContext } from '../../support/context.ts';
import { chartList, MIGRATION_LINES, OPERATORS_FILE } from '../../support/values-files.ts';

const UI_FILE = 'viteEnv: prod\nviteEnableUserManagement: false\n';
const IMPORT = ['--keycloak-url', 'https://keycloak.example.com/', '--realm', 'codemie-prod'];

let cwd: string;
beforeEach(() => {
  cwd = temporaryFolder();
  put('api.yaml', OPERATORS_FILE);
  put('ui.yaml', UI_FILE);
});

function put(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}

function read(name: string): string {
  return readFileSync(join(cwd, name), 'utf8');
}

function values(...args: readonly string[]): Promise<Outcome> {
  return outcomeOf(testContext({ override: { cwd } }), 'platform', 'values', ...args);
}

describe('codemie platform values', () => {
  it('prints a diff for both components and changes nothing without --write', async () => {
    const { code, stdout, stderr } = await values(
      'enable',
      '--api',
      'api.yaml',
      '--ui',
      'ui.yaml',
      '--limit',
      '5',
    );
    expect(code).toBe(0);
    expect(stdout).toBe(`--- api.yaml
+++ api.yaml
@@ -22,6 +22,10 @@
     value: "true"
   - name: PG_URL
     value: "postgresql://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@$(POSTGRES_HOST):5432/codemie"
+  - name: ENABLE_USER_MANAGEMENT
+    value: "true"
+  - name: USER_PROJECT_LIMIT
+    value: "5"
 
   # Add extra environment variables that extend extraEnv
 customEnv:
--- ui.yaml
+++ ui.yaml
@@ -1,2 +1,3 @@
 viteEnv: prod
-viteEnableUserManagement: false
+viteEnableUserManagement: true
+viteEnableBudgetManagement: true
`);
    expect(stderr).toContain('Nothing is written yet. To change the files, add --write.');
    expect(stderr).toContain('  helm upgrade codemie-api <chart> -f api.yaml -n codemie\n');
    expect(stderr).toContain('  helm upgrade codemie-ui <chart> -f ui.yaml -n codemie\n');
    expect(stderr).toContain('A fresh installation needs nothing more');
    expect([read('api.yaml'), read('ui.yaml')]).toEqual([OPERATORS_FILE, UI_FILE]);
  });

  it.each([
    ['patch', '-p0', '--batch'],
    ['git', 'apply', '-p0'],
  ])('prints what %s applies, and --write writes the same', async (program, ...args) => {
    const flags = ['--api', 'api.yaml', '--ui', 'ui.yaml'];
    const { stdout } = await values('migration-on', ...flags, ...IMPORT);
    execFileSync(program, args, { cwd, input: stdout, stdio: ['pipe', 'pipe', 'pipe'] });
    const patched = [read('api.yaml'), read('ui.yaml')];
    put('api.yaml', OPERATORS_FILE);
    put('ui.yaml', UI_FILE);
    const written = await values('migration-on', ...flags, ...IMPORT, '--write');
    expect(written).toMatchObject({ code: 0, stdout });
    expect(written.stderr).toContain('Changed api.yaml.');
    expect([read('api.yaml'), read('ui.yaml')]).toEqual(patched);
    expect(patched[0]).toContain('value: "https://keycloak.example.com"\n');
    const again = await values('migration-on', ...flags, ...IMPORT, '--write');
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('api.yaml needs no change.');
    expect([read('api.yaml'), read('ui.yaml')]).toEqual(patched);
  });

  it('leads through both steps and back', async () => {
    const flags = ['--api', 'api.yaml', '--ui', 'ui.yaml', '--write'];
    await values('enable', ...flags, '--budgets', 'off');
    const enabled = [read('api.yaml'), read('ui.yaml')];
    await values('migration-on', ...flags, ...IMPORT, '--budgets', 'off');
    expect(read('api.yaml')).toContain('KEYCLOAK_MIGRATION_ENABLED');
    const off = await values('migration-off', ...flags);
    expect(off.stderr).toContain(
      'A list with ENABLE_USER_MANAGEMENT alone would reset USER_PROJECT_LIMIT to 3',
    );
    expect(off.stderr).toContain('drop the 38 variables of the chart, IDP_PROVIDER among them');
    expect(off.stderr).toContain('codemie platform migration-client delete');
    expect([read('api.yaml'), read('ui.yaml')]).toEqual(enabled);
    const disabled = await values('disable', ...flags);
    expect(disabled.stderr).toContain('Roles and projects come from Keycloak again.');
    expect(read('api.yaml')).toBe(
      enabled[0]?.replace('MANAGEMENT\n    value: "true"', 'MANAGEMENT\n    value: "false"'),
    );
    expect(read('ui.yaml')).toBe(UI_FILE);
  });

  it.each([
    ['--chart-version', '2.42.0'],
    ['--chart-version', '2.42.0', '--ui', 'ui.yaml'],
  ])('leaves the UI alone from 2.41 on, and says where budgets are switched: %s %s %s', async (...flags) => {
    const { stdout, stderr } = await values('enable', '--api', 'api.yaml', ...flags);
    expect(stdout).not.toContain('ui.yaml');
    expect(stderr).toContain('component features:budgetManagement in customer-config.yaml');
    expect(stderr).not.toContain('give its values with --ui');
    if (flags.includes('--ui')) expect(stderr).toContain('UI 2.42.0 does not read viteEnableUserManagement.');
  });

  it('takes the version of the UI from its image', async () => {
    put('ui.yaml', 'image:\n  tag: 2.41.0\nviteEnv: prod\n');
    const { stdout } = await values('enable', '--api', 'api.yaml', '--ui', 'ui.yaml');
    expect(stdout).not.toContain('ui.yaml');
  });

  it('doubts an address of Keycloak with a path', async () => {
    const given = ['--keycloak-url', 'https://kc.example.com/auth/', '--realm', 'r'];
    const { stdout, stderr } = await values('migration-on', '--api', 'api.yaml', ...given);
    expect(stdout).toContain('+    value: "https://kc.example.com/auth"');
    expect(stderr).toContain('The platform expects the address of Keycloak without a path.');
  });

  it('names variables of the import that a rollback leaves', async () => {
    put('api.yaml', `extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n${MIGRATION_LINES}`);
    const { stderr } = await values('disable', '--api', 'api.yaml');
    expect(stderr).toContain('Remove them: codemie platform values migration-off --api api.yaml --write');
  });
});

describe('a list that lacks the chart’s', () => {
  it.each([
    { what: 'no list at all', text: 'replicaCount: 1\n', reason: 'it has no list extraEnv' },
    {
      what: 'the two lines of the documentation',
      text: "extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n",
      reason: 'lacks IDP_PROVIDER, so the platform would fall back to the sign-in "local"',
    },
  ])('is refused with the whole list to paste: $what', async ({ text, reason }) => {
    put('api.yaml', text);
    const { code, stdout, stderr } = await values(
      'enable',
      '--api',
      'api.yaml',
      '--chart-version',
      '2.42.0',
      '--write',
    );
    expect(code).toBe(9);
    expect(stderr).toContain(reason);
    expect(stderr).toContain('[PLATFORM_VALUES]');
    expect(read('api.yaml')).toBe(text);
    expect(stdout.match(/^ {2}- name: /gm)).toHaveLength(40);
    expect(stdout).not.toContain('***');
    expect(stdout).toContain("  - name: IDP_PROVIDER\n    value: 'keycloak'\n");
    expect(
      stdout.endsWith(
        "  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n",
      ),
    ).toBe(true);
    put('pasted.yaml', stdout);
    expect(await values('enable', '--api', 'pasted.yaml')).toMatchObject({ code: 0, stdout: '' });
  });

  it('is completed with what the file has, its secrets masked', async () => {
    put(
      'api.yaml',
      "extraEnv:\n  - name: ENV\n    value: prod\n  - name: OUR_PASSWORD\n    value: 'hunter2-hunter2'\n",
    );
    const { code, stdout, stderr } = await values('enable', '--api', 'api.yaml');
    expect(code).toBe(9);
    expect(stdout).toContain("  - name: ENV\n    value: 'prod'\n");
    expect(stdout).toContain("  - name: OUR_PASSWORD\n    value: '***'\n");
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('is compared with the chart that you name', async () => {
    put('api.yaml', "extraEnv:\n  - name: ENV\n    value: 'prod'\n");
    put('chart.yaml', 'extraEnv:\n  - name: ENV\n    value: dev\n  - name: WORKERS\n    value: "2"\n');
    const { code, stdout, stderr } = await values(
      'enable',
      '--api',
      'api.yaml',
      '--chart-values',
      'chart.yaml',
    );
    expect(code).toBe(0);
    expect(stdout.match(/^[+-] .*/gm)).toHaveLength(4);
    expect(stderr).toContain('extraEnv leaves out 1 of the 2 variables of the chart.');
    expect((await values('enable', '--api', 'api.yaml', '--chart-values', 'ui.yaml')).code).toBe(2);
  });

  it('of an old chart has other variables than one of a new chart', async () => {
    put('api.yaml', 'a: 1\n');
    const old = await values('enable', '--api', 'api.yaml', '--chart-version', '2.21.0');
    expect(old.stdout).toContain('IMAGE_GENERATION_MODEL');
    const newest = await values('enable', '--api', 'api.yaml');
    expect(newest.stdout).not.toContain('IMAGE_GENERATION_MODEL');
  });

  it('is edited where a comment says that it is meant, as `platform check` takes it', async () => {
    const list = 'extraEnv:\n  - name: SUPERADMIN_EMAIL\n    value: ada@example.com\n';
    put('api.yaml', list);
    const refused = await values('enable', '--api', 'api.yaml');
    expect(refused.code).toBe(9);
    expect(refused.stderr).toContain(
      'write above extraEnv: # codemie: ignore idp-provider-lost because REASON',
    );
    put('api.yaml', `# codemie: ignore idp-provider-lost because people sign in with a password\n${list}`);
    const { code, stdout } = await values('enable', '--api', 'api.yaml');
    expect(code).toBe(0);
    expect(stdout.match(/^[+-] .*/gm)).toHaveLength(4);
    put('api.yaml', `# codemie: ignore idp-provider-lost\n${list}`);
    expect((await values('enable', '--api', 'api.yaml')).code).toBe(9);
    put('api.yaml', `# codemie: ignore idp-provider-lost until 2001-01 because of a test\n${list}`);
    expect((await values('enable', '--api', 'api.yaml')).code).toBe(9);
  });

  it('may have IDP_PROVIDER in customEnv, or leave customEnv to the chart', async () => {
    put(
      'api.yaml',
      'extraEnv:\n  - name: A\n    value: a\ncustomEnv:\n  - name: IDP_PROVIDER\n    value: keycloak\n',
    );
    expect((await values('enable', '--api', 'api.yaml')).code).toBe(0);
  });

  it('does not stop the end of a migration or a rollback', async () => {
    put('api.yaml', `extraEnv:\n${MIGRATION_LINES}`);
    const off = await values('migration-off', '--api', 'api.yaml', '--write');
    expect(off.code).toBe(0);
    expect(read('api.yaml')).toBe('extraEnv: []\n');
    expect(off.stderr).toContain('extraEnv is an empty list now. It still replaces the list of the chart');
  });
});

describe('a file that cannot be edited', () => {
  const SOPS =
    'extraEnv:\n  - name: A\n    value: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n  mac: x\n';

  it('gets the list for the import to paste, the secret by reference', async () => {
    put('api.yaml', SOPS);
    const { code, stdout, stderr } = await values(
      'migration-on',
      '--api',
      'api.yaml',
      ...IMPORT,
      '--limit',
      '7',
    );
    expect(code).toBe(9);
    expect(stderr).toContain('api.yaml was not changed: it is encrypted with SOPS');
    expect(stdout).toContain("  - name: USER_PROJECT_LIMIT\n    value: '7'\n");
    expect(stdout.endsWith(MIGRATION_LINES)).toBe(true);
    expect(stdout).not.toContain('ENC[');
  });

  it('gets the names to remove after the import, and no list', async () => {
    put('api.yaml', SOPS);
    const { code, stdout, stderr } = await values('migration-off', '--api', 'api.yaml', '--write');
    expect({ code, stdout }).toEqual({ code: 9, stdout: '' });
    expect(stderr).toContain(
      'Remove every variable that starts with KEYCLOAK_MIGRATION_ or KEYCLOAK_ADMIN_ by hand.',
    );
    expect(read('api.yaml')).toBe(SOPS);
  });

  it('is named with the line where Helm stops', async () => {
    put('api.yaml', 'replicaCount: 1\nextraEnv:\n  A: a\n');
    const { code, stderr } = await values('enable', '--api', 'api.yaml');
    expect(code).toBe(9);
    expect(stderr).toContain('api.yaml:2 was not changed: extraEnv is not a list.');
  });
});

describe('the end of the import', () => {
  it('names values that still refer to a variable of it', async () => {
    put(
      'api.yaml',
      `extraEnv:\n  - name: LOGOUT\n    value: $(KEYCLOAK_ADMIN_URL)/logout\n${MIGRATION_LINES}`,
    );
    const { code, stdout, stderr } = await values('migration-off', '--api', 'api.yaml');
    expect(code).toBe(0);
    expect(stdout.match(/^- {2}- name: KEYCLOAK_\w+/gm)).toHaveLength(5);
    expect(stderr).toContain('Another value still refers to $(KEYCLOAK_ADMIN_URL), which is gone now.');
    expect(stderr).not.toContain('USER_PROJECT_LIMIT to 3');
  });

  it('leaves the UI alone', async () => {
    const { code, stdout } = await values('migration-off', '--api', 'api.yaml', '--ui', 'ui.yaml', '--write');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(read('ui.yaml')).toBe(UI_FILE);
  });
});

describe('who does not need the import', () => {
  it('is told by migration-on', async () => {
    const { stderr } = await values('migration-on', '--api', 'api.yaml', ...IMPORT);
    expect(stderr).toContain(
      'Not needed for a fresh installation, and without effect unless IDP_PROVIDER is keycloak.',
    );
    expect(stderr).toContain('codemie platform values migration-off --api api.yaml --write');
  });

  it('is refused where another identity provider is in use', async () => {
    put('api.yaml', OPERATORS_FILE.replace('"keycloak"', '"oidc"'));
    const { code, stderr } = await values('migration-on', '--api', 'api.yaml', ...IMPORT);
    expect(code).toBe(9);
    expect(stderr).toContain(
      'IDP_PROVIDER is oidc, and the import only runs with keycloak: you do not need it',
    );
  });
});

describe('a variable that stands twice', () => {
  const text = chartList('2.26.0', [
    '  - name: ENABLE_USER_MANAGEMENT',
    '    value: "true"',
    '  - name: USER_PROJECT_LIMIT',
    '    value: "3"',
    '  - name: KEYCLOAK_ADMIN_URL',
    '    value: "https://k"',
    'customEnv:',
    '  - name: ENABLE_USER_MANAGEMENT',
    '    value: "false"',
    '  - name: KEYCLOAK_ADMIN_URL',
    '    value: "https://k"',
  ]);

  it.each([['--chart-version', '2.26.0'], []])('may vanish from the Deployment: %s %s', async (...flags) => {
    put('api.yaml', text);
    const { stderr } = await values('enable', '--api', 'api.yaml', ...flags);
    expect(stderr).toMatch(/ENABLE_USER_MANAGEMENT stands in 2 places \(lines \d+, \d+\)/);
    expect(stderr).toContain('may delete the variable');
    expect(stderr).toContain(
      'kubectl set env deployment/codemie-api ENABLE_USER_MANAGEMENT=VALUE -n codemie',
    );
  });

  it('is fine where both lists are merged by name already', async () => {
    put('api.yaml', text);
    const { stderr } = await values('enable', '--api', 'api.yaml', '--chart-version', '2.27.0');
    expect(stderr).not.toContain('stands in');
  });

  it('is removed in both, and you are told to look', async () => {
    put('api.yaml', text);
    const { stderr, stdout } = await values('migration-off', '--api', 'api.yaml');
    expect(stdout.match(/^-.*KEYCLOAK_ADMIN_URL/gm)).toHaveLength(2);
    expect(stderr).toContain('KEYCLOAK_ADMIN_URL stands in 2 places');
    expect(stderr).toContain('check that it is gone');
  });
});

describe('a secret in a values file', () => {
  const secret = 's3cret-in-git-0815';
  const text = OPERATORS_FILE.replace(
    '  - name: TRIGGER_ENGINE_ENABLED\n    value: "true"\n',
    `  - name: KEYCLOAK_ADMIN_CLIENT_SECRET\n    value: "${secret}"\n  - name: TLS_PRIVATE_KEY\n    value: |\n      -----BEGIN-----\n      ${secret}\n  - name: OTHER_URL\n    value: https://me:${secret}@example.com\n`,
  );

  it.each(['migration-on', 'migration-off', 'enable'])('is shown by no output of %s', async (action) => {
    put('api.yaml', text);
    const given = action === 'migration-on' ? IMPORT : [];
    const { code, stdout, stderr } = await values(action, '--api', 'api.yaml', ...given);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[ -].*\*\*\*$/m);
    expect(stdout + stderr).not.toContain(secret);
    expect(stderr).toContain('masks secrets (***), so patch cannot apply it; --write makes the change.');
    expect(read('api.yaml')).toContain(secret);
    const written = await values(action, '--api', 'api.yaml', ...given, '--write');
    expect(written.stdout + written.stderr).not.toContain(secret);
    expect(read('api.yaml')).not.toContain('***');
  });

  it('is masked in what is refused, too', async () => {
    put('api.yaml', text.replace('IDP_PROVIDER', 'ANOTHER_NAME'));
    const { code, stdout, stderr } = await values('enable', '--api', 'api.yaml');
    expect(code).toBe(9);
    expect(stdout + stderr).not.toContain(secret);
  });

  it('of the import is never taken from the command line', async () => {
    const { code } = await values('migration-on', '--api', 'api.yaml', ...IMPORT, '--client-secret', secret);
    expect(code).toBe(2);
  });
});

describe('writing', () => {
  it.skipIf(!HAS_FILE_MODES)('keeps the mode of the file, and a link to it', async () => {
    chmodSync(join(cwd, 'api.yaml'), 0o664);
    symlinkSync('api.yaml', join(cwd, 'link.yaml'));
    const { code, stdout } = await values('enable', '--api', 'link.yaml', '--write');
    expect(code).toBe(0);
    expect(stdout).toContain('+++ link.yaml');
    expect(lstatSync(join(cwd, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(statSync(join(cwd, 'api.yaml')).mode & 0o777).toBe(0o664);
    expect(read('api.yaml')).toContain('ENABLE_USER_MANAGEMENT');
    expect(readdirSync(cwd).sort()).toEqual(['api.yaml', 'link.yaml', 'ui.yaml']);
  });

  it('touches no file that needs no change', async () => {
    await values('enable', '--api', 'api.yaml', '--write');
    const { mtimeNs, ino } = statSync(join(cwd, 'api.yaml'), { bigint: true });
    await values('enable', '--api', 'api.yaml', '--write');
    const after = statSync(join(cwd, 'api.yaml'), { bigint: true });
    expect([after.mtimeNs, after.ino]).toEqual([mtimeNs, ino]);
  });

  it('changes neither file where one of them is refused', async () => {
    put('ui.yaml', '{}\n');
    const { code, stdout, stderr } = await values(
      'enable',
      '--api',
      'api.yaml',
      '--ui',
      'ui.yaml',
      '--write',
    );
    expect(code).toBe(9);
    expect(stdout).toBe('viteEnableUserManagement: true\nviteEnableBudgetManagement: true\n');
    expect(stderr).toContain('ui.yaml:1 was not changed');
    expect(read('api.yaml')).toBe(OPERATORS_FILE);
  });
});

describe('wrong use', () => {
  it.each([
    { args: ['enable'], says: 'Give their file with --api.' },
    { args: ['enable', '--api', 'absent.yaml'], says: 'absent.yaml cannot be read: it does not exist.' },
    { args: ['enable', '--api', '.'], says: 'it is a folder' },
    { args: ['enable', '--api', 'api.yaml', '--limit', '-1'], says: 'limit' },
    { args: ['enable', '--api', 'api.yaml', '--limit', '3.5'], says: '3.5 is not a limit.' },
    { args: ['enable', '--api', 'api.yaml', '--limit', '99999999999'], says: 'is not a limit.' },
    { args: ['enable', '--api', 'api.yaml', '--chart-version', 'latest'], says: 'latest is not a version.' },
    { args: ['enable', '--api', 'api.yaml', '--budgets', 'maybe'], says: 'budgets' },
    { args: ['migration-on', '--api', 'api.yaml', '--realm', 'r'], says: 'Give it with --keycloak-url.' },
    {
      args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', 'https://k'],
      says: 'Give it with --realm.',
    },
    {
      args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', 'https://k/realms/r'],
      says: 'without a realm',
    },
    {
      args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', 'https://me:pw@k'],
      says: 'without a sign-in',
    },
    { args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', 'keycloak'], says: 'base URL' },
    { args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', ' https://k'], says: 'base URL' },
    { args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', 'https://k\n'], says: 'base URL' },
    ...['', ' r', 'r\n', 'r\nx'].map((realm) => ({
      args: ['migration-on', '--api', 'api.yaml', '--keycloak-url', 'https://k', '--realm', realm],
      says: '--realm is not a name.',
    })),
    { args: ['enable', '--api', 'api.yaml', '--ui', './api.yaml', '--write'], says: 'the same file' },
  ])('exits with 2: $args', async ({ args, says }) => {
    const { code, stderr, stdout } = await values(...args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('takes a link to the file of the API for that file', async () => {
    symlinkSync('api.yaml', join(cwd, 'link.yaml'));
    const { code, stderr } = await values('enable', '--api', 'api.yaml', '--ui', 'link.yaml', '--write');
    expect(code).toBe(2);
    expect(stderr).toContain('the same file');
    expect(read('api.yaml')).toBe(OPERATORS_FILE);
  });

  it('says that a file is not text', async () => {
    writeFileSync(join(cwd, 'api.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]));
    const { code, stderr } = await values('enable', '--api', 'api.yaml');
    expect(code).toBe(2);
    expect(stderr).toContain('it is not text in UTF-8');
  });
});
