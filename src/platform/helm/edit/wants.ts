import { pydanticBoolean } from '../../../system/pydantic.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_SECRET, IMPORT_SWITCH, IMPORT_VARIABLES } from '../../import-settings.ts';

/** A value by reference to a key of a Kubernetes Secret. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** What a variable of the API is to be. */
export type Want =
  | {
      readonly kind: 'set';
      readonly name: string;
      /** Undefined where the file must have a value already. */
      readonly value: string | undefined;
      /** Whether a text in the file may stay as it is. */
      suits(value: string): boolean;
      /** A value from a Secret or a ConfigMap may stay, too. */
      readonly mayRefer: boolean;
      /** Where no list has it: add it, or leave it out. */
      readonly add: boolean;
    }
  | {
      readonly kind: 'secret';
      readonly name: string;
      readonly secret: SecretKey;
      /** Any reference in the file may stay as it is. */
      readonly mayRefer: boolean;
    }
  | { readonly kind: 'remove'; readonly name: string };

export const DEFAULT_LIMIT = '3';

/** What a person gave; undefined for a flag that is absent. */
export interface Given {
  readonly limit?: string | undefined;
  readonly keycloakUrl?: string | undefined;
  readonly realm?: string | undefined;
  readonly clientId?: string | undefined;
  readonly secretName?: string | undefined;
  readonly secretKey?: string | undefined;
}

export const ACTIONS = ['enable', 'migration-on', 'migration-off', 'disable'] as const;
export type Action = (typeof ACTIONS)[number];

/** @returns what the variables of the API are to be after an action. */
export function wantsFor(action: Action, given: Given): readonly Want[] {
  switch (action) {
    case 'enable':
      return [managed(true), limit(given.limit ?? DEFAULT_LIMIT, given.limit === undefined)];
    case 'migration-on':
      return [
        managed(true),
        ...(given.limit === undefined ? [] : [limit(given.limit, false)]),
        { ...flag(IMPORT_SWITCH, true), add: true },
        text('KEYCLOAK_ADMIN_URL', given.keycloakUrl),
        text('KEYCLOAK_ADMIN_REALM', given.realm),
        text('KEYCLOAK_ADMIN_CLIENT_ID', given.clientId, DEFAULT_CLIENT_ID),
        {
          kind: 'secret',
          name: 'KEYCLOAK_ADMIN_CLIENT_SECRET',
          secret: {
            name: given.secretName ?? DEFAULT_SECRET.name,
            key: given.secretKey ?? DEFAULT_SECRET.key,
          },
          mayRefer: given.secretName === undefined && given.secretKey === undefined,
        },
      ];
    case 'migration-off':
      return IMPORT_VARIABLES.map((name) => ({ kind: 'remove', name }));
    case 'disable':
      return [managed(false)];
  }
}

/** Off is the server's default, so nothing is added to say so. */
function managed(isOn: boolean): Want {
  return { ...flag('ENABLE_USER_MANAGEMENT', isOn), add: isOn };
}

function flag(name: string, isOn: boolean) {
  return {
    kind: 'set',
    name,
    value: String(isOn),
    suits: (value: string) => pydanticBoolean(value) === isOn,
    mayRefer: false,
  } as const;
}

function limit(value: string, mayStay: boolean): Want {
  return {
    kind: 'set',
    name: 'USER_PROJECT_LIMIT',
    value,
    suits: (now) => now === value || (mayStay && /^\d+$/.test(now)),
    mayRefer: mayStay,
    add: true,
  };
}

/** @param given undefined: what the file has stays, and without it the default is added. */
function text(name: string, given: string | undefined, otherwise?: string): Want {
  return {
    kind: 'set',
    name,
    value: given ?? otherwise,
    suits: (value) => (given === undefined ? value.trim() !== '' : value === given),
    mayRefer: given === undefined,
    add: true,
  };
}
