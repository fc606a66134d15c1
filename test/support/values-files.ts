import { chartLists } from '../../src/platform/helm/charts.ts';

/** The list of a chart as YAML, with lines behind it. */
export function chartList(version = '2.42.0', more: readonly string[] = []): string {
  const lines = chartLists(version).extraEnv.flatMap(({ name, value, valueFrom }) =>
    valueFrom === undefined
      ? [`  - name: ${name}`, `    value: ${JSON.stringify(value)}`]
      : [`  - name: ${name}`, `    valueFrom: ${JSON.stringify(valueFrom)}`],
  );
  return ['extraEnv:', ...lines, ...more, ''].join('\n');
}

/** What an operator has: comments, columns, quotes of both kinds, a duplicate, text that looks like YAML. */
export const OPERATORS_FILE = `# Our values.
replicaCount: 1

extraEnv:
  - name: ENV
    value: "prod"          # not dev
  - name: IDP_PROVIDER
    value: "keycloak"
  - name: CODEMIE_DOMAIN
    valueFrom:
      configMapKeyRef:
        name: codemie-config
        key: CODEMIE_DOMAIN_NAME
  - name: TRIGGER_ENGINE_ENABLED
    value: "false"

    # A comment in an odd column.
  - name: MCP_CLIENT_TIMEOUT
    value: "600.0"
  # Enables web hooks\twith a tab in this comment
  - name: TRIGGER_ENGINE_ENABLED
    value: "true"
  - name: PG_URL
    value: "postgresql://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@$(POSTGRES_HOST):5432/codemie"

  # Add extra environment variables that extend extraEnv
customEnv:
  - name: 'ELASTIC_URL'
    value: "https://elasticsearch-master.elastic.svc.cluster.local:9200"

dsPool:
  enabled: true
  extraEnv:
    - name: WORKERS
      value: "4"

extraVolumes: |
  - name: codemie-keys
    secret:
      secretName: codemie-access

extraObjects:
  - apiVersion: v1
    kind: ConfigMap
    data:
      customer-config.yaml: |
        ---
        components:
          - id: "adminActions"
`;

/** The part of an operator's file behind its first list. */
export const MIGRATION_LINES = `  - name: KEYCLOAK_MIGRATION_ENABLED
    value: 'true'
  - name: KEYCLOAK_ADMIN_URL
    value: 'https://keycloak.example.com'
  - name: KEYCLOAK_ADMIN_REALM
    value: 'codemie-prod'
  - name: KEYCLOAK_ADMIN_CLIENT_ID
    value: 'codemie-migration-client'
  - name: KEYCLOAK_ADMIN_CLIENT_SECRET
    valueFrom:
      secretKeyRef:
        name: codemie-migration-secret
        key: client_secret
`;
