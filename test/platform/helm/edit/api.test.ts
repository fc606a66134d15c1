import { describe, expect, it } from 'vitest';
import { splice } from '../../../../src/change/unified-diff.ts';
import { editApi, MissingValue } from '../../../../src/platform/helm/edit/api.ts';
import { readValues } from '../../../../src/platform/helm/edit/file.ts';
import { NotEditable } from '../../../../src/platform/helm/edit/text.ts';
import { type Action, type Given, wantsFor } from '../../../../src/platform/helm/edit/wants.ts';
import { MIGRATION_LINES, OPERATORS_FILE } from '../../../support/values-files.ts';

const IMPORT: Given = { keycloakUrl: 'https://keycloak.example.com', realm: 'codemie-prod' };

function edited(action: Action, text: string, given: Given = {}): string {
  const file = readValues(text);
  return splice(text, editApi(file, wantsFor(action, given)));
}

function refusal(action: Action, text: string, given: Given = {}): NotEditable {
  try {
    edited(action, text, given);
  } catch (error) {
    if (error instanceof NotEditable) return error;
    throw error;
  }
  throw new Error('not refused');
}

/** Lines that went, and lines that came. */
function difference(before: string, after: string): { readonly gone: string[]; readonly come: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const come = [...now];
  const gone = old.filter((line) => {
    const at = come.indexOf(line);
    if (at >= 0) come.splice(at, 1);
    return at < 0;
  });
  return { gone, come };
}

describe('enable', () => {
  it('adds four lines behind the last entry, and none the second time', () => {
    const once = edited('enable', OPERATORS_FILE);
    expect(difference(OPERATORS_FILE, once)).toEqual({
      gone: [],
      come: [
        '  - name: ENABLE_USER_MANAGEMENT',
        '    value: "true"',
        '  - name: USER_PROJECT_LIMIT',
        '    value: "3"',
      ],
    });
    expect(once).toContain(':5432/codemie"\n  - name: ENABLE_USER_MANAGEMENT\n');
    expect(edited('enable', once)).toBe(once);
  });

  it('takes quotes, columns and line ends as the file has them', () => {
    const windows = "extraEnv:\r\n-   name: ENV\r\n    value: 'prod'\r\n";
    expect(edited('enable', windows)).toBe(
      `${windows}-   name: ENABLE_USER_MANAGEMENT\r\n    value: 'true'\r\n-   name: USER_PROJECT_LIMIT\r\n    value: '3'\r\n`,
    );
    const endless = 'extraEnv:\n  - {name: ENV, value: prod}';
    expect(edited('enable', endless)).toBe(
      `${endless}\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n  - name: USER_PROJECT_LIMIT\n    value: '3'`,
    );
  });

  it('changes a value where it stands: in extraEnv, customEnv and pools', () => {
    const text = `extraEnv:
  - name: ENABLE_USER_MANAGEMENT
    value: 'false'   # not yet
  - name: USER_PROJECT_LIMIT
    value: '5'
customEnv:
  - name: enable_user_management
    value: "no"
proxyPool:
  extraEnv:
    - { name: ENABLE_USER_MANAGEMENT, value: 'off' }
`;
    const after = edited('enable', text);
    expect(after).toBe(
      text
        .replace("value: 'false'   # not yet", "value: 'true'   # not yet")
        .replace('value: "no"', "value: 'true'")
        .replace("value: 'off'", "value: 'true'"),
    );
    expect(edited('enable', after)).toBe(after);
  });

  it('adds what only a pool has: that says nothing about the API', () => {
    const text = `extraEnv:
  - name: A
    value: 'a'
dsPool:
  extraEnv:
    - name: ENABLE_USER_MANAGEMENT
      value: 'true'
`;
    expect(difference(text, edited('enable', text)).come).toEqual([
      '  - name: ENABLE_USER_MANAGEMENT',
      "    value: 'true'",
      '  - name: USER_PROJECT_LIMIT',
      "    value: '3'",
    ]);
  });

  it.each(["'true'", '"True"', "'1'", "'yes'", '"on"'])(
    'leaves %s: the server takes it for true',
    (value) => {
      const text = `extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: ${value}\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n`;
      expect(edited('enable', text)).toBe(text);
    },
  );

  it.each(['true', 'on', '"false"', "' true'", '"enabled"', '~'])(
    'replaces %s: the server or Kubernetes does not take it for true',
    (value) => {
      const text = (now: string) =>
        `extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: ${now}\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n`;
      expect(edited('enable', text(value))).toBe(text("'true'"));
    },
  );

  it('gives an entry with an empty value one', () => {
    const text =
      "extraEnv:\n  - value:   # soon\n    name: ENABLE_USER_MANAGEMENT\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n";
    expect(edited('enable', text)).toBe(text.replace('value:   #', "value: 'true'   #"));
  });

  it('keeps the limit that the file has, unless you say another one', () => {
    const text = (limit: string) =>
      `extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n  - name: USER_PROJECT_LIMIT\n    value: ${limit}\n`;
    expect(edited('enable', text("'7'"))).toBe(text("'7'"));
    expect(edited('enable', text("'7'"), { limit: '5' })).toBe(text("'5'"));
    expect(edited('enable', text('7')), 'a number without quotes').toBe(text("'7'"));
    expect(edited('enable', text("'-1'")), 'a limit that fails every new user').toBe(text("'3'"));
    expect(edited('enable', text("'many'"))).toBe(text("'3'"));
  });

  it('edits the last of two lists with the same name, as Helm takes that one', () => {
    const text = 'extraEnv:\n  - name: A\n    value: a\nextraEnv:\n  - name: B\n    value: b\n';
    expect(edited('enable', text)).toBe(
      `${text}  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n`,
    );
  });

  it('stays between the marks of a document', () => {
    const text = '# head\n---\nextraEnv:\n- name: A # a\n  value:\n    a\n...\n';
    expect(edited('enable', text)).toBe(
      text.replace(
        '...\n',
        "- name: ENABLE_USER_MANAGEMENT\n  value: 'true'\n- name: USER_PROJECT_LIMIT\n  value: '3'\n...\n",
      ),
    );
  });

  it('keeps a byte order mark and anchors', () => {
    const text =
      `\ufeffcommon: &common\n  a: 1\nextraEnv: &env\n  - &first\n    name: A\n    value: a\n  - &last { name: B, value: *x }\n`.replace(
        ' *x',
        ' b',
      );
    expect(edited('enable', text)).toBe(
      `${text}  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n  - name: USER_PROJECT_LIMIT\n    value: '3'\n`,
    );
  });
});

