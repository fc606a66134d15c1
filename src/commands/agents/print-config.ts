import type { Adapter, Launch } from '../../agents/adapters/adapter.ts';
import { PLUGIN_FOLDER, PRIVATE_HOME, SETTINGS_FILE } from '../../agents/adapters/adapter.ts';
import type { Access } from '../../credentials/access.ts';
import { isRecord, objectIn } from '../../system/json.ts';
import { redact } from '../../system/redact.ts';
import type { Secret } from '../../system/secret.ts';
import { isSecretName } from '../../system/secret-names.ts';

export interface Started {
  readonly adapter: Adapter;
  readonly program: string;
  readonly launch: Launch;
  /** The agent's environment, ours and the user's. */
  readonly env: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
}

/** The output of `--print-config`: how the agent would start, with every secret masked. Nothing is started. */
export function configReport(
  { adapter, program, launch, env, removed }: Started,
  access: Access,
  key: Secret,
): string {
  const names = ['NO_PROXY', 'no_proxy', ...Object.keys(launch.env)];
  const report = {
    schemaVersion: 1,
    agent: adapter.name,
    program,
    argv: maskedWords(launch.argv.map(shown), key),
    env: masked(Object.fromEntries(names.map((name) => [name, shown(env[name] ?? '')])), key),
    settings: masked(launch.settings ?? launch.home?.settings ?? null, key),
    removed,
    platform: access.origin,
    project: access.selection.project ?? null,
    integration: access.selection.integration ?? null,
    source: access.source,
    sourceName: access.sourceName,
  };
  return JSON.stringify(report, null, 2);
}

const MASK = '[redacted]';

/** Masks a value by its name (lists and headers as a whole), or else by its form. */
function masked(value: unknown, key: Secret, name = '', isSecret = false): unknown {
  const hides = isSecret || isSecretName(name);
  if (Array.isArray(value)) return maskedWords(value, key, hides);
  if (isRecord(value)) {
    const isHeaders = /headers$/i.test(name);
    return Object.fromEntries(
      Object.entries(value).map(([below, entry]) => [below, masked(entry, key, below, isHeaders)]),
    );
  }
  if (typeof value !== 'string' || value === '') return value;
  if (value === key.reveal()) return '[key of this run]';
  if (hides) return MASK;
  const inside = /^[{[]/.test(value) ? objectIn(value) : undefined;
  if (inside !== undefined) return JSON.stringify(masked(inside, key));
  // A whole command line, as in hooks and MCP servers.
  return redact(/\s--?\w/.test(value) ? maskedWords(value.split(' '), key).join(' ') : value);
}

/**
 * Masks the words of a command line of the agent or an MCP server: `--token X`, `-e API_TOKEN=X`. Other lists do not
 * contain such words.
 */
function maskedWords(words: readonly unknown[], key: Secret, isSecret = false): readonly unknown[] {
  return words.map((word, i) => {
    const before = words[i - 1];
    if (isSecret || typeof word !== 'string') return masked(word, key, '', isSecret);
    // The session to resume is not a secret.
    if (before === '--session') return word;
    const isValue = typeof before === 'string' && /^--?[\w-]+$/.test(before) && !word.startsWith('-');
    return maskedWord(word, key, isValue ? before : '');
  });
}

/** `--token=X`, `--env=API_TOKEN=X`, `Private-Token: X`. */
function maskedWord(word: string, key: Secret, name: string): unknown {
  const [, own, sign, value = ''] = /^([\w.-]+)(=|:\s+)(.*)$/s.exec(word) ?? [];
  if (own === undefined || isSecretName(name)) return masked(word, key, name);
  return `${own}${sign}${maskedWord(value, key, own)}`;
}

function shown(word: string): string {
  const places: Readonly<Record<string, string>> = {
    [SETTINGS_FILE]: '<settings file>',
    [PRIVATE_HOME]: '<home of this run>',
    [PLUGIN_FOLDER]: '<plugin of this run>',
  };
  return places[word] ?? word;
}
