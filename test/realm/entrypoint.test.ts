import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withVariables } from '../../src/realm/file/variables.ts';
import type { Json } from '../../src/realm/model/values.ts';
import { temporaryFolder } from '../support/context.ts';
import { ENTRYPOINTS, withEntrypoint } from '../support/entrypoint.ts';

const SUBSTITUTE = `missing=(); substitute "$1"; printf %s "$REPLY"; printf "%s\\n" "\${missing[@]}" >&2`;

/** Texts that a variable of the environment can hold. */
const value = fc
  .string({ unit: 'binary', maxLength: 40 })
  .filter((text) => !text.includes('\0') && Buffer.from(text).toString() === text);
const hostile = fc.constantFrom(
  '"',
  '\\',
  '\\"',
  '\n',
  '\r\n',
  '\t',
  '\u0001',
  '\u001f',
  '\u007f',
  '&',
  '\\&',
  '$',
  '$$',
  `\${A}`,
  `$\${A}`,
  `\${B:x}`,
  '`id`',
  '$(id)',
  '\\u0041',
  "'",
  '}',
  '{',
  '*',
  '~',
  'ü',
  '€',
  '😀',
  ' ',
  '%s',
  '!',
  '[',
  ']',
  '/',
);
const anyValue = fc.oneof(
  value,
  fc.array(hostile, { maxLength: 8 }).map((parts) => parts.join('')),
);

describe('variables in the entrypoint', () => {
  it('every value arrives character for character', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 60 }), (values) => {
        const names = values.map((_, index) => `V_${index}`);
        const text = JSON.stringify(names.map((name) => `[\${${name}}]`));
        const { stdout } = withEntrypoint(
          SUBSTITUTE,
          Object.fromEntries(values.map((one, index) => [`V_${index}`, one])),
          text,
        );
        expect(JSON.parse(stdout)).toEqual(values.map((one) => `[${one}]`));
      }),
      { numRuns: 15 },
    );
  });

  it('nothing is left that Keycloak would replace when it imports the file', () => {
    const { stdout } = withEntrypoint(
      SUBSTITUTE,
      { A: `\${B} $`, B: 'secret of B', username: 'boo' },
      JSON.stringify([
        `\${A}`,
        `\${username}`,
        `\${CLAIM.preferred_username}`,
        `\${role_x}`,
        `$\${A}`,
        `\${C:$5}`,
      ]),
    );
    expect(stdout).not.toContain('$');
    expect(JSON.parse(stdout)).toEqual([
      `\${B} $`,
      `\${username}`,
      `\${CLAIM.preferred_username}`,
      `\${role_x}`,
      `\${A}`,
      '$5',
    ]);
  });

  it('a document gets the values that plan and apply give it', () => {
    const env = { A: `a"b\\c \${B} $&`, B: '', LIST_JSON: '["x"]' };
    const piece = fc.constantFrom(
      `\${A}`,
      `\${B}`,
      `$\${A}`,
      `$$\${A}`,
      `\${A:d}`,
      `\${NONE:}`,
      `\${NONE:a:b$c}`,
      `\${a}`,
      `\${A.b}`,
      `\${}`,
      '$',
      '{',
      '}',
      '"',
      '\\',
      'ü',
      ' ',
      `\${1A}`,
      `\${A_1:x}`,
      `\${A`,
      '\n',
    );
    const text = fc.array(piece, { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 30 }), (texts) => {
        const { stdout } = withEntrypoint(SUBSTITUTE, env, JSON.stringify(texts));
        expect(JSON.parse(stdout)).toEqual(withVariables(texts, env, 'realm.json'));
      }),
      { numRuns: 15 },
    );
  });

  it('an unset variable stops the start before anything happens, and all such names are said at once', () => {
    const folder = temporaryFolder();
    writeFileSync(`${folder}/keycloak-realm.json`, `{"realm":"r","a":"\${FIRST} \${SET} \${EMPTY}"}`);
    writeFileSync(`${folder}/keycloak-identity-providers.json`, `{"a":"\${SECOND_1} \${FIRST}"}`);
    const { status, stderr, stdout } = withEntrypoint(
      'here=$1 keycloak_home=/nowhere; main',
      { SET: 'x', EMPTY: '', KC_BOOTSTRAP_ADMIN_USERNAME: 'a', KC_BOOTSTRAP_ADMIN_PASSWORD: 'secret-p' },
      folder,
    );
    expect({ status, stderr, stdout }).toEqual({
      status: 2,
      stderr: 'keycloak-entrypoint: These variables are not set: FIRST SECOND_1.\n',
      stdout: '',
    });
  });

  it.each(['KC_BOOTSTRAP_ADMIN_USERNAME', 'KC_BOOTSTRAP_ADMIN_PASSWORD'])(
    'without %s nothing starts',
    (name) => {
      const env = { KC_BOOTSTRAP_ADMIN_USERNAME: 'a', KC_BOOTSTRAP_ADMIN_PASSWORD: 'b', [name]: '' };
      delete (env as Record<string, string>)[name];
      expect(withEntrypoint('main', env)).toMatchObject({
        status: 2,
        stderr: `keycloak-entrypoint: ${name} is not set.\n`,
      });
    },
  );

  it.each([
    ['{"a":"b"}', '{}', 'keycloak-realm.json does not name a realm.'],
    ['{"realm":"r"}', undefined, 'keycloak-identity-providers.json cannot be read.'],
    [undefined, '{}', 'keycloak-realm.json cannot be read.'],
  ])('the realm file %s with the providers %s stops the start', (realm, providers, reason) => {
    const folder = temporaryFolder();
    if (realm !== undefined) writeFileSync(`${folder}/keycloak-realm.json`, realm);
    if (providers !== undefined) writeFileSync(`${folder}/keycloak-identity-providers.json`, providers);
    const env = { KC_BOOTSTRAP_ADMIN_USERNAME: 'a', KC_BOOTSTRAP_ADMIN_PASSWORD: 'b' };
    const { status, stderr } = withEntrypoint('here=$1 keycloak_home=/nowhere; main', env, folder);
    expect({ status, stderr }).toEqual({ status: 2, stderr: `keycloak-entrypoint: ${folder}/${reason}\n` });
  });

  it('variables of the shell itself are not variables of the environment', () => {
    const { stderr } = withEntrypoint(
      SUBSTITUTE,
      {},
      `["\${BASH_VERSION}", "\${SECONDS}", "\${REPLY}", "\${UID}"]`,
    );
    expect(stderr.trim().split('\n')).toEqual(['BASH_VERSION', 'SECONDS', 'REPLY', 'UID']);
  });

  it('a variable that holds a JSON list becomes that list', () => {
    const env = { ROLES_JSON: ' ["a$b", "c\\"]", "ü"] ', NONE_JSON: '[]' };
    const { stdout } = withEntrypoint(
      SUBSTITUTE,
      env,
      `{"roles": [ "\${ROLES_JSON}" ], "none": ["\${NONE_JSON}"], "text": "\${NONE_JSON}", "two": ["\${NONE_JSON}", "b"]}`,
    );
    expect(stdout).not.toContain('$');
    expect(JSON.parse(stdout)).toEqual({
      roles: ['a$b', 'c"]', 'ü'],
      none: [],
      text: '[]',
      two: ['[]', 'b'],
    });
  });

  it.each(['', 'a', '[1]', '["a"', '["a" "b"]', '["a"], "x": ["b"]', '{"a":"b"}', '["a\n"]', '["a",]["b"]'])(
    'a variable that should hold a JSON list and holds %j stops the start',
    (list) => {
      const { status, stderr } = withEntrypoint(SUBSTITUTE, { ROLES_JSON: list }, `["\${ROLES_JSON}"]`);
      expect(status).toBe(2);
      expect(stderr).toBe(
        'keycloak-entrypoint: ROLES_JSON is not a JSON list of texts, such as ["one", "two"].\n',
      );
    },
  );
});

