import type { Context } from '../../context.ts';
import type { Adapter } from '../adapters/adapter.ts';
import type { McpServer } from './server.ts';

/** For you in every folder; for everybody in this folder; for you in this folder. */
export type Scope = 'user' | 'project' | 'local';

export type HostContext = Pick<
  Context,
  'env' | 'cwd' | 'userHome' | 'home' | 'platform' | 'childEnv' | 'signal'
>;

/** The servers of one scope by name, each in the host's own form. */
export type Entries = Readonly<Record<string, unknown>>;

/** A program that connects to MCP servers, and where it keeps them. */
export interface McpHost {
  readonly name: string;
  readonly title: string;
  /** Its program has to be installed to add a server. */
  readonly adapter?: Adapter;
  /** Scopes that we write, the default first. */
  readonly scopes: readonly Scope[];
  /** Scopes that it reads. */
  readonly reads: readonly Scope[];
  /** The file of a scope; it may not exist. */
  fileOf(context: HostContext, scope: Scope): string;
  /** @throws CONFIG_BROKEN when the host's settings cannot be read. */
  entriesIn(context: HostContext, scope: Scope): Promise<Entries>;
  /** A server in the host's own form. */
  entryFor(server: McpServer): unknown;
  /** Writes one entry, and leaves everything else as it is. */
  put(context: HostContext, scope: Scope, name: string, entry: unknown): Promise<void>;
  drop(context: HostContext, scope: Scope, name: string): Promise<void>;
}
