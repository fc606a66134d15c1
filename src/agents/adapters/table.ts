import type { Adapter } from './adapter.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';
import { opencode } from './opencode.ts';

/** The supported agents. To add one, write a file like `claude.ts`, one entry here and one golden test. */
export const ADAPTERS: readonly Adapter[] = [claude, opencode, codex, gemini];