describe('JSON in the entrypoint', () => {
  /** What `parse` finds: values by their paths, lengths of lists, and names in objects. */
  function leaves(json: Json, path = ''): Record<string, string> {
    const below = (name: string) => (path === '' ? name : `${path}/${name}`);
    if (Array.isArray(json))
      return Object.assign(
        { [`${path}/#`]: String(json.length) },
        ...json.map((member, index) => leaves(member, below(String(index)))),
      );
    if (typeof json === 'object' && json !== null) {
      const names = Object.keys(json);
      return Object.assign(
        names.length === 0 ? {} : { [`${path}/@`]: names.map((name) => `${name}\n`).join('') },
        ...names.map((name) => leaves((json as Record<string, Json>)[name] as Json, below(name))),
      );
    }
    return { [path]: String(json) };
  }

  function parsed(text: string): Record<string, string> {
    const file = `${temporaryFolder()}/document.json`;
    writeFileSync(file, text);
    const { stdout, stderr, status } = withEntrypoint(
      `declare -A found; parse found "$1"; for key in "\${!found[@]}"; do printf "%s\\0%s\\0" "$key" "\${found["$key"]}"; done`,
      {},
      file,
    );
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const parts = stdout.split('\0').slice(0, -1);
    return Object.fromEntries(
      Array.from({ length: parts.length / 2 }, (_, index) => [parts[2 * index], parts[2 * index + 1]]),
    );
  }

  // Names of members are those of Keycloak: they are not empty and hold neither "/" nor line ends.
  const name = fc.stringMatching(/^[a-z"\\ .ü€$*]{1,6}$/);
  const { document } = fc.letrec<{ document: Json }>((tie) => ({
    document: fc.oneof(
      { depthSize: 'small' },
      anyValue,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('document'), { maxLength: 4 }),
      fc.dictionary(name, tie('document'), { maxKeys: 4 }),
    ),
  }));
  const whole = fc.dictionary(name, document, { minKeys: 1, maxKeys: 8 });

  it('is read with every value, however it is written', () => {
    fc.assert(
      fc.property(whole, fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        const ordinary = JSON.parse(JSON.stringify(json)) as Json;
        expect(parsed(JSON.stringify(json, undefined, indent))).toEqual(leaves(ordinary));
      }),
      { numRuns: 60 },
    );
  });

  it('characters that are written as numbers are read', () => {
    expect(parsed('{"a":"\\u00fc\\u20AC\\ud83d\\ude00\\/\\b\\f","b":[],"c":{}}')).toEqual({
      '/@': 'a\nb\nc\n',
      a: 'ü€😀/\b\f',
      'b/#': '0',
    });
  });

  it('a name that looks like a command is not run', () => {
    const file = `${temporaryFolder()}/document.json`;
    const json = {
      'x[$(echo run >&2)]': [{ alias: '$(echo run >&2)', 'a]=$(echo run >&2)': '`echo run >&2`' }],
    };
    writeFileSync(file, JSON.stringify(json));
    const { stderr } = withEntrypoint(
      `parse want "$1"; parse have "$1"; flow_id["$(printf %s "\${want["x[\\$(echo run >&2)]/0/alias"]}")"]=1; index_of want "x[\\$(echo run >&2)]" "\\$(echo run >&2)"; echo "$REPLY" >&2`,
      {},
      file,
    );
    expect(stderr).toBe('0\n');
  });
});

