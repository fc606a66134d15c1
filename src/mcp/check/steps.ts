import type { ExitName } from '../../system/exit-codes.ts';
import { explain } from '../bridge/answers.ts';
import type { McpCode } from '../errors.ts';

export const STEP_IDS = [
  'resource-metadata',
  'server-metadata',
  'registration',
  'authorize',
  'token',
  'initialize',
] as const;
export type StepId = (typeof STEP_IDS)[number];

/** What came of one step. `detail` is made for support: it has no secret in it. */
export interface Step {
  readonly id: StepId;
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly detail: string;
  /** Commands. */
  readonly fix: readonly string[];
}

export interface Steps {
  set(id: StepId, status: Exclude<Step['status'], 'fail'>, detail: string, ...fix: readonly string[]): void;
  fail(id: StepId, error: unknown, ...fix: readonly string[]): void;
  /** The server works, once a person has signed in. */
  needsSignIn(status: 'warn' | 'fail', detail: string, fix: readonly string[]): void;
  hasFailed(): boolean;
  /** @param reason of the steps that were not taken. */
  end(reason: string): Checked;
}

export interface Checked {
  readonly steps: readonly Step[];
  readonly exit: ExitName;
}

const EXITS: Partial<Record<McpCode, ExitName>> = {
  MCP_UNREACHABLE: 'unreachable',
  MCP_SILENT: 'unreachable',
  MCP_DESTINATION_REFUSED: 'denied',
  MCP_UNAUTHORIZED: 'auth',
  MCP_STORE_FAILED: 'store',
};

/** Collects the steps of one check. The first failure decides the exit code. */
export function collectSteps(server: URL): Steps {
  const steps = new Map<StepId, Step>();
  let exit: ExitName | undefined;
  return {
    set: (id, status, detail, ...fix) => void steps.set(id, { id, status, detail, fix }),
    fail: (id, error, ...fix) => {
      const told = explain(error, server);
      const detail = `${told.message} ${told.hint}`;
      steps.set(id, { id, status: 'fail', detail, fix });
      exit ??= EXITS[told.code] ?? 'failed';
    },
    needsSignIn: (status, detail, fix) => {
      steps.set('token', { id: 'token', status, detail, fix });
      exit ??= 'auth';
    },
    hasFailed: () => exit !== undefined,
    end: (reason) => ({
      steps: STEP_IDS.map((id) => steps.get(id) ?? { id, status: 'skip', detail: reason, fix: [] }),
      exit: exit ?? 'ok',
    }),
  };
}
