import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { clientVersion } from '../../src/platform-api/client-version.ts';

it.each([
  ['1.0.0', 'codemie-cli/1.0.0'],
  ['1.2.3-next.3', 'codemie-cli/1.2.3'],
  ['2.0.0-rc.1+build.5', 'codemie-cli/2.0.0'],
  ['2.0.0+build-5', 'codemie-cli/2.0.0'],
])('a platform never receives the pre-release part of %s', (version, expected) => {
  expect(clientVersion(version)).toBe(expected);
});

it('a minimum version for the existing CLI does not lock this one out', () => {
  const read = (name: string): { version: string } =>
    JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
  const versions = [read('package.json').version, read('package-lock.json').version];
  expect(Number(versions[0]?.split('.')[0])).toBeGreaterThanOrEqual(1);
  expect(versions[1]).toBe(versions[0]);
});
