import { createPlatform } from '../../codemie/client.ts';
import { discoverPlatform, type SignInWay } from '../../codemie/discovery.ts';
import { keptApiBase } from '../../config/address.ts';
import { settleApiBase } from '../../sign-in/api-base.ts';
import type { Step } from '../step.ts';

const WAYS: Readonly<Record<SignInWay, string>> = {
  oidc: 'CodeMie SSO',
  'hand-off': 'sign-in in the platform’s own page',
  local: 'e-mail and password',
};

/** Asks the platform what it is and offers, and whether it is healthy, before anything is asked of the person. */
export const detect: Step = {
  id: 'detect',
  applies: ({ flags }) => flags.method !== 'api-key',
  run: async (context, answers) => {
    if (answers.origin === undefined) return;
    const kept = keptApiBase(answers.origin, answers.config.profiles[answers.profileName]?.apiUrl);
    const { origin, apiBase } = await settleApiBase(context, { origin: answers.origin, apiBase: kept });
    Object.assign(answers, { origin, apiBase });
    const progress = await context.terminal.progress(`Asking ${origin} what it offers …`);
    try {
      answers.facts = await discoverPlatform(context, origin, apiBase);
      await createPlatform(context, origin, undefined, apiBase).health();
    } catch (error) {
      progress.fail();
      throw error;
    }
    const { version, identityProvider, ways, userManagement } = answers.facts;
    progress.done(`Found CodeMie ${version ?? 'of an unknown version'} at ${origin}.`);
    const offered = ways.map((way) => WAYS[way]).join(', ');
    context.terminal.say(
      `  It offers ${offered}, and takes bearer tokens${identityProvider === undefined ? '' : `; identity provider ${identityProvider.issuer}`}.`,
    );
    context.terminal.say(
      `  Access is managed ${userManagement ? 'in the platform' : 'in the identity provider'}.`,
    );
  },
};
