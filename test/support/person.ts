import { onTestFinished } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/start.ts';
import { browse } from './browser.ts';
import { type Outcome, outcomeOf } from './commands.ts';
import { type TestContext, type TestContextOptions, testContext } from './context.ts';

/** A user at a machine with a browser that completes a sign-in automatically. */
export interface Person {
  readonly context: TestContext;
  /** Runs a command; its words are separated by spaces. */
  run(line: string): Promise<Outcome>;
  /** The same with `--json`. @returns what it printed. */
  json(line: string): Promise<Record<string, unknown>>;
}

export function person(options: TestContextOptions = {}): Person {
  const context = testContext({
    onOpen: (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
    ...options,
    env: { BROWSER: 'a-browser', ...options.env },
  });
  const run = (line: string): Promise<Outcome> => outcomeOf(context, ...line.split(' '));
  return { context, run, json: async (line) => JSON.parse((await run(`${line} --json`)).stdout) };
}

/** A complete platform in this process, stopped after the test; its sign-in pages sign in as Ada. */
export async function sandboxFor(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ autoApprove: 'ada', ...options });
  onTestFinished(() => sandbox.close());
  return sandbox;
}

/** A user who is signed in to a sandbox. */
export async function signedIn(options: TestContextOptions = {}): Promise<Person & { readonly url: string }> {
  const { url } = await sandboxFor();
  const ada = person(options);
  const { code, stderr } = await ada.run(`profile login --url ${url} --store plaintext-file`);
  if (code !== 0) throw new Error(stderr);
  return { ...ada, url };
}
