import { type CommandSpec, JSON_OPTION } from '../spec.ts';
import { CHART_OPTIONS } from './chart-options.ts';

export const CHECK_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['platform', 'check'],
    summary: 'Find mistakes in Helm values and manifests before they run',
    description:
      "Takes values files of the API and the UI in the order of Helm's -f, manifests as Helm renders them, Argo CD and Flux documents, and Secrets; - is stdin. It reads YAML as Helm does. It needs no server; with --live it also compares with a running platform. Exits with 10 if there is an error among the findings. The rules, and how to ignore a finding, are in docs/reference/platform-rules.md.",
    args: [{ name: 'file', summary: 'files to check; - is stdin', optional: true, variadic: true }],
    options: [
      { name: 'api', value: 'file', repeatable: true, summary: 'values of codemie-api, after the files' },
      { name: 'ui', value: 'file', repeatable: true, summary: 'values of codemie-ui, after the files' },
      ...CHART_OPTIONS,
      { name: 'to', value: 'version', summary: 'version of the charts to upgrade to' },
      { name: 'live', value: 'url', summary: 'running platform to compare with' },
      { name: 'github', summary: 'print findings as annotations of GitHub Actions' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie platform check values-api.yaml secrets.yaml values-ui.yaml',
        does: 'check the files of both components',
      },
      {
        command: 'helm template codemie-api CHART -f values.yaml | codemie platform check -',
        does: 'check what Helm makes of them',
      },
      {
        command: 'codemie platform check values-api.yaml --chart-version 2.26.0 --to 2.42.0',
        does: 'check before an upgrade',
      },
    ],
    load: () => import('./check.ts'),
  },
];
