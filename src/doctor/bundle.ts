import { readConfig } from '../config/file.ts';
import { VARIABLE_NAMES } from '../config/settings-table.ts';
import type { Context } from '../context.ts';
import { redactedJson } from '../terminal/redacted-json.ts';
import { asCodemieError } from '../terminal/render-error.ts';
import type { Diagnosis } from './examine.ts';

/**
 * A report for support: the diagnosis, versions, profiles without anything that identifies a credential, and the
 * names of the variables that are set. Every text is redacted; users should still review it before sharing.
 */
export function bundle(context: Context, diagnosis: Diagnosis): string {
  const report = {
    schemaVersion: 1,
    at: new Date(context.clock.now()).toISOString(),
    codemie: CODEMIE_VERSION,
    node: process.versions.node,
    platform: `${context.platform} ${process.arch}`,
    diagnosis,
    profiles: profilesOf(context),
    variablesSet: VARIABLE_NAMES.filter((name) => (context.env[name] ?? '') !== ''),
  };
  return `${redactedJson(report, 2)}\n`;
}

const SHOWN = [
  'provider',
  'codeMieUrl',
  'codeMieProject',
  'model',
  'authMethod',
  'issuer',
  'clientId',
] as const;

function profilesOf({ home }: Context): unknown {
  try {
    const { profiles, activeProfile } = readConfig(home);
    return Object.values(profiles).map((profile) => ({
      name: profile.name,
      active: profile.name === activeProfile,
      ...Object.fromEntries(
        SHOWN.flatMap((field) => (profile[field] === undefined ? [] : [[field, profile[field]]])),
      ),
      store: profile.credential?.store ?? null,
    }));
  } catch (error) {
    return asCodemieError(error).message;
  }
}
