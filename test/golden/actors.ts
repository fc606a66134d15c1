import { vi } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox/start.ts';
import { parseDuration } from '../../src/system/duration.ts';
import type { TestContextOptions } from '../support/context.ts';
import { type Person, person, sandboxFor } from '../support/person.ts';
import { fakePlatform } from '../support/platform.ts';

/** Moves the clock of the scene. */
export const later = (duration: string): void =>
  void vi.setSystemTime(Date.now() + parseDuration(duration, 'later'));

/** Runs what has to succeed for a scene to begin. */
export async function must(person: Person, line: string, input?: string): Promise<void> {
  if (input !== undefined) {
    person.context.type(input);
    person.context.endInput();
  }
  const { code, stderr } = await person.run(line);
  if (code !== 0) throw new Error(stderr);
}

/** Ada, signed in to a sandbox. */
export async function ada(options: TestContextOptions, sandbox: SandboxOptions = {}, flags = '') {
  const platform = await sandboxFor(sandbox);
  const own = person(options);
  await must(own, `profile login --url ${platform.url}${flags}`);
  return { own, platform };
}

/** The machine of somebody again, in another shell: another environment or folder. */
export function again({ context }: Person, options: TestContextOptions): Person {
  const { HOME = '', CODEMIE_HOME = '' } = context.env;
  return person({ ...options, env: { ...options.env, HOME, CODEMIE_HOME } });
}

/** Bob, with a token that lives for an hour. */
export async function bob(options: TestContextOptions) {
  const platform = await sandboxFor();
  const own = person(options);
  const token = await platform.mintToken({ user: 'bob', ttlSeconds: 3600 });
  await must(own, `profile login --url ${platform.url} --with-token`, token);
  return { own, platform };
}

/** Carol, with the key of a model provider that answers as it is told. */
export async function carol(options: TestContextOptions, status: () => number) {
  const provider = await fakePlatform((_request, response) => {
    response.writeHead(status(), { 'content-type': 'application/json' });
    response.end('{"data":[{"id":"gpt-5"},{"id":"gpt-5-mini"}]}');
  });
  const own = person(options);
  const login = `profile login --api-key --provider litellm --url ${provider.origin}`;
  await must(own, login, 'a-key-of-this-test');
  return own;
}
