import { ADAPTERS } from '../../agents/adapters/table.ts';
import { findProgram } from '../../agents/find.ts';
import { unusualApiBase } from '../../config/api-base.ts';
import { option } from '../../config/sign-in-again.ts';
import { saveProfile } from '../../config/write.ts';
import { DEFAULT_TOKEN_VARIABLE } from '../../credentials/find/resolver.ts';
import { STORE_LABELS } from '../../secrets/store.ts';
import { SIGN_IN } from '../../system/errors.ts';
import type { Step } from '../step.ts';

/** Saves the answers, and says where and what to do next. */
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
    const facts = [
      ...(project === undefined ? [] : [project]),
      ...(answers.store === undefined ? [] : [`sign-in stored in ${STORE_LABELS[answers.store]}`]),
    ];
    terminal.success(
      `Done. Saved profile "${profileName}"${facts.length === 0 ? '' : `: ${facts.join(' · ')}`}`,
    );
    const agent = ADAPTERS.find((adapter) => findProgram(context, adapter) !== undefined);
    const start = agent === undefined ? 'codemie install claude && codemie-claude' : `codemie-${agent.name}`;
    if (method === 'bearer') {
      const name = tokenEnv ?? DEFAULT_TOKEN_VARIABLE;
      terminal.say('Pass the token in one of these ways:');
      terminal.say(`  export ${name}="<your token>"    then: ${start} "…"`);
      terminal.say('  codemie-claude --jwt-token-file FILE --task "…"');
      terminal.say(`  ${SIGN_IN}${option('profile', profileName)} --with-token < FILE    to store it`);
    } else terminal.say(`Next: ${start} "explain this repository"`);
  },
};
