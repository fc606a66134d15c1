import type { JsonObject } from '../../system/json.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

const USER_PROFILE = 'org.keycloak.userprofile.UserProfileProvider';

/** The types of components that we do not cover, in words. Others are named by their class. */
const COMPONENTS: Readonly<Record<string, string>> = {
  'org.keycloak.storage.UserStorageProvider': 'user federation',
  'org.keycloak.storage.ldap.mappers.LDAPStorageMapper': 'LDAP mappers',
  'org.keycloak.keys.KeyProvider': 'key providers',
  'org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy': 'client registration policies',
};

/** @returns `components` with the user profile, if the realm has its own. Counts the other components. */
export async function readComponents(source: Source): Promise<JsonObject> {
  const all = await source.list('/components');
  const counts = new Map<string, number>();
  const profiles: JsonObject[] = [];
  for (const component of all) {
    const type = textOf(component, 'providerType');
    if (type === USER_PROFILE) {
      source.id('component', [type, textOf(component, 'name')], component['id']);
      profiles.push({ ...asInFile(component, 'providerType'), subComponents: {} });
      continue;
    }
    const words = COMPONENTS[type] ?? `components ${type.split('.').at(-1)}`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  for (const [type, count] of counts) source.notCovered(type, count);
  return { components: profiles.length === 0 ? {} : { [USER_PROFILE]: profiles } };
}
