import { type CommandSpec, JSON_OPTION, PROFILE_OPTION } from '../spec.ts';

export const DOCTOR_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['doctor'],
    summary: 'Diagnose problems and show how to fix them',
    options: [
      JSON_OPTION,
      PROFILE_OPTION,
      { name: 'url', value: 'url', summary: 'CodeMie URL to check, without a profile' },
      { name: 'only', value: 'ids', summary: 'comma-separated checks to run' },
      { name: 'offline', summary: 'skip checks that need the network' },
      { name: 'fix', summary: 'fix what can be fixed safely, then run the checks' },
      { name: 'bundle', value: 'file', summary: 'write a report for support, with secrets removed' },
    ],
    examples: [
      { command: 'codemie doctor', does: 'run all checks' },
      { command: 'codemie doctor --bundle report.json', does: 'write a report for support' },
      { command: 'codemie doctor --json | jq .cause', does: 'print the root cause' },
    ],
    load: () => import('./doctor.ts'),
  },
];
