import { unusualApiBase } from '../../config/api-base.ts';
import { configPath } from '../../config/file.ts';
import { option } from '../../config/sign-in-again.ts';
import { saveProfile } from '../../config/write.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import { SIGN_IN } from '../../system/errors.ts';
import type { Step } from '../step.ts';

/** Writes what was chosen, says where, and what to do next. */
export const save: Step = {
  id: 'save',
  run: async (context, answers) => {
    const { origin, apiBase, profileName, method, tokenEnv, project, model } = answers;
    const bearer = {
      provider: 'bearer-auth',
      authMethod: 'jwt',
      jwtConfig:
        tokenEnv === undefined || tokenEnv === DEFAULT_TOKEN_VARIABLE ? undefined : { tokenEnvVar: tokenEnv },
    } as const;
    await saveProfile(
      context,
      profileName,
      {
        ...(method === 'api-key' || origin === undefined
          ? {}
          : { codeMieUrl: origin, apiUrl: unusualApiBase(origin, apiBase) }),
        ...(method === 'bearer' ? bearer : {}),
        ...(project === undefined ? {} : { codeMieProject: project }),
        ...(model === undefined ? {} : { model: model ?? undefined }),
      },
      { activate: true },
    );
    const { terminal } = context;
    terminal.say(`Saved profile "${profileName}" in ${configPath(context.home)}.`);
    if (method === 'bearer') {
      const name = tokenEnv ?? DEFAULT_TOKEN_VARIABLE;
      terminal.say('Give the token when you run something, in one of these ways:');
      terminal.say(`  export ${name}="<your token>"    then: codemie-claude "…"`);
      terminal.say('  codemie-claude --jwt-token-file FILE --task "…"');
      terminal.say(
        `  ${SIGN_IN}${option('profile', profileName)} --with-token < FILE    keeps it in the secret store`,
      );
    } else terminal.say('Next: codemie-claude "explain this repository"');
  },
};
