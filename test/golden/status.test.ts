import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { person, sandboxFor } from '../support/person.ts';
import { addFault } from '../support/program.ts';
import { platformJwt, realPlatform, SAID } from '../support/real-platform.ts';
import { ada, again, bob, carol, later, must } from './actors.ts';
import { expectScreen, type Scene } from './screen.ts';

const STATUS = 'profile status';

const SCENES: Readonly<Record<string, Scene>> = {
  'signed-in-sso': async (options) => [(await ada(options)).own, STATUS],
  'signed-in-session': async (options) => {
    const { own } = await ada(options, { signIn: 'hand-off' }, ' --as ada@sandbox.example');
    later('2h');
    return [own, STATUS];
  },
  'signed-in-token': async (options) => [(await bob(options)).own, STATUS],
  'signed-in-api-key': async (options) => [await carol(options, () => 200), STATUS],
  'signed-in-pipeline': async (options) => {
    const platform = await sandboxFor();
    const identity = await platform.mintToken({ user: 'ada', audience: platform.issuer });
    const own = person({ ...options, env: { ...options.env, CODEMIE_ID_TOKEN: identity } });
    await must(own, `profile login --url ${platform.url} --ci`);
    return [own, STATUS];
  },
  'token-of-the-environment-hides-a-sign-in': async (options) => {
    const { own, platform } = await ada(options);
    const token = await platform.mintToken({ user: 'bob' });
    return [again(own, { ...options, env: { ...options.env, CODEMIE_JWT_TOKEN: token } }), STATUS];
  },
  offline: async (options) => [(await ada(options)).own, `${STATUS} --offline`],
  'expires-soon': async (options) => {
    const { own } = await bob(options);
    later('57m');
    return [own, STATUS];
  },
  expired: async (options) => {
    const { own } = await bob(options);
    later('3h');
    return [own, STATUS];
  },
  ended: async (options) => {
    const { own, platform } = await ada(options);
    await addFault(platform.controlUrl, { fault: 'revoke-session' });
    await addFault(platform.controlUrl, { fault: 'expire-access' });
    return [own, STATUS];
  },
  'refused-account-deactivated': async (options) => {
    const { own, platform } = await ada(options);
    await addFault(platform.controlUrl, { fault: 'account-deactivated' });
    return [own, STATUS];
  },
  'refused-api-key': async (options) => {
    let status = 200;
    const own = await carol(options, () => status);
    status = 401;
    return [own, STATUS];
  },
  'nothing-set-up': async (options) => [person(options), STATUS],
  'not-signed-in': async (options) => {
    const { own } = await ada(options);
    await must(own, 'profile logout');
    return [own, STATUS];
  },
  unreachable: async (options) => {
    const { own, platform } = await ada(options);
    await platform.close();
    return [own, STATUS];
  },
  'not-a-platform': async (options) => {
    const platform = await realPlatform({ instead: SAID.notFound });
    const env = { ...options.env, CODEMIE_URL: platform.url, CODEMIE_JWT_TOKEN: platformJwt() };
    return [person({ ...options, env }), STATUS];
  },
  'settings-of-a-folder-nobody-trusts': async (options) => {
    const { own } = await ada(options);
    const cwd = join(own.context.userHome, 'repository');
    mkdirSync(join(cwd, '.git'), { recursive: true });
    writeFileSync(join(cwd, '.env'), 'CODEMIE_URL=https://elsewhere.example\nCODEMIE_MODEL=their-model\n');
    return [again(own, { ...options, override: { ...options.override, cwd } }), STATUS];
  },
};

describe('profile status', () => {
  it.each(Object.entries(SCENES))('%s', async (name, scene) => {
    await expectScreen(`status/${name}`, scene);
  });
});
