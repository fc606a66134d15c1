import { createHash } from 'node:crypto';
import { signInOidc } from '../../src/sign-in/oidc/sign-in.ts';
import type { SignInRequest } from '../../src/sign-in/request.ts';
import type { Clock } from '../../src/system/clock.ts';
import type { CodemieError } from '../../src/system/errors.ts';
import { browse } from '../support/browser.ts';
import { type TestContext, type TestContextOptions, testContext } from '../support/context.ts';
import { type FakeProvider, visit } from '../support/fake-provider.ts';

/** A machine with a display, whose browser follows every redirect. `pages` holds the last page of each sign-in. */
export function machine(
  options: TestContextOptions = {},
): TestContext & { readonly pages: Promise<string>[] } {
  const pages: Promise<string>[] = [];
  const context = testContext({
    onOpen: (address) => {
      const page = visit(address).then(({ body }) => body);
      page.catch(() => undefined);
      pages.push(page);
      return true;
    },
    ...options,
    env: { DISPLAY: ':0', ...options.env },
  });
  return Object.assign(context, { pages });
}

/**
 * A machine whose browser completes a gateway's sign-in automatically.
 *
 * @param says the answer to the question whether the API is at another address; without it there is no terminal.
 */
export function person(says?: boolean): TestContext {
  const context = testContext({
    env: { BROWSER: 'a-browser' },
    tty: says !== undefined,
    onOpen: async (address) => {
      void browse(address, () => false).catch(() => undefined);
      return true;
    },
  });
  if (says === undefined) return context;
  const prompts = async () => ({
    input: async () => '',
    password: async () => '',
    confirm: async ({ message }: { message: string }) =>
      message.includes('a different address') ? says : true,
    select: async () => '' as never,
  });
  return { ...context, terminal: { ...context.terminal, interactive: true, prompts } };
}

export const asked = (url: string, as = 'ada@x.example'): SignInRequest => ({
  url,
  as,
  store: 'plaintext-file',
  method: 'auto',
  openBrowser: true,
  timeoutMs: 20_000,
});

type Overrides = Partial<Parameters<typeof signInOidc>[1]>;

export function byBrowser(context: TestContext, provider: FakeProvider, overrides: Overrides = {}) {
  return signInOidc(context, {
    origin: 'https://codemie.example.com',
    issuer: provider.issuer,
    clientId: 'codemie-cli',
    route: 'browser',
    openBrowser: true,
    timeoutMs: 10_000,
    callbackPort: 0,
    ...overrides,
  });
}

export function byDevice(context: TestContext, provider: FakeProvider, overrides: Overrides = {}) {
  return byBrowser(context, provider, { route: 'device', timeoutMs: 900_000, ...overrides });
}

/** The error that a promise rejects with. Fails if it resolves. */
export async function failureOf(work: Promise<unknown>): Promise<CodemieError> {
  return work.then(
    () => {
      throw new Error('it succeeded');
    },
    (error: CodemieError) => error,
  );
}

/** The sign-in address, as printed by a program that does not open a browser. Waits for it. */
export async function addressIn(context: TestContext): Promise<URL> {
  for (let tries = 0; tries < 500; tries += 1) {
    const line = context.out.stderr
      .split('\n')
      .find((text) => /^https?:\/\/\S+[?&]code_challenge=/.test(text));
    if (line !== undefined && context.out.stderr.includes('Waiting for')) return new URL(line);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no address: ${context.out.stderr}`);
}

/** The callback address of a waiting sign-in, with these parameters. */
export function callbackOf(address: URL, params: Record<string, string>): string {
  const back = new URL(address.searchParams.get('redirect_uri') ?? '');
  back.search = new URLSearchParams(params).toString();
  return back.href;
}

/** A clock whose sleeps return at once and advance the time. */
export function fastClock(): Clock & { readonly sleeps: number[] } {
  let now = Date.now();
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

export function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
