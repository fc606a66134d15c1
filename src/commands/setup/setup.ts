import { atAddress } from '../../config/first-run.ts';
import type { StoreName } from '../../secrets/store.ts';
import { runSetup } from '../../setup/run.ts';
import type { Answers, SetupFlags } from '../../setup/step.ts';
import { STEPS } from '../../setup/steps.ts';
import { parseTimeout } from '../../system/duration.ts';
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
    runSetup({ ...context, terminal }, STEPS, flags),
  );
  if (options.on('json')) context.terminal.print(redactedJson(reportOf(answers)));
  return 0;
};

/** Provider names that mean a sign-in at the platform itself, not another provider's key. */
const PLATFORM_METHODS: Readonly<Record<string, SetupFlags['method']>> = {
  sso: 'sso',
  'ai-run-sso': 'sso',
  'bearer-auth': 'bearer',
};

function methodAndProvider(options: OptionValues): Pick<SetupFlags, 'method' | 'provider'> {
  const provider = options.text('provider');
  const method = options.text('method') as SetupFlags['method'];
  const own = PLATFORM_METHODS[provider ?? ''];
  if (own !== undefined) return { method: method ?? own };
  return { method: method ?? (provider === undefined ? undefined : 'api-key'), provider };
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
