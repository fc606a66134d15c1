import { type Advice, SIGN_IN } from '../system/errors.ts';

const SWITCH: Advice = { fix: 'codemie profile list', hint: 'Switch with: codemie profile use NAME' };
const CREATE: Advice = { fix: 'codemie setup', hint: 'Name the new profile with --profile NAME.' };
const DELETE: Advice = { fix: 'codemie profile list', hint: 'Delete with: codemie profile delete NAME' };
const LOG: Advice = { fix: 'codemie audit show', hint: 'For a debug log, set CODEMIE_DEBUG=true.' };
const UPDATE: Advice = {
  fix: 'npm install -g codemie@latest',
  hint: 'Update an agent with: codemie install AGENT',
};
const SKILLS: Advice = { hint: "Manage skills in the agent, for example with Claude Code's /skills." };

/** Commands that other tools have, or an earlier CLI had, and what to type here. By all words typed, or by the first. */
const OTHER_WORDS: Readonly<Record<string, Advice>> = {
  list: { fix: 'codemie profile list', hint: 'codemie install --help lists the agents.' },
  agents: { fix: 'codemie install --help' },
  profiles: { fix: 'codemie profile list' },
  'profile switch': SWITCH,
  'profile select': SWITCH,
  'profile activate': SWITCH,
  'profile show': { fix: 'codemie profile status' },
  'profile info': { fix: 'codemie profile status' },
  'profile current': { fix: 'codemie profile status' },
  'profile whoami': { fix: 'codemie profile status' },
  'profile ls': { fix: 'codemie profile list' },
  'profile add': CREATE,
  'profile create': CREATE,
  'profile new': CREATE,
  'profile remove': DELETE,
  'profile rm': DELETE,
  'profile token': { fix: 'codemie token --help' },
  'profile signin': { fix: SIGN_IN },
  'profile signout': { fix: 'codemie profile logout' },
  signin: { fix: SIGN_IN },
  signout: { fix: 'codemie profile logout' },
  auth: { fix: 'codemie profile --help' },
  sso: { fix: SIGN_IN },
  refresh: { fix: 'codemie profile refresh' },
  switch: SWITCH,
  use: SWITCH,
  init: { fix: 'codemie setup' },
  configure: { fix: 'codemie setup' },
  onboard: { fix: 'codemie setup' },
  model: { fix: 'codemie models' },
  'config get': { fix: 'codemie config list' },
  'config ls': { fix: 'codemie config list' },
  'config edit': { fix: 'codemie config set --help' },
  'config test': { fix: 'codemie doctor' },
  'config init': { fix: 'codemie setup' },
  health: { fix: 'codemie doctor' },
  check: { fix: 'codemie doctor' },
  diagnose: { fix: 'codemie doctor' },
  proxy: { fix: 'codemie gateway --help', hint: 'For MCP servers: codemie mcp proxy URL' },
  serve: { fix: 'codemie gateway start' },
  claude: { fix: 'codemie-claude' },
  codex: { fix: 'codemie-codex' },
  gemini: { fix: 'codemie-gemini' },
  opencode: { fix: 'codemie-opencode' },
  code: { fix: 'codemie-claude' },
  exec: { fix: 'codemie run --help' },
  start: { fix: 'codemie run --help' },
  log: LOG,
  logs: LOG,
  update: UPDATE,
  upgrade: UPDATE,
  'self-update': { fix: 'npm install -g codemie@latest' },
  uninstall: {
    fix: 'npm uninstall -g codemie',
    hint: 'Before, remove your sign-ins with: codemie config reset',
  },
  completion: { hint: 'codemie has no shell completion. To list all commands: codemie --help' },
  analytics: {
    hint: 'codemie keeps no statistics of your sessions. codemie audit show lists what happened to your sign-ins.',
  },
  assistants: { hint: 'Manage assistants in the CodeMie web app.' },
  skill: SKILLS,
  skills: SKILLS,
  workflow: { hint: 'Manage workflows in the CodeMie web app.' },
  hook: {
    hint: 'This hook belongs to the existing CodeMie CLI. Remove it from the settings of your agent.',
  },
};

/** @returns what to type instead of a command that is not here, or undefined if nobody knows. */
export function adviceFor(words: readonly string[]): Advice | undefined {
  const known = [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) =>
    Object.hasOwn(OTHER_WORDS, name),
  );
  return known === undefined ? undefined : OTHER_WORDS[known];
}
