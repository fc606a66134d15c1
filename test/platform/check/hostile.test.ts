import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPlatform } from '../../../src/platform/check/check.ts';

const check = (text: string) => checkPlatform([{ name: 'a.yaml', text }], {}, 0);

describe('files that nobody wrote by hand', () => {
  it('no text makes it throw, and each finding stands in the file', () => {
    const part = fc.constantFrom(
      'extraEnv:\n',
      'customEnv: ',
      '  - name: ENABLE_USER_MANAGEMENT\n',
      '  - {name: NATS_PASSWORD, value: [x]}\n',
      '    value: on\n',
      '    valueFrom: {secretKeyRef: a}\n',
      '    valueFrom: [1]\n',
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: 1, b: null, c: [x]}\n',
      'apiVersion: v1\nkind: Application\nspec: {sources: [{chart: codemie, helm: {values: 3, parameters: x}}]}\n',
      'apiVersion: v1\nkind: HelmRelease\nspec: {chart: [], values: {extraEnv: {a: b}}, valuesFrom: {}}\n',
      'apiVersion: v1\nkind: Deployment\nspec: {template: {spec: {containers: [{env: [{name: IDP_PROVIDER}]}, 3]}}}\n',
      'apiVersion: v1\nkind: ConfigMap\ndata: {config.js: "window._env_ = {A: \\"b\\"}"}\n',
      'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: {}}]\n',
      'viteEnableUserManagement: {a: 1}\n',
      'dsPool: [1]\n',
      'sops: 1\n',
      '---\n',
      '&a ',
      '*a\n',
      '# codemie: ignore\n',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const lines = text.split('\n').length;
        for (const { line = 0, file } of check(text).findings) {
          expect(file).toBe('a.yaml');
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['blank lines', '\n'.repeat(100_000)],
    ['blanks', `extraEnv: |\n${' '.repeat(100_000)}x`],
    ['comments', '# codemie: ignore\n'.repeat(5000)],
    ['keys', Array.from({ length: 20_000 }, (_, index) => `viteK${index}: 1\n`).join('')],
    ['one variable again and again', `customEnv:\n${'  - {name: ENV, value: prod}\n'.repeat(2000)}`],
  ])('takes no time for many %s', (_, text) => {
    const before = performance.now();
    check(text);
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
