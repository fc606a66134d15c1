import type { Adapter, Launch } from '../../agents/adapter.ts';
import { PLUGIN_FOLDER, PRIVATE_HOME, SETTINGS_FILE } from '../../agents/adapter.ts';
import type { Access } from '../../credentials/access.ts';
import { redact } from '../../system/redact.ts';
import type { Secret } from '../../system/secret.ts';

/** Names whose values are nobody's business, as in a person's own `--settings`. */
const SECRETIVE = /(^|_)(API_?KEY|ACCESS_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIALS?)$/i;

/** `--print-config`: how the agent would be started, with every secret masked. Nothing is started. */
export function configReport(
  adapter: Adapter,
  program: string,
  launch: Launch,
  access: Access,
  removed: readonly string[],
  key: Secret,
): string {
  const report = {
    schemaVersion: 1,
    agent: adapter.name,
    program,
    argv: launch.argv.map((word) => shown(word)),
    env: Object.fromEntries(Object.entries(launch.env).map(([name, value]) => [name, shown(value)])),
    settings: launch.settings ?? launch.home?.settings ?? null,
    removed,
    platform: access.origin,
    source: access.source,
    sourceName: access.sourceName,
  };
  const mask = (name: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    if (value === key.reveal()) return '[key of this run]';
    return SECRETIVE.test(name) && value !== '' ? '[redacted]' : redact(value);
  };
  return JSON.stringify(report, mask, 2);
}

function shown(word: string): string {
  const places: Readonly<Record<string, string>> = {
    [SETTINGS_FILE]: '<settings file>',
    [PRIVATE_HOME]: '<home of this run>',
    [PLUGIN_FOLDER]: '<plugin of this run>',
  };
  return places[word] ?? word;
}
