import { describe, it } from 'vitest';
import { person, sandboxFor } from '../support/person.ts';
import { fakePlatform } from '../support/platform.ts';
import { addFault } from '../support/program.ts';
import { realPlatform, SAID } from '../support/real-platform.ts';
import { ada, bob, must } from './actors.ts';
import { expectScreen, type Scene } from './screen.ts';

const LOGIN = 'profile login --url';
const LOGOUT = 'profile logout';

const SIGN_IN: Readonly<Record<string, Scene>> = {
  'in-the-browser': async (options) => [person(options), `${LOGIN} ${(await sandboxFor()).url}`],
  'in-the-browser-of-the-platform': async (options) => {
    const { url } = await sandboxFor({ signIn: 'hand-off' });
    return [person(options), `${LOGIN} ${url} --as ada@sandbox.example`];
  },
  'again-in-the-same-profile': async (options) => {
    const { own, platform } = await ada(options);
    return [own, `${LOGIN} ${platform.url}`];
  },
  'in-another-profile': async (options) => {
    const { own, platform } = await ada(options);
    await must(own, `${LOGIN} ${platform.url} --profile second`);
    await must(own, 'profile use default');
    return [own, 'profile list'];
  },
  'with-a-token': async (options) => {
    const sandbox = await sandboxFor();
    const own = person(options);
    own.context.type(await sandbox.mintToken({ user: 'bob', ttlSeconds: 3600 }));
    own.context.endInput();
    return [own, `${LOGIN} ${sandbox.url} --with-token`];
  },
  'with-an-api-key': async (options) => {
    const provider = await fakePlatform((_request, response) => response.end('{"data":[{"id":"gpt-5"}]}'));
    const own = person(options);
    own.context.type('a-key-of-this-test');
    own.context.endInput();
    return [own, `profile login --api-key --provider litellm --url ${provider.origin}`];
  },
  'with-the-identity-of-a-pipeline': async (options) => {
    const sandbox = await sandboxFor();
    const identity = await sandbox.mintToken({ user: 'ada', audience: sandbox.issuer });
    const own = person({ ...options, env: { ...options.env, CODEMIE_ID_TOKEN: identity } });
    return [own, `${LOGIN} ${sandbox.url} --ci`];
  },
  'in-a-plain-file': async (options) => [
    person(options),
    `${LOGIN} ${(await sandboxFor()).url} --store plaintext-file`,
  ],
  'without-an-address': async (options) => [person(options), 'profile login'],
  unreachable: async (options) => [person(options), `${LOGIN} http://127.0.0.1:1`],
  'something-else-answers': async (options) => {
    const { url } = await realPlatform({ instead: SAID.notFound });
    return [person(options), `${LOGIN} ${url}`];
  },
};

const SIGN_OUT: Readonly<Record<string, Scene>> = {
  'sign-in': async (options) => [(await ada(options)).own, LOGOUT],
  'of-a-token': async (options) => [(await bob(options)).own, LOGOUT],
  'of-nobody': async (options) => [person(options), LOGOUT],
  'while-the-platform-is-away': async (options) => {
    const { own, platform } = await ada(options);
    await platform.close();
    return [own, LOGOUT];
  },
  'of-all-profiles': async (options) => {
    const { own, platform } = await ada(options);
    await must(own, `${LOGIN} ${platform.url} --profile second`);
    return [own, `${LOGOUT} --all --yes`];
  },
  'of-a-session-that-had-ended': async (options) => {
    const { own, platform } = await ada(options);
    await addFault(platform.controlUrl, { fault: 'revoke-session' });
    return [own, LOGOUT];
  },
  'by-deleting-the-profile': async (options) => [(await ada(options)).own, 'profile delete default --yes'],
  'by-a-reset': async (options) => [(await ada(options)).own, 'config reset --yes'],
  'then-a-refresh': async (options) => {
    const { own } = await ada(options);
    await must(own, LOGOUT);
    return [own, 'profile refresh'];
  },
};

describe('profile login', () => {
  it.each(Object.entries(SIGN_IN))('%s', async (name, scene) => {
    await expectScreen(`sign-in/${name}`, scene);
  });
});

describe('profile logout', () => {
  it.each(Object.entries(SIGN_OUT))('%s', async (name, scene) => {
    await expectScreen(`sign-out/${name}`, scene);
  });
});
