import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/file.ts';
import { updateConfig } from '../../src/config/write.ts';
import type { OidcCredential } from '../../src/credentials/credential.ts';
import { openAccess } from '../../src/credentials/find/find-access.ts';
import type { SignInRequest } from '../../src/sign-in/request.ts';
import { signIn } from '../../src/sign-in/sign-in.ts';
import type { Prompts } from '../../src/terminal/prompts.ts';
import type { TestContext } from '../support/context.ts';
import { type FakeProvider, fakeProvider } from '../support/fake-provider.ts';
import { failureOf, machine } from './support.ts';

function request(provider: FakeProvider, change: Partial<SignInRequest> = {}): SignInRequest {
  return {
    url: provider.url,
    store: 'plaintext-file',
    method: 'browser',
    openBrowser: true,
    timeoutMs: 5000,
    ...change,
  };
}

const issuerIn = async (context: TestContext, profile: string): Promise<string> =>
  ((await openAccess(context, { profile })).credential as OidcCredential).issuer;

const active = (context: TestContext): string | undefined => readConfig(context.home).activeProfile;

/** A terminal where a person gives these answers. */
function answering(context: TestContext, prompts: Partial<Prompts>): TestContext {
  const terminal = { ...context.terminal, interactive: true, prompts: async () => prompts as Prompts };
  return { ...context, terminal };
}

/** A machine with the active profile "work", which is signed in to the first platform and has a project there. */
async function atWork(provider: FakeProvider): Promise<TestContext> {
  const context = machine();
  await signIn(context, request(provider, { profile: 'work' }));
  await updateConfig(context, (config) => ({
    ...config,
    profiles: {
      ...config.profiles,
      work: { name: 'work', ...config.profiles['work'], codeMieProject: 'alpha', model: 'gpt-5' },
    },
  }));
  return context;
}

it('the printed hint of another profile signs in that profile and leaves the active one signed in', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  await signIn(context, request(b, { profile: 'client' }));
  await updateConfig(context, (config) => {
    const { credential: _gone, ...client } = { name: 'client', ...config.profiles['client'] };
    return { ...config, activeProfile: 'work', profiles: { ...config.profiles, client } };
  });
  const { fix = '' } = await failureOf(openAccess(context, { profile: 'client' }));
  expect(fix).toBe(`codemie profile login --profile client --url ${b.url}`);
  await signIn(context, request(b, { profile: 'client' }));
  expect(await issuerIn(context, 'client')).toBe(b.issuer);
  expect(await issuerIn(context, 'work')).toBe(a.issuer);
  expect(active(context)).toBe('work');
});

it('login --url of another platform creates a new profile, and the active one keeps its sign-in and project', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  const result = await signIn(context, request(b));
  const name = new URL(b.url).host.replace(':', '-');
  expect(result).toMatchObject({ profileName: name, replaced: false, isActive: true });
  expect(context.out.stderr).toContain(
    `Profile "work" is for ${a.url}, so this sign-in uses the new profile "${name}".`,
  );
  expect(await issuerIn(context, 'work')).toBe(a.issuer);
  expect(a.count('/realm/revoke')).toBe(0);
  expect(readConfig(context.home).profiles).toMatchObject({
    work: { codeMieUrl: a.url, codeMieProject: 'alpha', model: 'gpt-5' },
    [name]: { codeMieUrl: b.url },
  });
  expect(readConfig(context.home).profiles[name]).not.toHaveProperty('codeMieProject');
});

it('login --url of a platform with one profile signs in that profile', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  await signIn(context, request(b, { profile: 'client' }));
  await updateConfig(context, (config) => ({ ...config, activeProfile: 'work' }));
  expect(await signIn(context, request(b))).toMatchObject({ profileName: 'client', isActive: false });
  expect(active(context)).toBe('work');
});

it('with several profiles for the platform, login prints the command with --profile and changes nothing', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  await signIn(context, request(b, { profile: 'one' }));
  await signIn(context, request(b, { profile: 'two' }));
  await updateConfig(context, (config) => ({ ...config, activeProfile: 'work' }));
  const before = readConfig(context.home);
  expect(await failureOf(signIn(context, request(b)))).toMatchObject({
    code: 'PROFILE_AMBIGUOUS',
    exit: 'usage',
    message: `Several profiles use ${b.url}: one, two. Choose one with --profile.`,
    fix: `codemie profile login --profile one --url ${b.url}`,
  });
  expect(readConfig(context.home)).toEqual(before);
  const choosing = answering(context, { select: (async () => 'two') as unknown as Prompts['select'] });
  expect(await signIn(choosing, request(b))).toMatchObject({ profileName: 'two' });
});

it('on a terminal, login asks for the name of the new profile', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  const asked: string[] = [];
  const naming = answering(context, {
    input: async ({ message, validate }) => {
      asked.push(message, String(validate?.('work')));
      return 'client';
    },
  });
  expect(await signIn(naming, request(b))).toMatchObject({ profileName: 'client' });
  expect(asked).toEqual([
    `Profile "work" is for ${a.url}. Name for a new profile for ${b.url}:`,
    'Profile "work" already exists.',
  ]);
});

it('a named profile moves to the new platform, says so, and keeps nothing of the old one', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  const result = await signIn(context, request(b, { profile: 'work' }));
  expect(result.notices).toContain(`Profile "work" was for ${a.url} before.`);
  const { work } = readConfig(context.home).profiles;
  expect(work).toMatchObject({ codeMieUrl: b.url });
  expect([work?.codeMieProject, work?.model]).toEqual([undefined, undefined]);
});

it('an address from CODEMIE_URL does not change the active profile either', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  const elsewhere = { ...context, env: { ...context.env, CODEMIE_URL: b.url } };
  expect((await signIn(elsewhere, request(b, { url: undefined }))).profileName).not.toBe('work');
  expect(await issuerIn(context, 'work')).toBe(a.issuer);
});

it('the hint of a failed sign-in names that sign-in’s profile', async () => {
  const [a, b] = [await fakeProvider(), await fakeProvider()];
  const context = await atWork(a);
  b.replies.set('/realm/token', () => ({ status: 400, body: { error: 'access_denied' } }));
  expect(await failureOf(signIn(context, request(b, { profile: 'client' })))).toMatchObject({
    code: 'SIGN_IN_DENIED',
    fix: `codemie profile login --profile client --url ${b.url}`,
  });
  expect(await issuerIn(context, 'work')).toBe(a.issuer);
});
