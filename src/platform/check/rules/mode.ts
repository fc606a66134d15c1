import { compareVersions, UI_ASKS_PLATFORM_SINCE } from '../../helm/charts.ts';
import type { Hit, Rule } from '../rule.ts';
import type { Ui, UiKey } from '../ui.ts';
import type { Workload } from '../workload.ts';

/** The first platform with this mode. */
const FIRST_VERSION = '2.19.0';
const MODE = 'ENABLE_USER_MANAGEMENT';

export const MODE_RULES: readonly Rule[] = [
  {
    id: 'workloads-differ',
    severity: 'error',
    what: 'The pods of the API, of the ds-pool and of the proxy-pool do not agree on `ENABLE_USER_MANAGEMENT` or `IDP_PROVIDER`. The same person then has other projects from one request to the next.',
    advice: 'Remove the variable from the list of the pool.',
    *check({ api }): Iterable<Hit> {
      const main = api?.main;
      if (main === undefined) return;
      for (const pool of api?.workloads ?? [])
        for (const name of pool === main ? [] : [MODE, 'IDP_PROVIDER']) {
          const [here, there] = [meaning(pool, name), meaning(main, name)];
          if (here !== undefined && there !== undefined && here !== there)
            yield {
              at: pool.placeOf(name),
              message: `${name} is ${here} in ${pool.name} and ${there} in the API.`,
            };
        }
    },
  },
  {
    id: 'ui-differs',
    severity: 'error',
    what: 'The API and the UI (up to 2.40) do not agree on the mode. With the UI off, the controls are missing; with the API off, they answer with errors.',
    advice: 'Set ENABLE_USER_MANAGEMENT in the API and viteEnableUserManagement in the UI together.',
    *check({ api, ui }): Iterable<Hit> {
      const isOn = api?.main?.isOn(MODE);
      if (ui === undefined || isOn === undefined || !ui.hasFlags) return;
      const flag = ui.flag('viteEnableUserManagement');
      if (isOn && flag?.text !== 'true' && !isAlmostOn(ui, 'viteEnableUserManagement'))
        yield {
          at: flag?.at ?? ui.at,
          message: 'The API has ENABLE_USER_MANAGEMENT on, and the UI does not show it.',
          advice: 'Write viteEnableUserManagement: true.',
        };
      if (!isOn && flag?.text === 'true')
        yield {
          at: flag.at,
          message: 'The UI shows user management, and the API has ENABLE_USER_MANAGEMENT off.',
          advice:
            "Add ENABLE_USER_MANAGEMENT with value 'true' to extraEnv of the API, or write viteEnableUserManagement: false.",
        };
    },
  },
  {
    id: 'ui-flag-word',
    severity: 'error',
    what: 'A flag of the UI (up to 2.40) that looks on and is off: its page only takes the text `true`, which `true`, `"true"` and `yes` become, but not `"True"`, `"yes"` and 1.',
    advice: 'Write true.',
    *check({ ui }): Iterable<Hit> {
      if (ui?.hasFlags !== true) return;
      for (const key of ['viteEnableUserManagement', 'viteEnableBudgetManagement'] as const)
        if (isAlmostOn(ui, key)) {
          const { text, at } = ui.flag(key) ?? { text: '', at: ui.at };
          yield {
            at,
            message: `${key} becomes the text "${text}", which the page takes for off.`,
            advice: `Write ${key}: true.`,
          };
        }
    },
  },
  {
    id: 'ui-flag-dead',
    severity: 'warning',
    what: 'A flag that the UI does not read from 2.41 on. It asks the platform instead, with GET /v1/config.',
    advice: 'Remove it.',
    *check({ ui }): Iterable<Hit> {
      if (ui?.version === undefined || compareVersions(ui.version, UI_ASKS_PLATFORM_SINCE) < 0) return;
      for (const { name, at } of ui.oldFlags)
        yield { at, message: `The UI ${ui.version} does not read ${name}; it asks the platform.` };
    },
  },
  {
    id: 'ui-provider-differs',
    severity: 'error',
    what: 'The API and the UI (up to 2.40) do not agree on how people sign in.',
    advice: 'Write the value of IDP_PROVIDER as viteIdpProvider.',
    *check({ api, ui }): Iterable<Hit> {
      const provider = api?.main?.provider;
      const flag = ui?.hasFlags === true ? ui.flag('viteIdpProvider') : undefined;
      if (provider === undefined || flag === undefined || flag.text === '' || flag.text === provider) return;
      yield {
        at: flag.at,
        message: `The UI signs people in with ${flag.text}, and the API with ${provider}.`,
        advice: `Write viteIdpProvider: ${provider}.`,
      };
    },
  },
  {
    id: 'budgets-without-server',
    severity: 'warning',
    what: 'The UI (up to 2.40) shows budgets, and the API has none: they need user management, `LLM_PROXY_MODE=lite_llm` and `LLM_PROXY_BUDGET_CHECK_ENABLED`.',
    advice: 'Write viteEnableBudgetManagement: false, or switch budgets on in the API.',
    *check({ api, ui }): Iterable<Hit> {
      if (ui?.hasFlags !== true || !ui.isOn('viteEnableBudgetManagement')) return;
      const at = ui.flag('viteEnableBudgetManagement')?.at ?? ui.at;
      if (!ui.isOn('viteEnableUserManagement'))
        yield { at, message: 'Budgets are on and user management is off, so nobody sees them.' };
      const missing = api?.main === undefined ? [] : missingForBudgets(api.main);
      if (missing.length > 0) yield { at, message: `The API has no budgets: ${missing.join(' and ')}.` };
    },
  },
  {
    id: 'version-too-old',
    severity: 'error',
    what: 'A platform before 2.19.0 does not know `ENABLE_USER_MANAGEMENT`, and ignores it.',
    advice: 'Upgrade to 2.19.0 or newer first.',
    *check({ api, to }): Iterable<Hit> {
      const main = api?.main;
      if (main?.isOn(MODE) === true && to !== undefined && compareVersions(to, FIRST_VERSION) < 0)
        yield { at: main.placeOf(MODE), message: `The platform ${to} does not know ENABLE_USER_MANAGEMENT.` };
    },
  },
  {
    id: 'versions-apart',
    severity: 'warning',
    what: 'The API and the UI are on two sides of 2.41. Such a UI asks the platform for what is on, and an older API does not say it; an older UI has flags of its own.',
    advice: 'Upgrade both.',
    *check({ api, ui, to }): Iterable<Hit> {
      if (api === undefined || ui?.version === undefined || to === undefined) return;
      const [isNewApi, isNewUi] = [to, ui.version].map(
        (one) => compareVersions(one, UI_ASKS_PLATFORM_SINCE) >= 0,
      );
      if (isNewApi !== isNewUi) yield { at: ui.at, message: `The API is ${to}, and the UI ${ui.version}.` };
    },
  },
  {
    id: 'cookie-not-secure',
    severity: 'warning',
    what: 'The platform signs people in itself (`IDP_PROVIDER=local`) and is reached by https, and `AUTH_COOKIE_SECURE` is off. A browser then also sends the sign-in over plain http.',
    advice: "Add AUTH_COOKIE_SECURE with value 'true' to extraEnv.",
    *check(subject): Iterable<Hit> {
      const main = subject.api?.main;
      if (main?.provider !== 'local' || main.isOn(MODE) !== true || main.isOn('AUTH_COOKIE_SECURE') !== false)
        return;
      const https = httpsIn(main);
      if (https !== undefined)
        yield {
          at: main.placeOf('AUTH_COOKIE_SECURE'),
          message: `${https} is https, and AUTH_COOKIE_SECURE is off.`,
        };
    },
  },
];

