import { type CommandSpec, JSON_OPTION } from '../spec.ts';

export const AUDIT_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['audit', 'show'],
    summary: 'Show sign-in and agent activity on this machine',
    description:
      'Shows sign-ins, refreshes, sign-outs, moves between stores, agent runs and denied models. Secrets and prompts are never recorded.',
    options: [
      { name: 'since', value: 'duration', summary: 'only entries newer than this (24h, 30m)' },
      { name: 'limit', value: 'number', summary: 'maximum number of entries', default: '100' },
      JSON_OPTION,
    ],
    examples: [
      { command: 'codemie audit show --since 24h', does: 'show the last day' },
      { command: "codemie audit show --json | jq '.entries[].event'", does: 'print the event names' },
    ],
    load: () => import('./show.ts'),
  },
  {
    path: ['audit', 'verify'],
    summary: 'Verify that the audit log is complete and unchanged',
    options: [JSON_OPTION],
    examples: [
      {
        command: 'codemie audit verify',
        does: 'exit 0 if it is, 10 if entries were changed or removed',
      },
      { command: 'codemie audit verify --json | jq .problems', does: 'list the problems' },
    ],
    load: () => import('./verify.ts'),
  },
];
