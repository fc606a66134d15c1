import type { OptionSpec } from '../spec.ts';

/** The launcher's own flags; everything else goes to the agent. */
export const LAUNCH_OPTIONS: readonly OptionSpec[] = [
  { name: 'task', value: 'text', summary: 'run this prompt and exit' },
  { name: 'silent', summary: "suppress codemie's own messages" },
  {
    name: 'jwt-token',
    value: 'token',
    sensitive: true,
    summary: 'CodeMie JWT, or - to read it from stdin',
  },
  { name: 'jwt-token-file', value: 'file', summary: 'file to read the CodeMie JWT from' },
  { name: 'base-url', value: 'url', summary: 'CodeMie URL' },
  { name: 'profile', value: 'name', summary: 'profile to use' },
  {
    name: 'provider',
    value: 'name',
    summary: 'model provider to use instead of CodeMie (needs an API key)',
  },
  { name: 'ci', summary: "sign in with this CI job's identity; nothing is stored" },
  { name: 'model', value: 'id', summary: 'model to use' },
  { name: 'project', value: 'name', summary: 'project to bill usage to' },
  { name: 'integration', value: 'id', summary: 'CodeMie integration to bill usage to' },
  { name: 'resume', value: 'id', summary: 'resume a session (latest if no ID is given)' },
  { name: 'timeout', value: 'duration', summary: 'stop the agent after this time' },
  {
    name: 'trust-workspace',
    summary: 'let the agent trust this folder for this run (required for Gemini CLI tasks)',
  },
  { name: 'print-config', summary: 'show how the agent would be started, with secrets masked, and exit' },
];
