import { expect, it } from 'vitest';
import { saveProfile } from '../../../src/config/write.ts';
import { codemie } from '../../support/commands.ts';
import { testContext } from '../../support/context.ts';

const URL = 'https://platform.example';
const WORK = { codeMieUrl: URL };
const LLM = { provider: 'litellm', baseUrl: 'https://llm.example/v1' };

it.each([
  ['nothing of an address that is the profile’s own', 'work', { CODEMIE_URL: `${URL}/` }, undefined],
  ['which variable leads to another profile', 'work', { CODEMIE_PROFILE: 'llm' }, 'CODEMIE_PROFILE'],
  ['which variable leads to another address', 'llm', { CODEMIE_URL: URL }, 'CODEMIE_URL'],
  ['the same of the older name', 'llm', { CODEMIE_BASE_URL: URL }, 'CODEMIE_BASE_URL'],
])('profile use says %s', async (_what, name, env, variable) => {
  const context = testContext({ env });
  await saveProfile(context, 'work', WORK, { activate: true });
  await saveProfile(context, 'llm', LLM, { activate: false });
  expect(await codemie(context, 'profile', 'use', name)).toBe(0);
  const said = `Switched to "${name}".\n`;
  const still =
    variable === undefined ? '' : `warning: ${variable} is set and overrides this in the current shell\n`;
  expect(context.out.stderr).toBe(said + still);
});
