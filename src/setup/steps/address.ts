import { platformOrigin } from '../../config/api-base.ts';
import { platformAddress } from '../../config/destination.ts';
import type { Context } from '../../context.ts';
import type { Origin } from '../../net/origin.ts';
import { chooseProfile } from '../../sign-in/choose-profile.ts';
import { messageOf, usageError } from '../../system/errors.ts';
import type { Answers, Step } from '../step.ts';

/** The platform's URL: from the flag, the environment, the profile, or a question. */
export const address: Step = {
  id: 'address',
  // A model provider has its own URL, or the step for API keys asks for it.
  applies: ({ flags }) => flags.method !== 'api-key',
  run: async (context, answers) => {
    answers.origin = await originFrom(context, answers);
    const { flags, config, profileName, origin } = answers;
    if (flags.profile === undefined)
      answers.profileName = await chooseProfile(context, config, profileName, { origin });
  },
};

async function originFrom(context: Context, { flags, config, profileName }: Answers): Promise<Origin> {
  const known = platformAddress(context.env, config.profiles[profileName]);
  if (flags.url !== undefined) {
    return platformOrigin(flags.url);
  }
  if (!context.terminal.interactive) {
    if (known === undefined) {
      throw usageError(
        'Specify your CodeMie URL.',
        { hint: 'For example: codemie setup --url https://codemie.example.com' },
        'INPUT_REQUIRED',
      );
    }
    return platformOrigin(known);
  }
  const prompts = await context.terminal.prompts();
  const given = await prompts.input({
    flag: '--url',
    message: known === undefined ? 'CodeMie URL (e.g. https://codemie.example.com):' : 'CodeMie URL:',
    ...(known === undefined ? {} : { default: known }),
    validate: (text) => {
      if (text === '') return 'Enter a URL, such as https://codemie.example.com.';
      try {
        platformOrigin(text);
        return true;
      } catch (error) {
        return messageOf(error);
      }
    },
  });
  return platformOrigin(given);
}