describe('what cannot be edited safely', () => {
  it.each([
    { what: 'no list', text: 'replicaCount: 1\n', reason: /extraEnv is not in the file/ },
    { what: 'an empty list', text: 'extraEnv: []\n', reason: /is empty/ },
    { what: 'a list that is null', text: 'extraEnv:\n', reason: /is empty/ },
    { what: 'a map', text: 'a: 1\nextraEnv:\n  A: a\n', reason: /is not a list/, line: 2 },
    {
      what: 'a text',
      text: 'extraEnv: |\n  - name: A\n    value: {{ .x }}\n',
      reason: /is not a list/,
      line: 1,
    },
    { what: 'a list in brackets', text: 'extraEnv: [{name: A, value: a}]\n', reason: /square brackets/ },
    { what: 'an alias', text: 'e: &e\n  - name: A\n    value: a\nextraEnv: *e\n', reason: /alias/, line: 4 },
    {
      what: 'a value from a ConfigMap',
      text: 'extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    valueFrom:\n      configMapKeyRef: { name: a, key: b }\n',
      reason: /takes its value from elsewhere/,
      line: 2,
    },
    {
      what: 'an entry behind an alias',
      text: "on: &on\n  name: ENABLE_USER_MANAGEMENT\n  value: 'false'\nextraEnv:\n  - *on\n",
      reason: /alias/,
    },
    {
      what: 'a value whose anchor is used elsewhere',
      text: "extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: &off 'false'\n  - name: OTHER\n    value: *off\n",
      reason: /more than the variables/,
    },
    {
      what: 'an entry without a value',
      text: 'extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n',
      reason: /neither value nor valueFrom/,
      line: 2,
    },
    {
      what: 'a dash on a line of its own',
      text: 'extraEnv:\n  -\n    name: A\n    value: a\n',
      reason: /behind its dash/,
    },
    { what: 'a file in which a key is a template', text: '{{ toYaml .Values.env }}\n', reason: /template/ },
    {
      what: 'a file with a tab as indentation',
      text: 'extraEnv:\n\t- name: A\n',
      reason: /Helm could not read it/,
    },
    {
      what: 'several documents',
      text: 'extraEnv:\n  - name: A\n    value: a\n---\nb: 1\n',
      reason: /several documents/,
    },
    { what: 'an empty file', text: '# nothing\n', reason: /is empty/ },
    { what: 'a list as the file', text: '- a\n', reason: /does not hold a map/ },
    {
      what: 'a SOPS file',
      text: 'extraEnv:\n  - name: A\n    value: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:x]\n',
      reason: /encrypted with SOPS/,
    },
    {
      what: 'a document of Argo CD',
      text: 'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    helm:\n      values: |\n        extraEnv: []\n',
      reason: /a Kubernetes document \(Application\)/,
      line: 2,
    },
  ])('is refused: $what', ({ text, reason, line }) => {
    const { message, line: at } = refusal('enable', text);
    expect(message).toMatch(reason);
    if (line !== undefined) expect(at).toBe(line);
  });

  it('is left alone where nothing has to change in it', () => {
    for (const text of [
      'extraEnv: [{name: A, value: a}]\n',
      'e: &e\n  - name: A\n    value: a\nextraEnv: *e\n',
      'replicaCount: 1\n',
      'extraEnv:\n',
    ]) {
      expect(edited('migration-off', text)).toBe(text);
      expect(edited('disable', text)).toBe(text);
    }
  });
});

