import { delimiter } from 'node:path';
import { installAgent } from '../../scripts/agents.mjs';
import { Machine } from './program.ts';
import { skipped } from './tools.ts';

/** A real agent, and the options a user gives besides ours. */
export interface RealAgent {
  readonly name: 'claude' | 'opencode' | 'codex' | 'gemini';
  /** The name of our launcher. */
  readonly bin: string;
  /** Given, so that no list of models is requested. */
  readonly model: string;
  /** The route it uses to reach the model. */
  readonly route: string;
  /** Lets a task start in an untrusted folder. */
  readonly trust: readonly string[];
  /** Lets it use its shell without asking. */
  readonly shell: readonly string[];
  /** Why its tests are skipped. */
  readonly missing: string | undefined;
  readonly folder: string;
}

function agent(own: Pick<RealAgent, 'name' | 'model' | 'route' | 'shell' | 'trust'>): RealAgent {
  const installed = installAgent(own.name);
  const isThere = 'folder' in installed;
  return {
    ...own,
    bin: `codemie-${own.name}.js`,
    missing: isThere ? undefined : skipped(`${own.name}: ${installed.reason}`),
    folder: isThere ? installed.folder : '',
  };
}

export const REAL_AGENTS: readonly RealAgent[] = [
  agent({
    name: 'claude',
    model: 'claude-sonnet-4-6',
    route: '/v1/messages',
    trust: [],
    shell: ['--allowedTools', 'Bash'],
  }),
  agent({
    name: 'opencode',
    model: 'gpt-5-2025-08-07',
    route: '/v1/chat/completions',
    trust: [],
    shell: [],
  }),
  agent({
    name: 'codex',
    model: 'gpt-5-2025-08-07',
    route: '/v1/responses',
    trust: [],
    shell: ['--sandbox', 'danger-full-access'],
  }),
  agent({
    name: 'gemini',
    model: 'gemini-3.1-pro',
    route: '/v1beta/models/gemini-3.1-pro:streamGenerateContent',
    trust: ['--trust-workspace'],
    shell: ['--yolo'],
  }),
];

/** A machine with all of them installed, without their telemetry and updates. */
export function machineWithAgents(env: Record<string, string> = {}): Machine {
  const machine = new Machine({
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    npm_config_offline: 'true',
    ...env,
  });
  machine.env['PATH'] = [...REAL_AGENTS.map(({ folder }) => folder), process.env['PATH']].join(delimiter);
  return machine;
}
