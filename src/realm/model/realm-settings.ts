import { without } from '../../system/json.ts';
import { REALM_SCOPES, scopeLists } from './fields.ts';
import type { RealmObject } from './snapshot.ts';
import { isObject, type JsonObject, textOf, textsIn } from './values.ts';

/** Members that are objects of their own, or of types that are not covered. */
const SECTIONS = [
  'roles',
  'groups',
  'users',
  'federatedUsers',
  'clients',
  'applications',
  'oauthClients',
  'clientScopes',
  'clientTemplates',
  'scopeMappings',
  'clientScopeMappings',
  'authenticationFlows',
  'authenticatorConfig',
  'identityProviders',
  'identityProviderMappers',
  'requiredActions',
  'components',
  'userProfile',
  'clientProfiles',
  'clientPolicies',
  'localizationTexts',
  'organizations',
  'workflows',
  'protocolMappers',
  'userFederationProviders',
  'userFederationMappers',
];

/** The realm's name and identity, what the server counts by itself, what is retired, and what belongs to files. */
const NOT_SETTINGS = [
  'id',
  'realm',
  'keycloakVersion',
  'notBefore',
  'defaultRole',
  'defaultRoles',
  'requiredCredentials',
  'codeSecret',
  'privateKey',
  'publicKey',
  'certificate',
  'social',
  'codemie',
  'ifResourceExists',
];

/** Attributes of servers before 12; the headers are in `browserSecurityHeaders`. */
const OLD_ATTRIBUTE = /^_browser_header\./;

/** An attribute of a realm that is still being created, so that a run that was interrupted can be finished. */
export const UNFINISHED = 'codemie.unfinished';

/** The settings of a realm, one object without a name of its own. */
export function realmObject(document: JsonObject): readonly RealmObject[] {
  const { attributes, sslRequired, ...settings } = without(document, [...SECTIONS, ...NOT_SETTINGS]);
  const fields: JsonObject = {
    ...settings,
    ...scopeLists(settings, REALM_SCOPES),
    ...(textOf(sslRequired) === undefined ? {} : { sslRequired: String(sslRequired).toLowerCase() }),
    ...(isObject(attributes)
      ? {
          attributes: without(
            attributes,
            Object.keys(attributes).filter((name) => name === UNFINISHED || OLD_ATTRIBUTE.test(name)),
          ),
        }
      : {}),
    ...(document['defaultGroups'] === undefined ? {} : { defaultGroups: textsIn(document['defaultGroups']) }),
  };
  return Object.keys(fields).length === 0 ? [] : [{ type: 'realm', id: 'settings', fields }];
}
