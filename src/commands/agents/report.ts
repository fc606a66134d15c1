import type { Adapter, Launch } from '../../agents/adapter.ts';
import { SETTINGS_FILE } from '../../agents/adapter.ts';
import type { Access } from '../../credentials/access.ts';
import type { Secret } from '../../system/secret.ts';

/** `--print-config`: how the agent would be started, with the gateway's key masked. Nothing is started. */
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
    argv: launch.argv.map((word) => (word === SETTINGS_FILE ? '<settings file>' : word)),
    env: launch.env,
    settings: launch.settings ?? null,
    removed,
    platform: access.origin,
    source: access.source,
    sourceName: access.sourceName,
  };
  return JSON.stringify(report, undefined, 2).replaceAll(key.reveal(), '[key of this run]');
}
