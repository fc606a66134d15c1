import type { Context } from '../../context.ts';
import type { Addresses } from '../../gateway/service.ts';

/** The variables that clients of each API read. */
const VARIABLES = [
  { dialect: 'openai', label: 'OpenAI', address: 'OPENAI_BASE_URL', key: 'OPENAI_API_KEY' },
  { dialect: 'anthropic', label: 'Anthropic', address: 'ANTHROPIC_BASE_URL', key: 'ANTHROPIC_AUTH_TOKEN' },
  { dialect: 'gemini', label: 'Gemini', address: 'GOOGLE_GEMINI_BASE_URL', key: 'GEMINI_API_KEY' },
] as const;

/** What to paste into a terminal so that a client uses the gateway: the key, and one line for each API. */
export function linesToCopy(
  addresses: Addresses,
  { platform }: Pick<Context, 'platform'>,
): readonly string[] {
  const isWindows = platform === 'win32';
  const lines = VARIABLES.flatMap(({ dialect, label, address, key }) => {
    const url = addresses[dialect];
    if (url === undefined) return [];
    const settings = isWindows
      ? `$env:${address}='${url}'; $env:${key}=$KEY`
      : `export ${address}=${url} ${key}=$KEY`;
    return [`  ${label.padEnd(10)} ${settings}`];
  });
  const key = isWindows
    ? '$KEY=(codemie gateway status --json | ConvertFrom-Json).key'
    : 'KEY=$(codemie gateway status --json | jq -r .key)';
  return [
    'To use it, copy the key and the line for the API of your client:',
    `  Key        ${key}`,
    ...lines,
    'Editors take the address and the key in their settings.',
  ];
}
