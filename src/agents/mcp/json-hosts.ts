import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../system/env.ts';
import { CodemieError, messageOf } from '../../system/errors.ts';
import { outputOf } from '../../system/process/output-of.ts';
import { identityOf } from '../../system/real-path.ts';
import type { Adapter } from '../adapters/adapter.ts';
import { claude } from '../adapters/claude.ts';
import { gemini } from '../adapters/gemini.ts';
import { opencode } from '../adapters/opencode.ts';
import { requireProgram } from '../find.ts';
import { repositoryRootOf } from '../repository.ts';
import type { HostContext, McpHost } from './host.ts';
import { dropEntry, putEntry, readEntries } from './json-file.ts';
import type { McpServer } from './server.ts';

interface JsonHost extends Pick<McpHost, 'name' | 'title' | 'scopes' | 'fileOf' | 'entryFor'> {
  readonly adapter?: Adapter;
  /** Where the servers are in its file. */
  readonly path: readonly string[];
}

function jsonHost({ path, ...host }: JsonHost): McpHost {
  return {
    ...host,
    reads: host.scopes,
    entriesIn: async (context, scope) => readEntries(host.fileOf(context, scope), path),
    put: async (context, scope, name, entry) =>
      putEntry(host.fileOf(context, scope), [...path, name], entry, scope === 'project' ? 0o666 : 0o600),
    drop: async (context, scope, name) => dropEntry(host.fileOf(context, scope), path, name),
  };
}

const folderIn = (env: Env, variable: string, otherwise: string): string => env[variable] || otherwise;

/** The documented form, which Claude Code also writes. */
function standardEntry(server: McpServer): unknown {
  if ('url' in server) return { type: 'http', url: server.url };
  const { command, args, env } = server;
  return { type: 'stdio', command, args, env };
}

/** `.mcp.json`, which Claude Code and others read in the folder that they start in. */
export const mcpJsonFile: McpHost = jsonHost({
  name: 'file',
  title: '.mcp.json',
  scopes: ['project'],
  path: ['mcpServers'],
  fileOf: ({ cwd }) => join(cwd, '.mcp.json'),
  entryFor: standardEntry,
});

/**
 * Claude Code. Its own file changes while it runs, so its own command writes there. That command would also start the
 * servers to list them, so the file is read instead (measured with 2.1.330).
 */
export const claudeHost: McpHost = {
  ...mcpJsonFile,
  name: 'claude',
  title: claude.title,
  adapter: claude,
  scopes: ['user', 'project'],
  reads: ['user', 'project', 'local'],
  fileOf: (context, scope) =>
    scope === 'project'
      ? mcpJsonFile.fileOf(context, scope)
      : join(folderIn(context.env, 'CLAUDE_CONFIG_DIR', context.userHome), '.claude.json'),
  entriesIn: async (context, scope) => {
    const file = claudeHost.fileOf(context, scope);
    if (scope !== 'local') return readEntries(file, ['mcpServers']);
    const project = projectIn(Object.keys(readEntries(file, ['projects'])), context.cwd);
    return project === undefined ? {} : readEntries(file, ['projects', project, 'mcpServers']);
  },
  put: async (context, scope, name, entry) => {
    if (scope === 'project') return mcpJsonFile.put(context, scope, name, entry);
    return claudeMcp(context, ['add-json', '-s', scope, name, JSON.stringify(entry)]);
  },
  drop: async (context, scope, name) => {
    if (scope === 'project') return mcpJsonFile.drop(context, scope, name);
    return claudeMcp(context, ['remove', '-s', scope, name]);
  },
};

/** Claude Code names a project by its repository's root, or its folder, and on Windows with `/` (read in 2.1.330). */
function projectIn(projects: readonly string[], cwd: string): string | undefined {
  const folder = identityOf(repositoryRootOf(cwd) ?? cwd);
  return projects.find((project) => identityOf(project) === folder);
}

async function claudeMcp(context: HostContext, words: readonly string[]): Promise<void> {
  const { signal, cwd } = context;
  const program = requireProgram(context, claude);
  try {
    await outputOf(program, ['mcp', ...words], { env: context.childEnv(), signal, cwd, tellErrors: true });
  } catch (error) {
    signal.throwIfAborted();
    const message = `Claude Code did not change its settings: ${messageOf(error)}.`;
    throw new CodemieError({ code: 'AGENT_FAILED', message, cause: error });
  }
}

/**
 * Gemini CLI. Its own command would write the whole file in its own format (measured with 0.61.0). It keeps variables
 * whose names look secret from servers, but replaces `${NAME}` in their `env`.
 */
export const geminiHost: McpHost = jsonHost({
  name: 'gemini',
  title: gemini.title,
  adapter: gemini,
  scopes: ['user', 'project'],
  path: ['mcpServers'],
  fileOf: ({ env, cwd, userHome }, scope) =>
    join(scope === 'project' ? cwd : folderIn(env, 'GEMINI_CLI_HOME', userHome), '.gemini', 'settings.json'),
  entryFor: (server) => {
    if ('url' in server) return { httpUrl: server.url };
    const { command, args, env, passes } = server;
    const passed = Object.fromEntries(passes.map((name) => [name, `\${${name}}`]));
    return { command, args, env: { ...passed, ...env } };
  },
});

/** OpenCode. It has no command that removes a server (measured with 1.18.33). */
export const opencodeHost: McpHost = jsonHost({
  name: 'opencode',
  title: opencode.title,
  adapter: opencode,
  scopes: ['user', 'project'],
  path: ['mcp'],
  fileOf: ({ env, cwd, userHome }, scope) => {
    const settings = folderIn(env, 'XDG_CONFIG_HOME', join(userHome, '.config'));
    const folder = scope === 'project' ? cwd : join(settings, 'opencode');
    const file = join(folder, 'opencode.jsonc');
    return existsSync(file) ? file : join(folder, 'opencode.json');
  },
  entryFor: (server) => {
    if ('url' in server) return { type: 'remote', url: server.url };
    const { command, args, env, startMs } = server;
    return { type: 'local', command: [command, ...args], environment: env, timeout: startMs };
  },
});
