import { type Examples, env, variable } from './examples.ts';
import { deployment } from './examples-lists.ts';

const application = (helm: string, source = 'chart: codemie'): string =>
  `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: platform}
spec:
  source:
    ${source}
    helm:
${helm
  .split('\n')
  .map((line) => `      ${line}`)
  .join('\n')}
`;

const release = (spec: string): string =>
  `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: codemie-api}
spec:
${spec}
  values:
    customEnv: []
`;

export const UNSEEN_EXAMPLES: Examples = {
  unseen: [
    {
      title: 'a file that SOPS encrypted',
      bad: {
        'api.yaml': 'customEnv: ENC[AES256_GCM,data:x,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:x]\n',
      },
      good: { 'api.yaml': 'customEnv: []\n' },
      at: 'api.yaml:1',
      says: 'encrypted with SOPS',
      advice: 'sops decrypt',
    },
    {
      title: 'a file that is one template',
      bad: { 'values.yaml': '# made by helmfile\n{{ readFile "x" }}\n' },
      good: { 'values.yaml': '# made by helmfile\n' },
      at: 'values.yaml:1',
      says: 'a template',
      advice: 'helmfile template | codemie platform check -',
    },
    {
      title: 'templates within',
      bad: { 'values.yaml': 'customEnv:\n  {{- if .x }}\n  - {name: ENV, value: prod}\n  {{- end }}\n' },
      good: { 'values.yaml': 'customEnv:\n  - {name: ENV, value: "{{ .x }}"}\n' },
      at: 'values.yaml:2',
      says: 'a template',
    },
    {
      title: 'by the name of the file',
      bad: { 'values.yaml.gotmpl': 'customEnv: []\n' },
      good: { 'values.yaml': 'customEnv: []\n' },
      at: 'values.yaml.gotmpl:1',
      says: 'a template',
    },
    {
      title: 'values files that Argo CD reads, too',
      bad: { 'app.yaml': application('valueFiles: [prod.yaml, eu.yaml]\nvaluesObject: {customEnv: []}') },
      good: { 'app.yaml': application('valuesObject: {customEnv: []}') },
      at: 'app.yaml:8',
      says: 'Argo CD also reads prod.yaml, eu.yaml',
      advice: 'codemie platform check prod.yaml eu.yaml app.yaml',
    },
    {
      title: 'a parameter of Argo CD that becomes a boolean',
      bad: { 'app.yaml': application('parameters:\n  - {name: "customEnv[0].value", value: "true"}') },
      good: { 'app.yaml': application('parameters:\n  - {name: replicaCount, value: "2"}') },
      at: 'app.yaml:9',
      says: 'customEnv[0].value becomes a boolean',
      advice: 'forceString: true',
    },
    {
      title: 'a parameter of Argo CD with forceString',
      bad: {
        'app.yaml': application(
          'parameters:\n  - {name: "customEnv[0].value", value: "true", forceString: true}',
        ),
      },
      good: { 'app.yaml': application('parameters: []') },
      at: 'app.yaml:9',
      says: 'depends on the list',
    },
    {
      title: 'values of Flux from elsewhere',
      bad: { 'release.yaml': release('  valuesFrom:\n    - {kind: ConfigMap, name: ours}') },
      good: { 'release.yaml': release('  interval: 1h') },
      at: 'release.yaml:5',
      says: 'Values also come from ConfigMap ours',
    },
    {
      title: 'changes of Flux after Helm',
      bad: { 'release.yaml': release('  postRenderers:\n    - kustomize: {}') },
      good: { 'release.yaml': release('  suspend: false') },
      at: 'release.yaml:5',
      says: 'postRenderers',
    },
    {
      title: 'patches of kustomize',
      bad: {
        'kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n  - path: env.yaml\n',
      },
      good: {
        'kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n',
      },
      at: 'kustomization.yaml:3',
      says: 'Kustomize changes the objects after Helm (patches)',
      advice: 'kustomize build',
    },
    {
      title: 'variables of a container from a ConfigMap',
      bad: {
        '-': deployment(
          'codemie-api',
          ['- {name: IDP_PROVIDER, value: keycloak}'],
          ' envFrom: [{configMapRef: {name: ours}}],',
        ),
      },
      good: { '-': deployment('codemie-api', ['- {name: IDP_PROVIDER, value: keycloak}']) },
      at: '-:10',
      says: 'envFrom',
    },
    {
      title: 'a value that something else fills in is no finding',
      bad: { ...env(...variable('ENV', `\${X}`)), 'sops.yaml': 'x: 1\nsops: {version: 3.9.0}\n' },
      good: env(...variable('MCP_CONNECT_ENABLED', `\${MCP:=true}`)),
      at: 'sops.yaml:1',
      says: 'SOPS',
    },
  ],
};
