import type { RealAgent } from './agents.ts';

export interface Bare {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Each agent, started directly on the platform. Gemini CLI also needs its sign-in method in a file. */
export const BARE: Readonly<
  Record<RealAgent['name'], (api: string, key: string, model: string, task: string) => Bare>
> = {
  claude: (api, key, model, task) => ({
    argv: ['-p', task],
    env: { ANTHROPIC_BASE_URL: api, ANTHROPIC_AUTH_TOKEN: key, ANTHROPIC_MODEL: model },
  }),
  opencode: (api, key, model, task) => {
    const npm = '@ai-sdk/openai-compatible';
    const bare = { npm, options: { baseURL: `${api}/v1`, apiKey: key }, models: { [model]: {} } };
    const config = { model: `bare/${model}`, small_model: `bare/${model}`, provider: { bare } };
    const quiet = { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' };
    return { argv: ['run', task], env: { ...quiet, OPENCODE_CONFIG_CONTENT: JSON.stringify(config) } };
  },
  codex: (api, key, model, task) => ({
    argv: [
      ...['exec', '-c', 'model_provider="bare"', '-m', model, '--skip-git-repo-check', task],
      ...['-c', `model_providers.bare={name="bare",base_url="${api}/v1",env_key="BARE_KEY"}`],
      ...['-c', 'features.plugins=false', '-c', 'analytics.enabled=false'],
    ],
    env: { BARE_KEY: key },
  }),
  gemini: (api, key, model, task) => ({
    argv: ['-p', task],
    env: {
      ...{ GOOGLE_GEMINI_BASE_URL: api, GEMINI_API_KEY: key, GEMINI_API_KEY_AUTH_MECHANISM: 'bearer' },
      ...{ GEMINI_MODEL: model, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    },
  }),
};
