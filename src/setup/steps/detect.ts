import { keptApiBase } from '../../config/api-base.ts';
import { createPlatform } from '../../platform-api/client.ts';
import {
  discoverPlatform,
  type PlatformFacts,
  type SignInWay,
} from '../../platform-api/discover/platform.ts';
import { confirmApiBase } from '../../sign-in/confirm-api-base.ts';
import type { Step } from '../step.ts';

const WAYS: Readonly<Record<SignInWay, string>> = {
  oidc: 'CodeMie SSO',
  'hand-off': "sign-in in the platform's own page",
  local: 'e-mail and password',
};

const ACCESS = {
  platform: 'Access is managed in the platform.',
  'identity-provider': 'Access is managed in the identity provider.',
} as const;

/** Asks the platform what it is and offers, and whether it is healthy, before anything is asked of the person. */
export const detect: Step = {
  id: 'detect',
  applies: ({ flags }) => flags.method !== 'api-key',
  run: async (context, answers) => {
    if (answers.origin === undefined) return;
    const kept = keptApiBase(answers.origin, answers.config.profiles[answers.profileName]?.apiUrl);
    const { origin, apiBase } = await confirmApiBase(context, { origin: answers.origin, apiBase: kept });
    Object.assign(answers, { origin, apiBase });
    const { terminal } = context;
    const progress = await terminal.progress(`Asking ${origin} what it offers …`);
    try {
      answers.facts = await discoverPlatform(context, origin, apiBase);
      if (!answers.facts.guarded) await createPlatform(context, origin, undefined, apiBase).health();
    } catch (error) {
      progress.fail();
      throw error;
    }
    const { version, guarded } = answers.facts;
    progress.done(
      guarded
        ? `${origin} is guarded: it says nothing of itself before you sign in.`
        : `Found CodeMie ${version ?? 'of an unknown version'} at ${origin}.`,
    );
    for (const line of describe(answers.facts)) terminal.say(`  ${line}`);
  },
};

/** What is known and no more. */
function describe({ identityProvider, ways, access, guarded }: PlatformFacts): string[] {
  const by = identityProvider === undefined ? '' : `; identity provider ${identityProvider.issuer}`;
  const offered = ways.map((way) => WAYS[way]).join(', ');
  const way = offered === '' ? 'It takes bearer tokens' : `It offers ${offered}, and takes bearer tokens`;
  if (guarded) return [`You sign in at its own page, in the browser; it takes bearer tokens, too${by}.`];
  return [`${way}${by}.`, access === undefined ? 'It does not say where access is managed.' : ACCESS[access]];
}