describe('migration-on', () => {
  it('adds what the import needs, the secret by reference', () => {
    const after = edited(
      'migration-on',
      "extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n",
      IMPORT,
    );
    expect(after).toBe(`extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n${MIGRATION_LINES}`);
    expect(edited('migration-on', after, IMPORT)).toBe(after);
    expect(edited('migration-on', after), 'the file has all of it').toBe(after);
  });

  it('switches platform-managed mode on, too: without it the import does not run', () => {
    const after = edited('migration-on', OPERATORS_FILE, { ...IMPORT, limit: '4' });
    expect(after).toContain('- name: ENABLE_USER_MANAGEMENT\n    value: "true"\n');
    expect(after).toContain('- name: USER_PROJECT_LIMIT\n    value: "4"\n');
  });

  it('replaces a secret in plain text by a reference, also in braces', () => {
    const block = 'extraEnv:\n  - name: KEYCLOAK_ADMIN_CLIENT_SECRET\n    value: s3cret-in-git   # rotate\n';
    const after = edited('migration-on', block, IMPORT);
    expect(after).toContain(
      '  - name: KEYCLOAK_ADMIN_CLIENT_SECRET\n    valueFrom:\n      secretKeyRef:\n        name: codemie-migration-secret\n        key: client_secret   # rotate\n',
    );
    expect(after).not.toContain('s3cret');
    const flow = 'extraEnv:\n  - { name: KEYCLOAK_ADMIN_CLIENT_SECRET, value: s3cret-in-git }\n';
    expect(edited('migration-on', flow, IMPORT)).toContain(
      '- { name: KEYCLOAK_ADMIN_CLIENT_SECRET, valueFrom: { secretKeyRef: { name: codemie-migration-secret, key: client_secret } } }',
    );
  });

  it('keeps what the file says where you say nothing, and asks for what nobody says', () => {
    const text = MIGRATION_LINES.replace('codemie-migration-client', 'ours').replace('client_secret', 'ours');
    const file = `extraEnv:\n  - name: ENABLE_USER_MANAGEMENT\n    value: 'true'\n${text}`;
    expect(edited('migration-on', file)).toBe(file);
    expect(edited('migration-on', file, { realm: 'other' })).toBe(file.replace('codemie-prod', 'other'));
    expect(() => edited('migration-on', OPERATORS_FILE, { realm: 'r' })).toThrow(MissingValue);
    expect(() => edited('migration-on', OPERATORS_FILE, { keycloakUrl: 'https://k' })).toThrow(/REALM/);
    const empty = file.replace("'https://keycloak.example.com'", "''");
    expect(() => edited('migration-on', empty)).toThrow(/URL/);
  });

  it('quotes names that YAML would take for something else', () => {
    const after = edited('migration-on', OPERATORS_FILE, { ...IMPORT, secretName: '2026', secretKey: 'on' });
    expect(after).toContain('        name: "2026"\n        key: "on"\n');
  });
});

