import type { KeycloakAdmin } from '../../keycloak/admin.ts';
import { ownMember } from '../../system/json.ts';
import { isObject, type Json, type JsonObject, objectsIn, textOf } from '../model/values.ts';
import { COMPONENTS, CONFIG_KEYS, PROVIDERS, THEMES } from './known/providers.ts';

/** What a server has installed. */
export interface ServerFacts {
  /** A server was asked. Otherwise this is what every Keycloak has, and a server may have more. */
  readonly isServer: boolean;
  /** @returns names of providers of a kind, such as `protocol-mapper`; undefined where nobody knows. */
  providers(kind: string): ReadonlySet<string> | undefined;
  /** @returns providers for a member of `components`. */
  components(type: string): ReadonlySet<string> | undefined;
  /** @returns themes for a purpose, such as `login`. */
  themes(purpose: string): ReadonlySet<string> | undefined;
  /** @returns the keys in the configuration of an authenticator. */
  configKeys(authenticator: string): ReadonlySet<string> | undefined;
}

/** Keycloak 26 without extensions. */
export const BUILT_IN_FACTS: ServerFacts = {
  isServer: false,
  providers: (kind) => words(ownMember(PROVIDERS, kind)),
  components: (type) => words(ownMember(COMPONENTS, type)),
  themes: (purpose) => words(ownMember(THEMES, purpose)),
  configKeys: (authenticator) => words(ownMember(CONFIG_KEYS, authenticator)),
};

const known = new Map<string, ReadonlySet<string>>();

function words(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const names = known.get(text) ?? new Set(text.split(/\s+/).filter((word) => word !== ''));
  known.set(text, names);
  return names;
}

/**
 * Asks a server what it has.
 *
 * @param admin of any realm that its account may read.
 * @param authenticators whose configuration keys to ask for.
 */
export async function factsOf(admin: KeycloakAdmin, authenticators: Iterable<string>): Promise<ServerFacts> {
  const info = await admin.serverInfo();
  const named = await Promise.all(
    [...new Set(authenticators)].map(async (name) => [name, await configKeys(admin, name)] as const),
  );
  const keys = new Map(named);
  const kinds = objectAt(info, 'providers');
  const types = objectAt(info, 'componentTypes');
  const themes = objectAt(info, 'themes');
  return {
    isServer: true,
    providers: (kind) => {
      const installed = kinds[kind];
      return isObject(installed) ? new Set(Object.keys(objectAt(installed, 'providers'))) : undefined;
    },
    components: (type) => namesIn(ownMember(types, type), 'id'),
    themes: (purpose) => namesIn(themes[purpose], 'name'),
    configKeys: (authenticator) => keys.get(authenticator) ?? BUILT_IN_FACTS.configKeys(authenticator),
  };
}

async function configKeys(admin: KeycloakAdmin, name: string): Promise<ReadonlySet<string> | undefined> {
  const path = `/authentication/config-description/${encodeURIComponent(name)}`;
  const { body, status, failure } = await admin.call('GET', path);
  // Not installed, or the realm is not there yet.
  if (status === 404) return undefined;
  if (failure !== undefined) throw failure;
  return namesIn(isObject(body) ? body['properties'] : undefined, 'name');
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const { [name]: value } = object;
  return isObject(value) ? value : {};
}

function namesIn(list: Json | undefined, key: string): ReadonlySet<string> | undefined {
  if (!Array.isArray(list)) return undefined;
  return new Set(objectsIn(list).flatMap((item) => textOf(item[key]) ?? []));
}
