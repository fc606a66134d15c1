/** A reference to a key of a Kubernetes Secret, as `valueFrom` holds it. */
interface SecretReference {
  readonly secretKeyRef: { readonly name: string; readonly key: string; readonly optional?: true };
}

/** The charts that have something. */
export interface Versions {
  /** The first one with it; undefined for the oldest of all. */
  readonly since?: string;
  /** The first one without it; undefined for none. */
  readonly before?: string;
}

type Row = readonly [name: string, value: string | SecretReference, versions?: Versions];

/*
 * What deploy-templates/values.yaml of the public repository codemie-ai/codemie has, read at each of its tags from
 * 2.15.0 to 2.42.0. Nothing but the two marked entries changed on the way.
 */

export const EXTRA_ENV: readonly Row[] = [
  ['AZURE_OPENAI_API_KEY', secret('secret-azure-openai-api-key', 'key')],
  ['AZURE_OPENAI_URL', ''],
  ['MODELS_ENV', ''],
  ['ENV', 'dev'],
  ['IDP_PROVIDER', 'keycloak'],
  ['ENCRYPTION_TYPE', 'gcp'],
  ['API_ROOT_PATH', '/code-assistant-api'],
  ['FILES_STORAGE_TYPE', 'gcp'],
  ['TRIGGER_ENGINE_ENABLED', 'false'],
  ['ADMIN_USER_ID', secret('admin-credentials', 'user-id'), { before: '2.19.0' }],
  ['GOOGLE_SEARCH_API_KEY', secret('codemie-api-search-secrets', 'google_search_api_key')],
  ['GOOGLE_SEARCH_CSE_ID', secret('codemie-api-search-secrets', 'google_search_cse_id')],
  ['TAVILY_API_KEY', secret('codemie-api-search-secrets', 'tavily_api_key')],
  ['AWS_ACCESS_KEY_ID', secret('aws-secrets', 'aws_access_key_id')],
  ['AWS_SECRET_ACCESS_KEY', secret('aws-secrets', 'aws_secret_access_key')],
  ['AWS_DEFAULT_REGION', 'us-west-2'],
  ['GOOGLE_APPLICATION_CREDENTIALS', '/secrets/gcp-service-account.json'],
  ['GOOGLE_PROJECT_ID', ''],
  ['GOOGLE_REGION', 'europe-west3'],
  ['GOOGLE_KMS_PROJECT_ID', ''],
  ['GOOGLE_KMS_REGION', 'europe-west3'],
  ['GOOGLE_VERTEXAI_REGION', 'us-central1'],
  ['GOOGLE_CLAUDE_VERTEXAI_REGION', 'us-east5'],
  ['VAULT_URL', ''],
  ['VAULT_TOKEN', secret('vault-credentials', 'token', { optional: true })],
  ['VAULT_NAMESPACE', ''],
  ['VAULT_TRANSIT_KEY_NAME', 'codemie'],
  ['VAULT_TRANSIT_MOUNT_POINT', 'transit'],
  ['DALLE_API_URL', ''],
  ['DALLE_API_KEY', secret('secret-dalle-api-key', 'key')],
  ['IMAGE_GENERATION_MODEL', 'gemini-3.1-flash-image-preview', { since: '2.21.0', before: '2.42.0' }],
  ['AZURE_SPEECH_REGION', 'westus2'],
  ['AZURE_SPEECH_SERVICE_KEY', secret('secret-azure-speech-service-api-key', 'key')],
  ['STT_API_DEPLOYMENT_NAME', 'whisper'],
  ['STT_MODEL_NAME', 'whisper'],
  ['STT_API_URL', ''],
  ['STT_API_KEY', secret('secret-dalle-api-key', 'key')],
  ['GITHUB_IDENTIFIERS', '["github"]'],
  ['GITLAB_IDENTIFIERS', '["gitlab"]'],
  ['BITBUCKET_IDENTIFIERS', '["bitbucket"]'],
];

export const CUSTOM_ENV: readonly Row[] = [
  ['ELASTIC_USERNAME', secret('elasticsearch-master-credentials', 'username')],
  ['ELASTIC_PASSWORD', secret('elasticsearch-master-credentials', 'password')],
  ['ELASTIC_URL', 'https://elasticsearch-master.codemie-elastic-dev.svc.cluster.local:9200'],
  ['KEYCLOAK_LOGOUT_URL', ''],
  ['LOG_LEVEL', 'debug'],
  ['NATS_PLUGIN_KEY_CHECK_ENABLED', 'true'],
  ['NATS_SKIP_TLS_VERIFY', 'false'],
  ['NATS_SERVERS_URI', secret('codemie-nats-secrets', 'NATS_URL')],
  ['NATS_USER', secret('codemie-nats-secrets', 'CODEMIE_USERNAME')],
  ['NATS_PASSWORD', secret('codemie-nats-secrets', 'CODEMIE_PASSWORD')],
];

function secret(name: string, key: string, more: { readonly optional?: true } = {}): SecretReference {
  return { secretKeyRef: { name, key, ...more } };
}
