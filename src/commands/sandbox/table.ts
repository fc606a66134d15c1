import type { CommandSpec } from '../spec.ts';

export const SANDBOX_COMMANDS: readonly CommandSpec[] = [];
