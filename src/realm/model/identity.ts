import { usageError } from '../../system/errors.ts';
import { without } from '../../system/json.ts';
import type { RealmObject } from './snapshot.ts';
import { isList, isObject, type Json, type JsonObject, objectsIn, textOf, textsIn } from './values.ts';

const NOT_FIELDS = ['alias', 'internalId', 'types', 'updateProfileFirstLoginMode', 'organizationId'];

/** Identity providers with their mappers, required actions, and the user profile. */
export function identityObjects(document: JsonObject): readonly RealmObject[] {
  const providers = objectsIn(document['identityProviders']).map(
    (provider): RealmObject => ({
      type: 'identity-provider',
      id: textOf(provider['alias']) ?? '',
      fields: withHideOnLogin(without(provider, NOT_FIELDS)),
    }),
  );
  const mappers = objectsIn(document['identityProviderMappers']).map((mapper): RealmObject => {
    const parent = textOf(mapper['identityProviderAlias']) ?? '';
    return {
      type: 'identity-provider-mapper',
      id: `${parent}/${String(mapper['name'])}`,
      parent,
      fields: without(mapper, ['id', 'name', 'identityProviderAlias']),
    };
  });
  const actions = objectsIn(document['requiredActions']).map(
    (action): RealmObject => ({
      type: 'required-action',
      id: textOf(action['alias']) ?? '',
      fields: without(action, ['alias']),
    }),
  );
  return [...providers, ...mappers, ...actions, ...userProfile(document)];
}

/** Keycloak takes this one in `config`, and gives it back beside it. */
function withHideOnLogin(provider: JsonObject): JsonObject {
  const { config } = provider;
  if (!isObject(config) || config['hideOnLoginPage'] === undefined) return provider;
  const hideOnLogin = String(config['hideOnLoginPage']) === 'true' || provider['hideOnLogin'] === true;
  return { ...provider, hideOnLogin, config: without(config, ['hideOnLoginPage']) };
}

const PROFILE = 'org.keycloak.userprofile.UserProfileProvider';
const PROFILE_CONFIG = 'kc.user.profile.config';

/** The admin API gives the profile as it is; realm files have it as text inside a component. */
function userProfile(document: JsonObject): readonly RealmObject[] {
  const profile = isObject(document['userProfile'])
    ? document['userProfile']
    : profileIn(document['components']);
  if (profile === undefined) return [];
  const { attributes, groups, ...rest } = profile;
  const fields: JsonObject = { ...rest, attributes: byName(attributes), groups: byName(groups) };
  return [{ type: 'user-profile', id: 'attributes', fields }];
}

function profileIn(components: Json | undefined): JsonObject | undefined {
  const [component] = objectsIn(isObject(components) ? components[PROFILE] : undefined);
  const config = component?.['config'];
  const values = isObject(config) ? config[PROFILE_CONFIG] : undefined;
  const [text] = isList(values) ? textsIn(values) : [];
  if (text === undefined) return undefined;
  const profile = parsed(text);
  return isObject(profile) ? profile : undefined;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw usageError(
      `The user profile (${PROFILE_CONFIG}) in the realm file is not valid JSON.`,
      { hint: 'Correct it. It is a text with JSON inside: codemie realm lint names its line.' },
      'REALM_FILE',
    );
  }
}

function byName(list: Json | undefined): JsonObject {
  return Object.fromEntries(objectsIn(list).map((item) => [String(item['name']), without(item, ['name'])]));
}