describe('migration-off', () => {
  const file = (migration: string) => `extraEnv:
  - name: ENABLE_USER_MANAGEMENT
    value: 'true'
${migration}  - name: USER_PROJECT_LIMIT
    value: '3'
# The end of the list.
customEnv:
  - name: LOG_LEVEL
    value: info
`;

  it('takes out what migration-on put in, and nothing else', () => {
    expect(edited('migration-off', file(MIGRATION_LINES))).toBe(file(''));
    expect(edited('migration-off', file(''))).toBe(file(''));
    const on = edited('migration-on', OPERATORS_FILE, IMPORT);
    expect(edited('migration-off', on)).toBe(
      edited('migration-on', OPERATORS_FILE, IMPORT).split('  - name: KEYCLOAK_MIGRATION_ENABLED')[0] +
        OPERATORS_FILE.slice(OPERATORS_FILE.indexOf('\n  # Add extra environment')),
    );
  });

  it('takes out all eight variables, from every list', () => {
    const text = `extraEnv:
  - name: A
    value: a
  - name: KEYCLOAK_MIGRATION_BATCH_SIZE
    value: "500"   # faster
  # a comment that stays
  - name: KEYCLOAK_MIGRATION_LOCK_TIMEOUT_MINUTES
    value: "30"

  - {name: KEYCLOAK_MIGRATION_WAIT_INTERVAL_SECONDS, value: "5"}
customEnv:
  - name: KEYCLOAK_MIGRATION_ENABLED
    value: "true"
  - name: KEYCLOAK_LOGOUT_URL
    value: https://keycloak.example.com
dsPool:
  extraEnv:
    - name: KEYCLOAK_ADMIN_URL
      value: https://keycloak.example.com
    - name: keycloak_admin_realm
      value: codemie-prod
opsPool:
  extraEnv: # only the import
  - name: KEYCLOAK_ADMIN_CLIENT_ID
    value: c
  - name: KEYCLOAK_ADMIN_CLIENT_SECRET
    value: |
      s3cret

`;
    expect(edited('migration-off', text)).toBe(`extraEnv:
  - name: A
    value: a
  # a comment that stays

customEnv:
  - name: KEYCLOAK_LOGOUT_URL
    value: https://keycloak.example.com
dsPool:
  extraEnv: []
opsPool:
  extraEnv: [] # only the import

`);
  });

  it('leaves no line end where there was none', () => {
    expect(
      edited(
        'migration-off',
        'extraEnv:\r\n  - name: A\r\n    value: a\r\n  - name: KEYCLOAK_ADMIN_URL\r\n    value: b',
      ),
    ).toBe('extraEnv:\r\n  - name: A\r\n    value: a');
  });

  it('refuses lists whose entries it cannot take out', () => {
    expect(refusal('migration-off', 'extraEnv: [{name: KEYCLOAK_ADMIN_URL, value: a}]\n').message).toMatch(
      /brackets/,
    );
    expect(
      refusal('migration-off', 'e: &e\n  - name: KEYCLOAK_ADMIN_URL\n    value: a\nextraEnv: *e\n').message,
    ).toMatch(/alias/);
    const anchored =
      'extraEnv:\n  - name: KEYCLOAK_ADMIN_URL\n    value: &url https://k\n  - name: OTHER\n    value: *url\n';
    expect(refusal('migration-off', anchored).message).toMatch(/more than the variables/);
  });
});

describe('disable', () => {
  it('switches off what is on, and touches nothing else', () => {
    const on = edited('enable', OPERATORS_FILE);
    const off = edited('disable', on);
    expect(difference(on, off)).toEqual({ gone: ['    value: "true"'], come: ['    value: "false"'] });
    expect(edited('disable', off)).toBe(off);
    expect(edited('enable', off)).toBe(on);
    expect(edited('disable', OPERATORS_FILE), 'off is the default').toBe(OPERATORS_FILE);
  });
});
