import { expect, it } from 'vitest';
import { requireNode } from '../../src/system/node-version.ts';

it.each([
  ['18.20.8', false],
  ['20.18.3', true],
  // 21.0 to 22.2 are newer, and have less.
  ['22.2.0', false],
])('Node.js %s: says which version is needed, and which one started', (version, hasBuiltinModules) => {
  expect(() => requireNode(version, '/usr/bin/node', hasBuiltinModules)).toThrow(
    expect.objectContaining({
      code: 'NODE_TOO_OLD',
      message: `codemie needs Node.js 20.19, 22.3 or newer, and /usr/bin/node is ${version}.`,
    }),
  );
});

it.each(['20.19.0', '22.15.1', '24.0.0', '30.1.0'])('Node.js %s is new enough', (version) => {
  expect(() => requireNode(version, '/usr/bin/node', true)).not.toThrow();
});
