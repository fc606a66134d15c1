import { AGENT_COMMANDS } from './agents/table.ts';
import { AUDIT_COMMANDS } from './audit/table.ts';
import { CONFIG_COMMANDS } from './config/table.ts';
import { DOCTOR_COMMANDS } from './doctor/table.ts';
import { GATEWAY_COMMANDS } from './gateway/table.ts';
import { INSTALL_COMMANDS } from './install/table.ts';
import { MCP_COMMANDS } from './mcp/table.ts';
import { MODELS_COMMANDS } from './models/table.ts';
import { PLATFORM_COMMANDS } from './platform/table.ts';
import { PROFILE_COMMANDS } from './profile/table.ts';
import { REALM_COMMANDS } from './realm/table.ts';
import { SANDBOX_COMMANDS } from './sandbox/table.ts';
import { SETUP_COMMANDS } from './setup/table.ts';
import type { CommandSpec } from './spec.ts';

/** Every command, in the order of help. To add one, write a file and add it to its group's table. */
export const COMMANDS: readonly CommandSpec[] = [
  ...SETUP_COMMANDS,
  ...PROFILE_COMMANDS,
  ...DOCTOR_COMMANDS,
  ...AGENT_COMMANDS,
  ...MODELS_COMMANDS,
  ...INSTALL_COMMANDS,
  ...GATEWAY_COMMANDS,
  ...MCP_COMMANDS,
  ...REALM_COMMANDS,
  ...PLATFORM_COMMANDS,
  ...CONFIG_COMMANDS,
  ...AUDIT_COMMANDS,
  ...SANDBOX_COMMANDS,
];

/** Other executables, each with the command it runs. */
export const BINARIES: Readonly<Record<string, readonly string[]>> = {
  'codemie-claude': ['run', 'claude'],
  'codemie-opencode': ['run', 'opencode'],
  'codemie-codex': ['run', 'codex'],
  'codemie-gemini': ['run', 'gemini'],
  'codemie-mcp-proxy': ['mcp', 'proxy'],
};
