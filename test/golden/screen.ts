import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type { TestContext, TestContextOptions } from '../support/context.ts';
import { memoryKeychain } from '../support/keychain.ts';
import type { Person } from '../support/person.ts';
import { root } from '../support/program.ts';

/** When every screen is looked at. */
const NOW = Date.parse('2026-03-02T09:00:00Z');

/** What is different on every machine and in every run, and what a screen shows in its place. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/(?:\/[\w.-]+)+\/codemie-test-\w+/g, '/home/ada'],
  [/(http:\/\/(?:127\.0\.0\.1|localhost)):\d{4,5}/g, '$1:PORT'],
  [/127\.0\.0\.1:\d{4,5}/g, '127.0.0.1:PORT'],
  [/%3A\d{4,5}/g, '%3APORT'],
  [/ FORCE_COLOR,/g, ''],
  [/(login\/|port )\d{4,5}/g, '$1PORT'],
  [/([?&](?:state|nonce|code_challenge|user_code|client_id)=)[\w.~-]+/g, '$1…'],
  [/Node\.js \d+\.\d+\.\d+/g, 'Node.js VERSION'],
  [/on (?:linux|darwin|win32) \w+/g, 'on SYSTEM'],
  [/fingerprint [0-9a-f]+/g, 'fingerprint FINGERPRINT'],
  [/process \d+/g, 'process PID'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TOKEN'],
  [/1\.0\.0-test/g, 'VERSION'],
];

const COLORS: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underlined',
  31: 'red',
  32: 'green',
  33: 'yellow',
  34: 'blue',
  35: 'magenta',
  36: 'cyan',
  90: 'grey',
};

/** Colors as words that a reviewer can read: `‹green›ok‹/›`. */
function spelled(text: string): string {
  return text.replace(/\u001b\[(\d+)m/g, (_, code: string) => {
    const name = COLORS[code];
    return name === undefined ? '‹/›' : `‹${name}›`;
  });
}

function masked(text: string): string {
  return MASKS.reduce((seen, [pattern, mask]) => seen.replace(pattern, mask), text);
}

/** A scene: how it comes to the screen, and the command line that shows it. */
export type Scene = (options: TestContextOptions) => Promise<readonly [Person, string]>;

/**
 * Compares the whole screen of a command with `screens/NAME.txt`, at 80 columns, at the same minute of every run. What color
 * adds is in `NAME.color.txt`, where it adds something.
 */
export async function expectScreen(name: string, scene: Scene): Promise<void> {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'UTC';
  onTestFinished(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });
  const plain = await look(scene, {});
  expect(plain).not.toContain('‹');
  await expect(plain).toMatchFileSnapshot(fileOf(name));
  const colored = await look(scene, { FORCE_COLOR: '1' });
  expect(colored.replace(/‹[^›]*›/g, '')).toBe(plain);
  if (colored !== plain) await expect(colored).toMatchFileSnapshot(fileOf(`${name}.color`));
}

/** A keychain in memory, so that screens look as they do on a desktop. */
function keychain(): TestContext['loadKeychain'] {
  const module = memoryKeychain();
  return async () => module;
}

export const fileOf = (name: string): string => join(root, 'test', 'golden', 'screens', `${name}.txt`);

async function look(scene: Scene, env: Record<string, string>): Promise<string> {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  try {
    const [person, line] = await scene({ env, override: { loadKeychain: keychain() } });
    const { code, stdout, stderr } = await person.run(line);
    const both = stdout !== '' && stderr !== '';
    const parts = [`$ codemie ${line}\n`, stderr, both ? '-- on stdout:\n' : '', stdout, `[exit ${code}]\n`];
    return masked(spelled(parts.join('')));
  } finally {
    vi.useRealTimers();
  }
}
