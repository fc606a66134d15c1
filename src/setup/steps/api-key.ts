import { openAccess } from '../../credentials/find/find-access.ts';
import { modelsOf } from '../../platform-api/models.ts';
import { STORE_LABELS } from '../../secrets/store.ts';
import { signIn as perform } from '../../sign-in/sign-in.ts';
import { chooseProvider } from '../../sign-in/with-api-key.ts';
import { counted } from '../../system/counted.ts';
import { Secret } from '../../system/secret.ts';
import { readAll } from '../../terminal/stdin.ts';
import { chooseStore } from '../choose-store.ts';
import type { Step } from '../step.ts';

/** An API key of another provider: tested by listing its models, then stored in the secret store. */
export const apiKey: Step = {
  id: 'api-key',
  applies: (answers) => answers.method === 'api-key',
  run: async (context, answers) => {
    const { flags } = answers;
    const { terminal } = context;
    const prompts = await terminal.prompts();
    // Ask for the provider before the key.
    const { name: provider } = await chooseProvider(
      context,
      flags.provider,
      flags.method === 'api-key' ? flags.url : undefined,
    );
    const url = flags.method === 'api-key' ? flags.url : undefined;
    const secret = terminal.isTTY.stdin
      ? await prompts.password({ flag: 'a pipe: … | codemie setup --method api-key', message: 'API key:' })
      : await readAll(terminal.stdin, context.signal);
    const result = await perform(context, {
      url,
      profile: flags.profile,
      store: await chooseStore(context, answers),
      method: 'api-key',
      openBrowser: false,
      timeoutMs: flags.timeoutMs,
      secret: new Secret(secret),
      provider,
    });
    const profile = result.profileName;
    Object.assign(answers, { origin: result.origin, profileName: profile, store: result.store });
    answers.models = await modelsOf(context, await openAccess(context, { profile }));
    terminal.success(
      `API key verified (${counted(answers.models.length, 'model')}). Saved in ${STORE_LABELS[result.store]}.`,
    );
  },
};