describe('what others write', () => {
  it.each(['5m', '-1', '0', '08', 'calls[$(echo run >&2)]'])(
    'a time limit that is not a number ends the start: %s',
    (limit) => {
      const { status, stderr } = withEntrypoint(
        'keycloak_home=/nowhere work=/nowhere realm=acme; start_for_preparation',
        { KEYCLOAK_PREPARE_SECONDS: limit },
      );
      expect(status).toBe(2);
      expect(stderr).toBe(
        'keycloak-entrypoint: KEYCLOAK_PREPARE_SECONDS is not a number of seconds, such as 300.\n',
      );
    },
  );

  it('the place of a step stays one, whatever a variable holds', () => {
    const commands = `declare -A want=([s/requirement]=$1 [s/priority]=$2); place_of want s; printf '{%s}' "$REPLY"`;
    const requirement = 'REQUIRED","priority":99,"x":"';
    const { stdout } = withEntrypoint(commands, {}, requirement, '10');
    expect(JSON.parse(stdout)).toEqual({ requirement, priority: 10 });
    const { status, stderr } = withEntrypoint(commands, {}, 'REQUIRED', '1,"x":2');
    expect([status, stderr]).toEqual([2, expect.stringContaining('The priority at s is not a number.')]);
  });

  it('a name on the server makes no line of its own in the log, and moves no cursor', () => {
    const { stderr } = withEntrypoint(
      'say "$1"',
      {},
      'The step "a\u001b[2J\nkeycloak-entrypoint: all well" ü',
    );
    expect(stderr).toBe('keycloak-entrypoint: The step "a [2J keycloak-entrypoint: all well" ü\n');
  });
});

describe('the text of the entrypoint', () => {
  it.each(Object.values(ENTRYPOINTS))('is bash without an error, in every stage', (script) => {
    expect(script).not.toMatch(/\{%|%\}|\{\{/);
    expect(withEntrypoint('bash -n <<<"$1"', {}, script)).toMatchObject({ status: 0, stderr: '' });
  });

  it('only the stage dev starts Keycloak for development', () => {
    const run = (script: string) =>
      withEntrypoint(
        'unset KC_HTTP_PORT KC_HOSTNAME KC_PROXY_HEADERS; . <(printf %s "$1"); ' +
          `echo "\${start_command[*]} $KC_HTTP_PORT \${KC_HOSTNAME-} \${KC_PROXY_HEADERS-}"`,
        { DOMAIN: 'ai.example.com' },
        script,
      ).stdout.trim();
    expect(run(ENTRYPOINTS.dev)).toBe('start-dev 8180');
    expect(run(ENTRYPOINTS.latest)).toBe('start 8080 https://auth.ai.example.com xforwarded');
  });
});
