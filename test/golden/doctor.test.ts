import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { TestContextOptions } from '../support/context.ts';
import { person } from '../support/person.ts';
import { addFault } from '../support/program.ts';
import { ada, again, bob, later } from './actors.ts';
import { expectScreen, type Scene } from './screen.ts';

/** Somebody's machine with Claude Code on it, whatever this one has. */
function withClaude(own: Parameters<typeof again>[0], options: TestContextOptions) {
  const bin = join(own.context.userHome, 'bin');
  const folder = join(own.context.userHome, 'claude');
  for (const path of [bin, folder]) mkdirSync(path, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"name":"@anthropic-ai/claude-code","version":"2.1.330"}');
  writeFileSync(join(folder, 'cli.js'), '', { mode: 0o755 });
  symlinkSync(join(folder, 'cli.js'), join(bin, 'claude'));
  return again(own, { ...options, env: { ...options.env, PATH: bin } });
}

const SCENES: Readonly<Record<string, Scene>> = {
  well: async (options) => [withClaude((await ada(options)).own, options), 'doctor'],
  'nothing-set-up': async (options) => [
    person({ ...options, env: { ...options.env, PATH: '/nowhere' } }),
    'doctor',
  ],
  unreachable: async (options) => {
    const { own, platform } = await ada(options);
    await platform.close();
    return [withClaude(own, options), 'doctor'];
  },
  'token-expired': async (options) => {
    const { own } = await bob(options);
    later('3h');
    return [withClaude(own, options), 'doctor'];
  },
  'session-ended': async (options) => {
    const { own, platform } = await ada(options);
    await addFault(platform.controlUrl, { fault: 'revoke-session' });
    await addFault(platform.controlUrl, { fault: 'expire-access' });
    return [withClaude(own, options), 'doctor'];
  },
  offline: async (options) => [withClaude((await ada(options)).own, options), 'doctor --offline'],
};

describe('doctor', () => {
  it.each(Object.entries(SCENES))('%s', async (name, scene) => {
    await expectScreen(`doctor/${name}`, scene);
  });
});
