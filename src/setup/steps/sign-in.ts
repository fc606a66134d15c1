import { openAccess } from '../../credentials/find/find-access.ts';
import { createPlatform } from '../../platform-api/client.ts';
import { STORE_LABELS } from '../../secrets/store.ts';
import { signIn as perform } from '../../sign-in/sign-in.ts';
import { chooseStore } from '../choose-store.ts';
import type { Step } from '../step.ts';

/** SSO: the same sign-in as `profile login`, which stores the credential and links it to the profile. */
export const signIn: Step = {
  id: 'sign-in',
  applies: (answers) => answers.method === 'sso',
  run: async (context, answers) => {
    const { flags, profileName, origin, apiBase, facts } = answers;
    const result = await perform(context, {
      url: origin,
      apiBase,
      facts,
      profile: profileName,
      store: await chooseStore(context, answers),
      method: flags.device ? 'device' : 'auto',
      openBrowser: !flags.noBrowser,
      timeoutMs: flags.timeoutMs,
      as: flags.as,
    });
    answers.store = result.store;
    for (const notice of result.notices) context.terminal.say(notice);
    const who =
      result.user?.email ?? result.user?.name ?? result.credential.identity.id ?? 'an unnamed account';
    if (result.verified)
      context.terminal.success(`Signed in as ${who}. Saved in ${STORE_LABELS[result.store]}.`);
    const access = await openAccess(context, { profile: profileName, baseUrl: origin });
    answers.platform = createPlatform(context, result.origin, access);
  },
};
