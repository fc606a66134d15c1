import { type CommandSpec, JSON_OPTION, PROFILE_OPTION } from '../spec.ts';

export const DOCTOR_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['doctor'],
    summary: 'find out what is wrong, and how to fix it',
    options: [
      JSON_OPTION,
      PROFILE_OPTION,
      { name: 'url', value: 'url', summary: 'address of a platform that no profile holds yet' },
      { name: 'only', value: 'ids', summary: 'only these checks (comma separated)' },
      { name: 'offline', summary: 'skip everything that needs the network' },
      { name: 'fix', summary: 'repair what can be repaired safely, then check' },
      { name: 'bundle', value: 'file', summary: 'also write a report for support, without secrets' },
    ],
    examples: [
      { command: 'codemie doctor', does: 'all checks, one screen' },
      { command: 'codemie doctor --bundle report.json', does: 'a file for support' },
      { command: 'codemie doctor --json | jq .cause', does: 'the one failure that explains the others' },
    ],
    load: () => import('./doctor.ts'),
  },
];
