import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splice } from '../../../../src/change/unified-diff.ts';
import { editApi } from '../../../../src/platform/helm/edit/api.ts';
import { readValues } from '../../../../src/platform/helm/edit/file.ts';
import { NotEditable } from '../../../../src/platform/helm/edit/text.ts';
import { type Action, type Given, wantsFor } from '../../../../src/platform/helm/edit/wants.ts';
import { dataOf } from '../../../../src/platform/helm/nodes.ts';
import { readHelmYaml } from '../../../../src/platform/helm/yaml.ts';
import { IMPORT_VARIABLES } from '../../../../src/platform/import-settings.ts';
import { isRecord } from '../../../../src/system/json.ts';

/*
 * Values files of every shape that people write: columns, quotes, comments in odd columns, blank lines, line ends,
 * entries in braces, block texts, anchors, lists in customEnv and in pools.
 */

const GIVEN: Given = { keycloakUrl: 'https://keycloak.example.com', realm: 'codemie-prod' };
const NAMES = [
  'ENABLE_USER_MANAGEMENT',
  'USER_PROJECT_LIMIT',
  ...IMPORT_VARIABLES,
  'ENV',
  'IDP_PROVIDER',
  'PG_URL',
];

const value = fc.constantFrom(
  "'true'",
  '"false"',
  "'3'",
  '5',
  'on',
  'plain text',
  '"a # b"',
  "'it''s'",
  '&a "x"',
  '|\n        block: text\n        # not a comment',
  '>-\n        folded',
  '',
  '~',
  'https://k:8443/auth  # a comment',
);
const reference = fc.constantFrom(
  'valueFrom:\n      secretKeyRef:\n        name: s\n        key: k',
  'valueFrom: { secretKeyRef: { name: s, key: k } }',
);
const noise = fc.constantFrom(
  '',
  '\n',
  '  # a comment\n',
  '# in the first column\n',
  '      # deep\n',
  '\n\n',
  '  #\ttab\n',
);
const item = fc
  .tuple(
    noise,
    fc.constantFrom(...NAMES),
    fc.oneof(
      value.map((text) => `value: ${text}`),
      reference,
    ),
    fc.nat(5),
  )
  .map(([before, name, rest, form]) => {
    if (form === 0 && !/\n|#|^value: $/.test(rest)) return `${before}  - { name: ${name}, ${rest} }\n`;
    if (form === 1) return `${before}  - ${rest}\n    name: ${name}\n`;
    return `${before}  - name: ${form === 2 ? `"${name}"` : name}${form === 3 ? '   # why' : ''}\n    ${rest}\n`;
  });
const list = (key: string, most: number) =>
  fc.array(item, { minLength: 1, maxLength: most }).map((items) => `${key}:\n${items.join('')}`);
const pool = fc
  .array(item, { minLength: 1, maxLength: 3 })
  .map((items) => `dsPool:\n  enabled: true\n  extraEnv:\n${items.join('').replace(/^(?=.)/gm, '  ')}`);
const file = fc
  .tuple(
    list('extraEnv', 6),
    fc.option(list('customEnv', 3), { nil: '', freq: 1 }),
    fc.option(pool, { nil: '', freq: 1 }),
    fc.constantFrom('', 'replicaCount: 1\n\n', '# -- head\nimage:\n  tag: ""\n'),
    fc.constantFrom(
      '',
      'resources: {}\n',
      'extraVolumes: |\n  - name: KEYCLOAK_ADMIN_URL\n    value: not a list\n',
    ),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([env, custom, pools, head, tail, isWindows, isEndless]) => {
    const text = `${head}${env}${custom}${pools}${tail}`;
    const ended = isEndless ? text.trimEnd() : text;
    return isWindows ? ended.replaceAll('\n', '\r\n') : ended;
  });

/** @returns undefined for a file that is refused. */
function edited(action: Action, text: string): string | undefined {
  try {
    return splice(text, editApi(readValues(text), wantsFor(action, GIVEN)));
  } catch (error) {
    if (error instanceof NotEditable) return undefined;
    throw error;
  }
}

function dataIn(text: string): Record<string, unknown> {
  const [document] = readHelmYaml(text);
  const data = document?.root === undefined ? undefined : dataOf(document.root);
  if (!isRecord(data)) throw new Error('Helm cannot read it');
  return data;
}

/** Every variable of every list, as `list NAME`, with what it holds. */
function variablesIn(text: string): readonly (readonly [string, unknown])[] {
  const data = dataIn(text);
  const pools = isRecord(data['dsPool']) ? data['dsPool'] : {};
  return [data['extraEnv'], data['customEnv'], pools['extraEnv']].flatMap((entries, index) =>
    (Array.isArray(entries) ? entries : []).map((entry: unknown) => {
      const { name, ...rest } = isRecord(entry) ? entry : {};
      return [`${index} ${String(name)}`, rest] as const;
    }),
  );
}

function without(variables: ReturnType<typeof variablesIn>, names: readonly string[]) {
  return variables.filter(([place]) => !names.includes(place.split(' ')[1] ?? ''));
}

/** Lines that are in one text and not in the other, each as often as it is there. */
function extraLines(text: string, other: string): readonly string[] {
  const rest = other.split(/\r?\n/);
  return text.split(/\r?\n/).filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

describe('any values file', () => {
  let editable = 0;

  it('keeps every other variable and every other value, and a second run changes nothing', () => {
    fc.assert(
      fc.property(file, fc.constantFrom<Action>('enable', 'migration-off', 'disable'), (text, action) => {
        const after = edited(action, text);
        if (after === undefined) return;
        editable += 1;
        const names =
          action === 'enable'
            ? ['ENABLE_USER_MANAGEMENT', 'USER_PROJECT_LIMIT']
            : action === 'disable'
              ? ['ENABLE_USER_MANAGEMENT']
              : IMPORT_VARIABLES;
        expect(without(variablesIn(after), names)).toEqual(without(variablesIn(text), names));
        const { extraEnv: _, customEnv: __, dsPool: ___, ...others } = dataIn(text);
        const { extraEnv: ____, customEnv: _____, dsPool: ______, ...othersNow } = dataIn(after);
        expect(othersNow).toEqual(others);
        expect(edited(action, after)).toBe(after);
        if (action === 'migration-off')
          expect(without(variablesIn(after), IMPORT_VARIABLES)).toEqual(variablesIn(after));
      }),
      { numRuns: 400 },
    );
    expect(editable).toBeGreaterThan(200);
  });

  it('says after `enable` that the mode is on, in every list that says anything', () => {
    fc.assert(
      fc.property(file, (text) => {
        const after = edited('enable', text);
        if (after === undefined) return;
        const on = variablesIn(after).filter(([place]) => place.endsWith(' ENABLE_USER_MANAGEMENT'));
        expect(on.filter(([place]) => !place.startsWith('2 '))).not.toEqual([]);
        for (const [, entry] of on) expect(entry).toEqual({ value: 'true' });
      }),
      { numRuns: 150 },
    );
  });

  it('gets back its bytes when what `enable` added is all that `disable` changes', () => {
    fc.assert(
      fc.property(file, (text) => {
        const on = edited('enable', text);
        if (on === undefined) return;
        const off = edited('disable', on);
        if (off === undefined) throw new Error('what was edited once can be edited again');
        expect(edited('enable', off)?.replaceAll('"', "'")).toBe(on.replaceAll('"', "'"));
        const [come, gone] = [extraLines(off, on), extraLines(on, off)];
        expect(come).toHaveLength(gone.length);
        for (const line of come) expect(line).toMatch(/false/);
      }),
      { numRuns: 150 },
    );
  });

  it('holds the import after `migration-on`, and as before after `migration-off`', () => {
    fc.assert(
      fc.property(file, (text) => {
        const clean = edited('migration-off', text);
        const enabled = clean === undefined ? undefined : edited('enable', clean);
        const on = enabled === undefined ? undefined : edited('migration-on', enabled);
        if (on === undefined || enabled === undefined) return;
        const secret = variablesIn(on).find(([place]) => place === '0 KEYCLOAK_ADMIN_CLIENT_SECRET');
        expect(secret?.[1]).toEqual({
          valueFrom: { secretKeyRef: { name: 'codemie-migration-secret', key: 'client_secret' } },
        });
        expect(extraLines(enabled, on)).toEqual([]);
        expect(edited('migration-off', on)).toBe(enabled);
      }),
      { numRuns: 150 },
    );
  });
});
