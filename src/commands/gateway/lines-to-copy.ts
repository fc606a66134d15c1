import type { Context } from '../../context.ts';
import type { Addresses } from '../../gateway/service.ts';
import { type Shell, shellOf } from '../../system/shell.ts';

/** The variables that clients of each API read. */
const VARIABLES = [
  { dialect: 'openai', label: 'OpenAI', address: 'OPENAI_BASE_URL', key: 'OPENAI_API_KEY' },
  { dialect: 'anthropic', label: 'Anthropic', address: 'ANTHROPIC_BASE_URL', key: 'ANTHROPIC_AUTH_TOKEN' },
  { dialect: 'gemini', label: 'Gemini', address: 'GOOGLE_GEMINI_BASE_URL', key: 'GEMINI_API_KEY' },
] as const;

interface Lines {
  readonly key: string;
  settings(address: string, url: string, key: string): string;
}

const COPY: Readonly<Record<Shell, Lines>> = {
  posix: {
    key: 'KEY=$(codemie gateway status --json | jq -r .key)',
    settings: (address, url, key) => `export ${address}=${url} ${key}=$KEY`,
  },
  powershell: {
    key: '$KEY=(codemie gateway status --json | ConvertFrom-Json).key',
    settings: (address, url, key) => `$env:${address}='${url}'; $env:${key}=$KEY`,
  },
  // cmd.exe reads no JSON.
  cmd: {
    key: 'codemie gateway status --json     and then: set KEY=<the value of "key">',
    settings: (address, url, key) => `set ${address}=${url}& set ${key}=%KEY%`,
  },
};

/** What to paste into a terminal so that a client uses the gateway: the key, and one line for each API. */
export function linesToCopy(
  addresses: Addresses,
  { platform, env }: Pick<Context, 'platform' | 'env'>,
): readonly string[] {
  const userShell = shellOf(platform, env);
  const lines = VARIABLES.flatMap(({ dialect, label, address, key }) => {
    const url = addresses[dialect];
    if (url === undefined) return [];
    return [`  ${label.padEnd(10)} ${COPY[userShell].settings(address, url, key)}`];
  });
  return [
    'To use it, copy the key and the line for the API of your client:',
    `  Key        ${COPY[userShell].key}`,
    ...lines,
    'Editors take the address and the key in their settings.',
  ];
}