/** @returns what a variable means, for people; undefined if nobody can tell. */
function meaning(workload: Workload, name: string): string | undefined {
  if (name !== MODE) return workload.provider;
  const isOn = workload.isOn(name);
  return isOn === undefined ? undefined : isOn ? 'on' : 'off';
}

/** A flag with a word for on that the page does not take. */
function isAlmostOn(ui: Ui, key: UiKey): boolean {
  const text = ui.flag(key)?.text ?? '';
  return text !== 'true' && /^(true|yes|on|y|t|1)$/i.test(text.trim());
}

function missingForBudgets(main: Workload): readonly string[] {
  const mode = main.read('LLM_PROXY_MODE');
  const isLiteLlm = mode.state === 'unknown' || (mode.state === 'known' && mode.text === 'lite_llm');
  return [
    ...(isLiteLlm ? [] : ['LLM_PROXY_MODE is not lite_llm']),
    ...(main.isOn('LLM_PROXY_BUDGET_CHECK_ENABLED') === false
      ? ['LLM_PROXY_BUDGET_CHECK_ENABLED is off']
      : []),
    ...(main.isOn(MODE) === false ? ['ENABLE_USER_MANAGEMENT is off'] : []),
  ];
}

function httpsIn(main: Workload): string | undefined {
  return ['FRONTEND_URL', 'CALLBACK_API_BASE_URL'].find((name) => {
    const reading = main.read(name);
    return reading.state === 'known' && reading.text.startsWith('https://');
  });
}
