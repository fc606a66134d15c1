import { describe, expect, it } from 'vitest';
import { checkPlatform } from '../../../src/platform/check/check.ts';
import type { CheckOptions } from '../../../src/platform/check/subject.ts';
import { chartLists, poolsOf, uiKeys } from '../../../src/platform/helm/charts.ts';
import type { Files } from './examples.ts';

/*
 * Small files of our own in the shapes that operators have: what check says of each of them as a whole, with the lists of
 * the real charts.
 */

function told(files: Files, options: CheckOptions = {}): readonly string[] {
  return checkPlatform(
    Object.entries(files).map(([name, text]) => ({ name, text })),
    options,
    0,
  ).findings.map(({ severity, rule, file, line }) => `${severity} ${rule} ${file}:${line}`);
}

/** Values as the chart of this version has them. JSON is YAML. */
function chart(version: string): string {
  const pools = poolsOf(version).map((pool) => [pool, { enabled: false, extraEnv: [] }]);
  return JSON.stringify({ ...chartLists(version), ...Object.fromEntries(pools) }, null, 1);
}

const MARKETPLACE = `replicaCount: 1
fullnameOverride: "codemie"
extraEnv:
  - name: MODELS_ENV
    value: "ours"
  - name: CODEMIE_DOMAIN
    valueFrom:
      configMapKeyRef:
        name: codemie-config
        key: DOMAIN
  - name: CALLBACK_API_BASE_URL
    value: "codemie.$(CODEMIE_DOMAIN)"
  - name: TRIGGER_ENGINE_ENABLED
    value: "false"
      # an odd comment
  - name: TRIGGER_ENGINE_ENABLED
    value: "true"
  - name: PG_URL
    value: "postgresql://$(POSTGRES_USER):$(POSTGRES_PASSWORD)@$(POSTGRES_HOST):5432/db"
  - name: ENABLE_USER_MANAGEMENT
    value: "true"
extraVolumes: |
  - name: keys
extraObjects:
  - apiVersion: v1
    kind: ConfigMap
    data:
      customer-config.yaml: |
        ---
        components: []
`;
const MARKETPLACE_UI =
  'viteEnv: prod\nviteEnableUserManagement: "true"\nviteIdpProvider: "local"\ningress:\n  annotations:\n    a: null';
const OLD_UI =
  'viteApiUrl: https://codemie.%%DOMAIN%%\nviteEnableUserManagement: false\nviteIdpProvider: keycloak\nextraConfig: {}\n';
const NEW_UI = 'viteApiUrl: https://codemie.%%DOMAIN%%\nviteEnv: prod\nextraConfig: {}\n';

describe("the charts' own values", () => {
  it.each(['2.19.0', '2.26.0', '2.42.0'])(
    'of the API, %s: quiet, the optional VAULT_TOKEN too',
    (version) => {
      expect(chart(version)).toContain('"optional": true');
      expect(told({ 'values.yaml': chart(version) }, { chartVersion: version })).toEqual([]);
      // Where nobody says the version, a pool that newer charts do not have is named.
      const old = told({ 'values.yaml': chart(version) });
      expect(old.map((line) => line.split(' ')[1])).toEqual(version === '2.26.0' ? ['setting-dead'] : []);
    },
  );

  it.each(['2.40.0', '2.44.1'])('of the UI, %s: quiet', (version) => {
    expect(uiKeys(version).includes('viteIdpProvider')).toBe(version === '2.40.0');
    expect(told({ 'ui.yaml': version === '2.40.0' ? OLD_UI : NEW_UI })).toEqual([]);
  });
});

describe('values of a marketplace', () => {
  const api = [
    'error idp-provider-lost api.yaml:3',
    // The later one counts.
    'warning name-twice api.yaml:16',
  ];

  it('a list that replaces the one of the chart, and a name twice in it', () =>
    expect(told({ 'api.yaml': MARKETPLACE })).toEqual(api));

  it('the loss of IDP_PROVIDER can be intended: a comment with a reason suppresses it', () =>
    expect(
      told({
        'api.yaml': MARKETPLACE.replace(
          'extraEnv:',
          '# codemie: ignore idp-provider-lost because people sign in with passwords of the platform\nextraEnv:',
        ),
      }),
    ).toEqual(['warning name-twice api.yaml:17']));

  it('a flag of the UI as text works up to 2.40', () => {
    expect(told({ 'api.yaml': MARKETPLACE, 'ui.yaml': MARKETPLACE_UI })).toEqual(api);
    expect(told({ 'api.yaml': MARKETPLACE, 'ui.yaml': MARKETPLACE_UI }, { chartVersion: '2.40.0' })).toEqual(
      api,
    );
  });

  it('from 2.41 on, both flags are dead', () =>
    expect(told({ 'api.yaml': MARKETPLACE, 'ui.yaml': MARKETPLACE_UI }, { chartVersion: '2.41.0' })).toEqual([
      ...api,
      'warning ui-flag-dead ui.yaml:2',
      'warning ui-flag-dead ui.yaml:3',
    ]));

  it("with the old UI's defaults, the UI is off and signs people in otherwise", () =>
    expect(told({ 'api.yaml': MARKETPLACE, 'ui.yaml': OLD_UI })).toEqual([
      ...api,
      'error ui-differs ui.yaml:2',
      'error ui-provider-differs ui.yaml:3',
    ]));

  it('a new UI has no flags to look at', () =>
    expect(told({ 'api.yaml': MARKETPLACE, 'ui.yaml': NEW_UI })).toEqual(api));
});

