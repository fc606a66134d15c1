import { keptApiBase } from '../../config/api-base.ts';
import { createPlatform } from '../../platform-api/client.ts';
import { discoverPlatform, type PlatformFacts } from '../../platform-api/discover/platform.ts';
import { confirmApiBase } from '../../sign-in/confirm-api-base.ts';
import type { Step } from '../step.ts';

/** Asks the platform what it offers and whether it is healthy, before asking the user anything. */
export const detect: Step = {
  id: 'detect',
  applies: ({ flags }) => flags.method !== 'api-key',
  run: async (context, answers) => {
    if (answers.origin === undefined) return;
    const kept = keptApiBase(answers.origin, answers.config.profiles[answers.profileName]?.apiUrl);
    const { origin, apiBase } = await confirmApiBase(context, { origin: answers.origin, apiBase: kept });
    Object.assign(answers, { origin, apiBase });
    const { terminal } = context;
    const progress = await terminal.progress(`Connecting to ${origin}…`);
    try {
      answers.facts = await discoverPlatform(context, origin, apiBase);
      if (!answers.facts.guarded) await createPlatform(context, origin, undefined, apiBase).health();
    } catch (error) {
      progress.fail();
      throw error;
    }
    const { version, guarded } = answers.facts;
    const name = guarded ? origin : `CodeMie${version === undefined ? '' : ` ${version}`}`;
    progress.done(`Connected to ${name}. Sign-in: ${signInOf(answers.facts)}`);
    context.log.debug('the platform described itself', { ...answers.facts });
  },
};

function signInOf({ ways, identityProvider, guarded }: PlatformFacts): string {
  const [first] = ways;
  if (first === 'local') return 'email and password';
  if (first === undefined && !guarded) return 'with a token';
  return `company SSO${identityProvider === undefined ? '' : ` (${new URL(identityProvider.issuer).host})`}`;
}
