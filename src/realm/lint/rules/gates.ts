import { Flows } from '../flows.ts';
import { clientsBehind, type Gate, gatesOf, scopesOf } from '../gates.ts';
import type { Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** What a rule about one way to sign in looks at. */
interface Way {
  readonly realm: LintRealm;
  readonly flows: Flows;
  readonly gate: Gate;
  /** The clients of the files that the gate is for. */
  readonly clients: readonly Place[];
}

/** @returns a check that looks at each gate of the files. */
function forEachGate(check: (way: Way) => Iterable<Hit>): Rule['check'] {
  return function* (realm) {
    const flows = new Flows(realm);
    for (const gate of gatesOf(realm, flows))
      yield* check({ realm, flows, gate, clients: clientsBehind(realm, gate) });
  };
}

/** @returns the last value of a setting of the realm, which is the one that counts. */
function setting(realm: LintRealm, name: string): Place | undefined {
  return realm.all(name).at(-1);
}

function* browser({ realm, gate }: Way): Iterable<Hit> {
  const bound = setting(realm, 'browserFlow');
  if (bound === undefined ? !realm.isWhole : gate.guards(bound.text)) return;
  yield {
    at: bound ?? gate.flow.place,
    message: `Not every way through the browser flow leads to the gate "${gate.flow.alias}": people with a password here, or with a session, pass.`,
    advice: `Put a copy of "${gate.flow.alias}" into the browser flow, beside a REQUIRED sub-flow with all that signs in.`,
  };
}

function* broker({ realm, flows, gate }: Way): Iterable<Hit> {
  for (const provider of realm.list('identityProviders')) {
    const at = provider.at('postBrokerLoginFlowAlias');
    // A part of a provider, or a flow that only the server has, says nothing.
    if (at.text === undefined ? !provider.at('providerId').isThere : flows.get(at.text) === undefined)
      continue;
    if (provider.at('enabled').value === false || provider.at('linkOnly').isTrue || gate.guards(at.text))
      continue;
    yield {
      at: at.isThere ? at : provider,
      message: `A sign-in that comes from "${provider.at('alias').text}" passes the gate "${gate.flow.alias}": it never returns to the browser flow.`,
      advice: `Put a copy of "${gate.flow.alias}" into the flow of postBrokerLoginFlowAlias.`,
    };
  }
}

function* reset({ realm, flows, gate }: Way): Iterable<Hit> {
  const allowed = setting(realm, 'resetPasswordAllowed');
  if (allowed?.isTrue !== true) return;
  const bound = setting(realm, 'resetCredentialsFlow')?.text;
  if (bound === undefined && !realm.isWhole) return;
  const alias = bound ?? 'reset credentials';
  const below = flows.below(alias);
  // A flow that only the server has says nothing, except for Keycloak's own.
  if (below.length === 0 && alias !== 'reset credentials') return;
  const asksAgain = below
    .flatMap(({ steps }) => steps)
    .filter(({ authenticator }) => authenticator === 'reset-credential-email')
    .some(({ config }) => config?.at('config').at('force-login').isTrue);
  if (asksAgain || gate.guards(alias)) return;
  yield {
    at: allowed,
    message: `Whoever resets a password by e-mail is signed in at once, and passes the gate "${gate.flow.alias}".`,
    advice:
      'Give the step reset-credential-email of a reset flow of your own the configuration "force-login": "true", and bind that flow.',
  };
}

function* directGrant({ realm, gate, clients }: Way): Iterable<Hit> {
  const bound = setting(realm, 'directGrantFlow');
  if (gate.guards(bound?.text)) return;
  for (const client of clients) {
    const at = client.at('directAccessGrantsEnabled');
    if (at.isTrue)
      yield {
        at,
        message: `Client "${client.at('clientId').text}" takes passwords directly, past the gate "${gate.flow.alias}".`,
        advice: 'Set directAccessGrantsEnabled to false, or put the gate into the direct grant flow.',
      };
  }
}

function* exchange({ gate, clients }: Way): Iterable<Hit> {
  for (const client of clients) {
    const at = client.at('attributes').at('standard.token.exchange.enabled');
    if (at.isTrue)
      yield {
        at,
        message: `Client "${client.at('clientId').text}" exchanges tokens of other clients for its own, past the gate "${gate.flow.alias}".`,
        advice: 'Set standard.token.exchange.enabled to "false".',
      };
  }
}

function* override({ realm, gate, clients }: Way): Iterable<Hit> {
  const aliases = new Map(
    realm.list('authenticationFlows').map((flow) => [flow.at('id').text ?? '', flow.at('alias').text ?? '']),
  );
  for (const client of clients) {
    const at = client.at('authenticationFlowBindingOverrides').at('browser');
    if (at.text === undefined || gate.guards(aliases.get(at.text) ?? at.text)) continue;
    yield {
      at,
      message: `Client "${client.at('clientId').text}" has a browser flow of its own without the gate "${gate.flow.alias}".`,
      advice: 'Remove the override, or put the gate into that flow.',
    };
  }
}

function* optionalMarker({ realm, gate: { marker, flow } }: Way): Iterable<Hit> {
  for (const client of realm.list('clients'))
    if (marker !== undefined && scopesOf(client, 'optionalClientScopes').includes(marker))
      yield {
        at: client.at('optionalClientScopes'),
        message: `"${marker}" is optional for "${client.at('clientId').text}": a sign-in that does not ask for it passes the gate "${flow.alias}".`,
        advice: `Move "${marker}" to defaultClientScopes.`,
      };
}

function* unused({ realm, gate: { marker, flow }, clients }: Way): Iterable<Hit> {
  const hasOptional = realm
    .list('clients')
    .some((client) => scopesOf(client, 'optionalClientScopes').includes(marker ?? ''));
  if (realm.isWhole && marker !== undefined && clients.length === 0 && !hasOptional)
    yield {
      at: flow.place,
      message: `No client has the scope "${marker}" that marks who is behind the gate "${flow.alias}".`,
      advice: `Add "${marker}" to defaultClientScopes of the clients to protect.`,
    };
}

/** One rule for each way to sign in, as measured on a real server. */
export const GATE_RULES: readonly Rule[] = [
  {
    id: 'gate-browser',
    severity: 'error',
    what: 'A gate (a sub-flow with deny-access-authenticator, and conditions of roles and client scopes) that is not in the browser flow, or only below an ALTERNATIVE step of it. Local users and people with a session (cookie) pass.',
    advice: 'Put a copy of the gate into the browser flow.',
    check: forEachGate(browser),
  },
  {
    id: 'gate-broker',
    severity: 'error',
    what: 'A gate in the browser flow that the flow after a sign-in at an identity provider does not have. A fresh sign-in there goes to the client without the browser flow.',
    advice: 'Put a copy of the gate into the flow of postBrokerLoginFlowAlias.',
    check: forEachGate(broker),
  },
  {
    id: 'gate-reset',
    severity: 'error',
    what: 'People may reset their password by e-mail, and are signed in afterwards without the browser flow and its gate. `only-federated`, the default, does not protect local users.',
    advice: 'Set "force-login": "true" on reset-credential-email in a reset flow of your own.',
    check: forEachGate(reset),
  },
  {
    id: 'gate-direct-grant',
    severity: 'error',
    what: 'A client behind a gate takes user name and password directly (`directAccessGrantsEnabled`). The browser flow and its gate never run.',
    advice: 'Set directAccessGrantsEnabled to false, or put the gate into the direct grant flow.',
    check: forEachGate(directGrant),
  },
  {
    id: 'gate-token-exchange',
    severity: 'error',
    what: 'A client behind a gate may exchange tokens that another client got. No flow and no gate runs.',
    advice: 'Switch the token exchange of this client off.',
    check: forEachGate(exchange),
  },
  {
    id: 'gate-override',
    severity: 'error',
    what: 'A client behind a gate has a browser flow of its own that lacks the gate.',
    advice: 'Remove the override, or put the gate into that flow.',
    check: forEachGate(override),
  },
  {
    id: 'gate-marker-optional',
    severity: 'error',
    what: 'The client scope that marks clients behind a gate is optional for a client. A sign-in that does not ask for the scope passes.',
    advice: 'Move the scope to defaultClientScopes.',
    check: forEachGate(optionalMarker),
  },
  {
    id: 'gate-unused',
    severity: 'warning',
    what: 'No client has the client scope that marks who is behind a gate. The gate guards nothing.',
    advice: 'Add the scope to defaultClientScopes of the clients to protect.',
    check: forEachGate(unused),
  },
];
