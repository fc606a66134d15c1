import type { JsonObject } from '../../../src/system/json.ts';
import {
  client,
  type Example,
  type Examples,
  flow,
  provider,
  realmRoles,
  runs,
  step,
  subFlow,
  whole,
} from './examples.ts';

/** A gate before the clients with the scope "marker", for people with the role "captain". */
const gateIn = (alias: string): JsonObject =>
  subFlow(`gate-${alias}`, [
    step('conditional-client-scope', 'REQUIRED', `${alias}-scope`),
    step('conditional-user-role', 'REQUIRED', `${alias}-role`),
    step('deny-access-authenticator', 'REQUIRED', `${alias}-no`),
  ]);
const configsOf = (alias: string): readonly JsonObject[] => [
  { alias: `${alias}-scope`, config: { client_scope: 'marker', negate: 'false' } },
  { alias: `${alias}-role`, config: { condUserRole: 'captain', negate: 'true' } },
  { alias: `${alias}-no`, config: { denyErrorMessage: 'Only captains.' } },
];
const BROWSER = [
  flow('own browser', [runs('sign-in'), runs('gate-browser', 'CONDITIONAL')]),
  subFlow('sign-in', [
    step('auth-cookie', 'ALTERNATIVE'),
    step('auth-username-password-form', 'ALTERNATIVE'),
  ]),
  gateIn('browser'),
];
const BROKER = [
  flow('after broker', [step('allow-access-authenticator'), runs('gate-broker', 'CONDITIONAL')]),
  gateIn('broker'),
];
/** The same gate, closed: it admits other clients and captains, and denies everybody else. */
const closed = (alias: string): readonly JsonObject[] => [
  subFlow(`gate-${alias}`, [
    runs(`${alias}-elsewhere`, 'ALTERNATIVE'),
    runs(`${alias}-captains`, 'ALTERNATIVE'),
    runs(`${alias}-others`, 'ALTERNATIVE'),
  ]),
  ...['elsewhere', 'captains'].flatMap((who) => [
    subFlow(`${alias}-${who}`, [runs(`${alias}-${who}-only`, 'CONDITIONAL')]),
    subFlow(`${alias}-${who}-only`, [
      who === 'captains'
        ? step('conditional-user-role', 'REQUIRED', `${alias}-admits-role`)
        : step('conditional-client-scope', 'REQUIRED', `${alias}-admits-scope`),
      step('allow-access-authenticator'),
    ]),
  ]),
  subFlow(`${alias}-others`, [step('deny-access-authenticator', 'REQUIRED', `${alias}-no`)]),
];
const closedConfigs = (alias: string): readonly JsonObject[] => [
  { alias: `${alias}-admits-scope`, config: { client_scope: 'marker', negate: 'true' } },
  { alias: `${alias}-admits-role`, config: { condUserRole: 'captain' } },
  { alias: `${alias}-no`, config: { denyErrorMessage: 'Only captains.' } },
];
/** Denies everybody. */
const SHUT = flow('shut', [step('deny-access-authenticator')]);
const RESET = [
  flow('own reset', [
    step('reset-credentials-choose-user'),
    step('reset-credential-email', 'REQUIRED', 'again'),
  ]),
];
const PLAIN = flow('plain', [step('auth-username-password-form')]);
const marked = (more: JsonObject = {}): JsonObject =>
  client('bridge', { defaultClientScopes: ['basic', 'marker'], directAccessGrantsEnabled: false, ...more });

/** A realm with this gate on every way, but for what the members change. */
function gated(members: JsonObject = {}, one: JsonObject = marked()): JsonObject {
  return whole({
    browserFlow: 'own browser',
    resetPasswordAllowed: true,
    resetCredentialsFlow: 'own reset',
    authenticationFlows: [...BROWSER, ...BROKER, ...RESET, PLAIN],
    authenticatorConfig: [
      ...configsOf('browser'),
      ...configsOf('broker'),
      { alias: 'again', config: { 'force-login': 'true' } },
    ],
    clientScopes: ['basic', 'marker'].map((name) => ({ name, protocol: 'openid-connect' })),
    clients: [one],
    identityProviders: [provider({ postBrokerLoginFlowAlias: 'after broker' })],
    ...realmRoles({ name: 'captain' }),
    ...members,
  });
}

