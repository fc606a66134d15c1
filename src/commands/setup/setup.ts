import { atAddress } from '../../config/first-run.ts';
import { KEY_PROVIDERS, keyProvider, unsupportedProviderOf } from '../../config/providers.ts';
import type { StoreName } from '../../secrets/store.ts';
import { forSetup } from '../../setup/own-command.ts';
import { runSetup } from '../../setup/run.ts';
import type { Answers, SetupFlags } from '../../setup/step.ts';
import { STEPS } from '../../setup/steps.ts';
import { parseTimeout } from '../../system/duration.ts';
import { type CodemieError, usageError } from '../../system/errors.ts';
import { redactedJson } from '../../terminal/redacted-json.ts';
import { withoutQuestions } from '../../terminal/terminal.ts';
import type { CommandRun, OptionValues } from '../spec.ts';

/** `codemie setup`: the wizard. With `--yes` or without a terminal, flags answer its questions. */
export const run: CommandRun = async ({ options }, context) => {
  const terminal = options.on('yes') ? withoutQuestions(context.terminal) : context.terminal;
  const flags: SetupFlags = {
    url: options.text('url'),
    ...methodAndProvider(options),
    profile: options.text('profile'),
    project: options.text('project'),
    model: options.text('model'),
    tokenEnv: options.text('token-env'),
    store: options.text('store') as StoreName | undefined,
    device: options.on('device'),
    noBrowser: options.on('no-browser'),
    timeoutMs: parseTimeout(options.text('timeout') ?? '120s', '--timeout'),
    as: options.text('as'),
  };
  const answers = await atAddress(context.home, flags.url, () =>
    forSetup(flags, () => runSetup({ ...context, terminal }, STEPS, flags)),
  );
  if (options.on('json')) context.terminal.print(redactedJson(reportOf(answers)));
  return 0;
};

type Method = NonNullable<SetupFlags['method']>;

/** Provider names that mean a sign-in at the platform itself, not another provider's key. */
const PLATFORM_METHODS: Readonly<Record<string, Method>> = {
  sso: 'sso',
  'ai-run-sso': 'sso',
  'bearer-auth': 'bearer',
};

/** @throws PROVIDER_UNKNOWN (2); USAGE (2) if the two flags contradict each other. */
function methodAndProvider(options: OptionValues): Pick<SetupFlags, 'method' | 'provider'> {
  const provider = options.text('provider');
  const method = options.text('method') as Method | undefined;
  if (provider === undefined) return { method };
  const isPlatform = Object.hasOwn(PLATFORM_METHODS, provider);
  if (!isPlatform && keyProvider(provider) === undefined) throw unknownProvider(provider);
  const meant = (isPlatform ? PLATFORM_METHODS[provider] : undefined) ?? 'api-key';
  if (method !== undefined && method !== meant)
    throw usageError(`--provider ${provider} and --method ${method} exclude each other.`, {
      hint: 'Leave out --method.',
    });
  return isPlatform ? { method: meant } : { method: meant, provider };
}

function unknownProvider(provider: string): CodemieError {
  const names = [...Object.keys(PLATFORM_METHODS), ...KEY_PROVIDERS.map(({ name }) => name)];
  const title = unsupportedProviderOf({ name: '', provider });
  return usageError(
    `codemie doesn't support ${title} yet. Use one of: ${names.join(', ')}.`,
    { hint: 'If it offers an OpenAI-compatible API: --provider openai-compatible --url https://…/v1' },
    'PROVIDER_UNKNOWN',
  );
}

function reportOf(answers: Answers): Record<string, unknown> {
  const { id, name, email } = answers.user ?? {};
  return {
    schemaVersion: 1,
    profile: answers.profileName,
    url: answers.origin ?? null,
    method: answers.method ?? null,
    version: answers.facts?.version ?? null,
    project: answers.project ?? null,
    model: answers.model ?? null,
    store: answers.store ?? null,
    identity: { ...(id && { id }), ...(name && { name }), ...(email && { email }) },
    models: (answers.models ?? []).map((model) => ({ id: model.id })),
  };
}
