import type { Finding } from '../change/change.ts';
import type { KeycloakAdmin } from '../keycloak/admin.ts';
import type { RealmChange } from './diff.ts';
import { stepOf } from './model/flows.ts';
import type { RealmObject, Snapshot } from './model/snapshot.ts';
import { TYPES, type TypeName } from './model/types.ts';
import { isObject, textOf } from './model/values.ts';

/** Which kind of provider an object needs, under Keycloak's name for it, and which one. */
const NEEDS: Partial<
  Record<
    TypeName,
    { readonly kinds: readonly string[]; readonly named: (object: RealmObject) => string | undefined }
  >
> = {
  'client-mapper': { kinds: ['protocol-mapper'], named: ({ fields }) => textOf(fields['protocolMapper']) },
  'client-scope-mapper': {
    kinds: ['protocol-mapper'],
    named: ({ fields }) => textOf(fields['protocolMapper']),
  },
  'identity-provider': {
    kinds: ['identity_provider', 'social'],
    named: ({ fields }) => textOf(fields['providerId']),
  },
  'identity-provider-mapper': {
    kinds: ['identity-provider-mapper'],
    named: ({ fields }) => textOf(fields['identityProviderMapper']),
  },
  execution: {
    kinds: ['authenticator', 'form-action', 'form-authenticator', 'client-authenticator'],
    named: (step) => stepOf(step).runs,
  },
};

/**
 * Objects that are to be created and need a provider that is not installed on the server. Keycloak would refuse them in
 * the middle of an apply.
 */
export async function missingProviders(
  admin: KeycloakAdmin,
  changes: readonly RealmChange[],
  wanted: Snapshot,
): Promise<readonly Finding[]> {
  const created = changes.flatMap(({ action, type, id }) =>
    action === 'create' && NEEDS[type] !== undefined ? (wanted.get(type, id) ?? []) : [],
  );
  if (created.length === 0) return [];
  const { providers } = await admin.serverInfo();
  if (!isObject(providers)) return [];
  const isInstalled = (kind: string, name: string): boolean => {
    const known = providers[kind];
    const list = isObject(known) ? known['providers'] : undefined;
    return isObject(list) && name in list;
  };
  return created.flatMap((object): readonly Finding[] => {
    const { kinds = [], named } = NEEDS[object.type] ?? {};
    const name = named?.(object);
    if (name === undefined || wanted.get('flow', name) !== undefined) return [];
    if (kinds.some((kind) => isInstalled(kind, name))) return [];
    return [
      {
        rule: 'provider-missing',
        severity: 'error',
        path: `${TYPES[object.type].title} ${object.id}`,
        message: `The provider "${name}" is not installed on the server.`,
        advice: 'Install the provider, or remove this object from the file.',
      },
    ];
  });
}
