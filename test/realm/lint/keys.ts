import { type Example, STOCK_SERVER } from './examples.ts';

const mapper = (protocolMapper: string) => ({
  clients: [{ clientId: 'portal', protocolMappers: [{ name: 'm', protocolMapper }] }],
});

export const KEY_EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  'key-unknown': [
    {
      bad: { realm: 'acme', messageBundles: {} },
      path: 'messageBundles',
      good: { realm: 'acme', localizationTexts: {} },
    },
    {
      bad: { clients: [{ clientId: 'portal', redirectUri: 'https://portal.example' }] },
      path: 'clients[0].redirectUri',
      good: { clients: [{ clientId: 'portal', redirectUris: ['https://portal.example'] }] },
    },
    {
      bad: { components: { 'org.keycloak.keys.KeyProvider': [{ provider: 'rsa' }] } },
      path: 'components["org.keycloak.keys.KeyProvider"][0].provider',
      good: {
        codemie: { delete: { roles: '*' } },
        components: { 'org.keycloak.keys.KeyProvider': [{ providerId: 'rsa' }] },
      },
    },
  ],
  'value-type': [
    {
      bad: { accessTokenLifespan: 'an hour' },
      path: 'accessTokenLifespan',
      good: { accessTokenLifespan: '3600', ssoSessionIdleTimeout: `\${IDLE:1800}`, enabled: 'true' },
    },
    {
      bad: { clients: [{ clientId: 'portal', redirectUris: 'https://portal.example' }] },
      path: 'clients[0].redirectUris',
      good: {
        clients: [{ clientId: 'portal', redirectUris: ['https://portal.example'], attributes: { a: 1 } }],
      },
    },
  ],
  'provider-unknown': [
    {
      bad: mapper('oidc-shift-mapper'),
      path: 'clients[0].protocolMappers[0].protocolMapper',
      good: mapper('oidc-full-name-mapper'),
    },
    {
      bad: { identityProviders: [{ alias: 'k', providerId: 'acme-kubernetes' }] },
      path: 'identityProviders[0].providerId',
      good: {
        identityProviders: [
          { alias: 'k', providerId: 'github' },
          { alias: 'o', providerId: `\${KIND}` },
        ],
      },
    },
    {
      bad: { components: { 'org.keycloak.models.workflow.WorkflowProvider': [{ providerId: 'default' }] } },
      path: 'components["org.keycloak.models.workflow.WorkflowProvider"][0].providerId',
      good: { components: { 'org.keycloak.keys.KeyProvider': [{ providerId: 'hmac-generated' }] } },
    },
    {
      bad: { eventsListeners: ['kafka'] },
      path: 'eventsListeners[0]',
      good: { eventsListeners: ['jboss-logging'] },
    },
  ],
  'provider-missing': [
    {
      bad: mapper('oidc-shift-mapper'),
      path: 'clients[0].protocolMappers[0].protocolMapper',
      good: mapper('oidc-full-name-mapper'),
      facts: STOCK_SERVER,
    },
  ],
};