describe('an override of a value with a reference', () => {
  const files = {
    'api.yaml': `extraEnv:
  - {name: SECRET_KEY, value: plaintext}
customEnv:
  - name: SECRET_KEY
    valueFrom: {secretKeyRef: {name: a, key: b}}
`,
  };

  it('is named', () =>
    expect(told(files)).toEqual([
      'error idp-provider-lost api.yaml:1',
      'warning name-overridden api.yaml:4',
    ]));

  it('may vanish on the way across 2.27', () =>
    expect(told(files, { chartVersion: '2.26.0', to: '2.27.0' })).toContain(
      'error name-vanishes api.yaml:4',
    ));
});

describe('files that are not of our chart', () => {
  it('anchors, and variables as a map: said once, where the anchor stands', () =>
    expect(
      told({
        'n8n.yaml':
          'main:\n  extraEnv: &env\n    DB_PASSWORD:\n      valueFrom: {secretKeyRef: {name: a, key: b}}\nworker:\n  extraEnv: *env\n',
      }),
    ).toEqual(['warning other-chart n8n.yaml:2', 'warning other-chart-env n8n.yaml:2']));

  it('a list as a text is refused, with its line', () =>
    expect(
      told({ 'keycloak.yaml': 'dbchecker: {}\nextraEnv: |\n  - name: ADMIN\n    value: {{ .x }}\n' }),
    ).toEqual(['error list-shape keycloak.yaml:2', 'warning other-chart keycloak.yaml:2']));

  it('an Argo CD Application: looks inside its text, and points into this file', () =>
    expect(
      told({
        'app.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
spec:
  source:
    chart: keycloak
    helm:
      values: |
        # first
        extraEnv: |
          - name: DB
`,
      }),
    ).toEqual(['warning other-chart app.yaml:9', 'warning other-chart-env app.yaml:9']));

  it('a HelmRelease with a number in env names it', () =>
    expect(
      told({
        'release.yaml': `---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: atuin}
spec:
  chartRef: {kind: OCIRepository, name: atuin}
  values:
    app:
      env:
        PORT: &port 80
      args: *port
`,
      }),
    ).toEqual(['warning other-chart release.yaml:9', 'warning other-chart-env release.yaml:9']));
});

describe('files that do not show everything', () => {
  it('encrypted: no value is called wrong', () =>
    expect(
      told({
        'secrets.yaml':
          'customEnv:\n    - name: MCP_CONNECT_ENABLED\n      value: ENC[AES256_GCM,data:x,type:bool]\nsops:\n    mac: ENC[x]\n    version: 3.7.1\n',
      }),
    ).toEqual(['warning unseen secrets.yaml:1']));

  it('one template: says so, and is no error', () =>
    expect(told({ 'values.yaml.gotmpl': '{{ (fromYaml (readFile "x")).spec.values | toYaml }}\n' })).toEqual([
      'warning unseen values.yaml.gotmpl:1',
    ]));

  it('kustomize with charts and patches', () =>
    expect(
      told({
        'kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
helmCharts:
  - releaseName: \${NAME}
patches:
  - patch: |
      - op: add
        path: /spec/template/spec/containers/0/env/-
`,
      }),
    ).toEqual(['warning unseen kustomization.yaml:5']));

  it('a sealed secret alone: quiet', () =>
    expect(
      told({
        'sealed.yaml':
          '--- \napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec:\n  encryptedData: {server: "AgA+"}\n  template:\n    data:\n      config.json: |\n        {"a": {{ toJson .server }} }\n',
      }),
    ).toEqual([]));

  it('Flux with values from elsewhere, said once, and a boolean without quotes', () =>
    expect(
      told({
        'release.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: codemie-api}
spec:
  chart: {spec: {chart: codemie, version: 2.42.0}}
  valuesFrom:
    - {kind: ConfigMap, name: env}
    - {kind: Secret, name: secrets, targetPath: "extraEnv[3].value"}
  values:
    extraEnv:
      - {name: ENABLE_USER_MANAGEMENT, value: true}
      - {name: LOG_LEVEL, value: "\${LOG_LEVEL:=info}"}
`,
      }),
    ).toEqual([
      'warning unseen release.yaml:6',
      // IDP_PROVIDER may come from the values that cannot be seen.
      'warning defaults-dropped release.yaml:10',
      'error value-not-text release.yaml:11',
    ]));
});