/** The broker's flow has the gate in its closed shape. */
function closedGated(members: JsonObject = {}): JsonObject {
  const after = flow('after broker', [runs('gate-broker'), step('allow-access-authenticator')]);
  return gated({
    authenticationFlows: [...BROWSER, after, ...closed('broker'), ...RESET, PLAIN, SHUT],
    authenticatorConfig: [
      ...configsOf('browser'),
      ...closedConfigs('broker'),
      { alias: 'again', config: { 'force-login': 'true' } },
    ],
    ...members,
  });
}

const wrong = (path: string, bad: JsonObject, good = gated()): Example => ({ path, bad, good });

/** One for each row of what real sign-ins did on a real server. */
export const GATE_EXAMPLES: Examples = {
  'gate-browser': [
    wrong(
      'browserFlow',
      closedGated({ browserFlow: 'shut but for cookies', ...cookieFirst() }),
      closedGated(),
    ),
    wrong('browserFlow', gated({ browserFlow: 'plain' })),
    // Which flow is bound is only on the server.
    wrong(
      'authenticationFlows[2]',
      without(gated(), 'browserFlow'),
      without(gated(), 'browserFlow', 'enabled'),
    ),
  ],
  'gate-broker': [
    wrong(
      'identityProviders[0].postBrokerLoginFlowAlias',
      gated({ identityProviders: [provider({ postBrokerLoginFlowAlias: 'plain' })] }),
    ),
    wrong(
      'identityProviders[0]',
      gated({ identityProviders: [provider()] }),
      gated({ identityProviders: [provider({ enabled: false }), provider({ alias: 'b', linkOnly: true })] }),
    ),
  ],
  'gate-reset': [
    wrong('resetPasswordAllowed', gated({ resetCredentialsFlow: 'reset credentials' })),
    wrong(
      'resetPasswordAllowed',
      gated({
        authenticatorConfig: [
          ...configsOf('browser'),
          ...configsOf('broker'),
          { alias: 'again', config: { 'force-login': 'only-federated' } },
        ],
      }),
      gated({ resetPasswordAllowed: false, resetCredentialsFlow: 'reset credentials' }),
    ),
  ],
  'gate-direct-grant': [
    wrong(
      'clients[0].directAccessGrantsEnabled',
      closedGated({ clients: [marked({ directAccessGrantsEnabled: true })] }),
      closedGated({ clients: [marked({ directAccessGrantsEnabled: true })], directGrantFlow: 'shut' }),
    ),
    wrong('clients[0].directAccessGrantsEnabled', gated({}, marked({ directAccessGrantsEnabled: true }))),
  ],
  'gate-token-exchange': [
    wrong(
      'clients[0].attributes["standard.token.exchange.enabled"]',
      gated({}, marked({ attributes: { 'standard.token.exchange.enabled': 'true' } })),
    ),
  ],
  'gate-override': [
    {
      ...wrong(
        'clients[0].authenticationFlowBindingOverrides.browser',
        gated(
          { authenticationFlows: [...BROWSER, ...BROKER, ...RESET, { ...PLAIN, id: 'f1' }] },
          marked({ authenticationFlowBindingOverrides: { browser: 'f1' } }),
        ),
      ),
      also: 'ids',
    },
  ],
  'gate-marker-optional': [
    wrong(
      'clients[0].optionalClientScopes',
      gated({}, client('bridge', { defaultClientScopes: ['basic'], optionalClientScopes: ['marker'] })),
    ),
  ],
  'gate-unused': [
    wrong('authenticationFlows[2]', gated({}, client('bridge', { defaultClientScopes: ['basic'] }))),
  ],
};

/** The gate is beside the form, below an alternative: the cookie goes past it. */
function cookieFirst(): JsonObject {
  const { authenticationFlows = [] } = closedGated();
  const top = flow('shut but for cookies', [
    step('auth-cookie', 'ALTERNATIVE'),
    runs('form and gate', 'ALTERNATIVE'),
  ]);
  const form = subFlow('form and gate', [
    step('auth-username-password-form'),
    runs('gate-browser', 'CONDITIONAL'),
  ]);
  return { authenticationFlows: [...(authenticationFlows as readonly JsonObject[]), top, form] };
}

function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
