import { ownMember } from '../../../system/json.ts';
import { Flows, type Step } from '../flows.ts';
import { clientRoleExists, type Exists, realmRoleExists, scopeExists } from '../names.ts';
import { isOpen } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** Keys that every authenticator may have: what its success means for `amr` claims. */
const SHARED_KEYS = ['default.reference.value', 'default.reference.maxAge'];

function steps(realm: LintRealm): readonly Step[] {
  return new Flows(realm).all.flatMap((flow) => flow.steps);
}

function* unknownKeys(realm: LintRealm): Iterable<Hit> {
  const seen = new Set<string>();
  for (const { authenticator, config } of steps(realm)) {
    if (authenticator === undefined || config === undefined) continue;
    const keys = realm.facts.configKeys(authenticator);
    if (keys === undefined || seen.has(`${authenticator} ${config.at('alias').text}`)) continue;
    seen.add(`${authenticator} ${config.at('alias').text}`);
    const given = config.at('config').members;
    const free = [...keys].filter((key) => !given.some(([name]) => name === key));
    for (const [name, at] of given) {
      if (keys.has(name) || SHARED_KEYS.includes(name)) continue;
      const right = likely(name, free);
      yield {
        at,
        message: `"${authenticator}" does not know the key "${name}", and ignores it without an error.`,
        advice:
          right === undefined
            ? keys.size === 0
              ? 'Remove it; this authenticator has no configuration.'
              : `Its keys are ${[...keys].join(', ')}.`
            : `Rename it to "${right}".`,
      };
    }
  }
}

/** @returns the key that was meant: the only one, or the one that shares most with it. */
function likely(name: string, keys: readonly string[]): string | undefined {
  if (keys.length < 2) return keys[0];
  const parts = wordsOf(name);
  const shared = (key: string): number => [...wordsOf(key)].filter((word) => parts.has(word)).length;
  const [best] = keys.toSorted((one, other) => shared(other) - shared(one));
  return best !== undefined && shared(best) > 0 ? best : undefined;
}

/** `denyErrorMessage` and `error_message` have two words in common. */
function wordsOf(name: string): ReadonlySet<string> {
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return new Set(words.split(/[^a-z0-9]+/));
}

/** The conditions that a gate can have, with the key that they cannot do without. */
const CONDITIONS: Readonly<Record<string, readonly [key: string, what: string]>> = {
  'conditional-user-role': ['condUserRole', 'role'],
  'conditional-client-scope': ['client_scope', 'client scope'],
};

function* openConditions(realm: LintRealm): Iterable<Hit> {
  const exist: Readonly<Record<string, Exists>> = {
    role: roleExists(realm),
    'client scope': scopeExists(realm),
  };
  for (const { place, authenticator, config } of steps(realm)) {
    const [key, what] = ownMember(CONDITIONS, authenticator ?? '') ?? [];
    if (key === undefined || what === undefined) continue;
    if (config === undefined) {
      // A part of a realm may name a configuration that only the server has.
      if (place.at('authenticatorConfig').text === undefined)
        yield {
          at: place,
          message: `"${authenticator}" has no configuration. The condition is false, and what it guards is open.`,
        };
      continue;
    }
    const at = config.at('config').at(key);
    if (at.text === undefined)
      yield {
        at: config,
        message: `"${key}" is missing. The condition is false, and what it guards is open.`,
        advice: `Add "${key}" to its config.`,
      };
    else if (!isOpen(at.text) && exist[what]?.(at.text) === false)
      yield {
        at,
        message: `There is no ${what} "${at.text}". The condition is false, and what it guards is open.`,
        advice: `Add the ${what}, or correct its name.`,
      };
  }
}

/** Keycloak reads `client.role`, and names of realm roles, which may have dots. */
function roleExists(realm: LintRealm): Exists {
  const ofRealm = realmRoleExists(realm);
  const ofClient = clientRoleExists(realm);
  return (name) => {
    if (ofRealm(name)) return true;
    const dots = [...name].flatMap((character, index) => (character === '.' ? [index] : []));
    return dots.some((dot) => ofClient(name.slice(0, dot), name.slice(dot + 1)));
  };
}

export const CONFIG_RULES: readonly Rule[] = [
  {
    id: 'config-key-unknown',
    severity: 'error',
    what: 'A key in the configuration of an authenticator that it does not read, such as `error_message` for `denyErrorMessage`. Keycloak stores it and ignores it.',
    advice: 'Use the key that the authenticator reads.',
    check: unknownKeys,
  },
  {
    id: 'condition-open',
    severity: 'error',
    what: 'A condition without its role or scope, or with one that does not exist. It is then false, also with `negate`, and the gate is open for everybody.',
    advice: 'Give the step a configuration with this key.',
    check: openConditions,
  },
];
