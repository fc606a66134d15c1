import { dirname, join } from 'node:path';
import type { Dialect } from '../../config/providers.ts';
import type { Model } from '../../platform-api/shapes.ts';
import type { Env } from '../../system/env.ts';
import { usageError } from '../../system/errors.ts';
import type { Family } from '../models/names.ts';

/** What a run hands to the agent. */
export interface LaunchInput {
  readonly gatewayUrl: string;
  /** The gateway key of this run. */
  readonly key: string;
  readonly models: ModelChoice;
  readonly task: string | undefined;
  readonly rest: readonly string[];
  /** Where the agent's hooks report; absent when tracking is off. */
  readonly hookUrl?: string | undefined;
  /** The session to resume: its ID, or true for the latest. */
  readonly resume?: string | true | undefined;
  /** The user allowed the agent to trust the working folder for this run. */
  readonly trustWorkspace?: boolean;
}

export interface ModelChoice {
  readonly main: string;
  readonly haiku: string;
  readonly sonnet: string;
  readonly opus: string;
  /** The user named the main model for this run. */
  readonly isNamed?: boolean;
  /** What the user should know about a model of their settings, in a sentence. */
  readonly notice?: string;
  /** The models the platform lists for this user; empty when it could not. */
  readonly listed?: readonly Model[];
  /** The provider also accepts names that its list leaves out. */
  readonly isOpen?: boolean;
}

/** The user's side: their environment, and the files they name or the agent finds on its own. */
export interface UserEnvironment {
  readonly readFile: (path: string) => string;
  readonly exists: (path: string) => boolean;
  readonly isFile: (path: string) => boolean;
  /** Names in a folder; empty when the folder does not exist. */
  readonly namesIn: (path: string) => readonly string[];
  readonly platform: NodeJS.Platform;
  readonly env: Env;
  readonly cwd: string;
  readonly userHome: string;
}

/**
 * How to start an agent. `settings` is written to a private file; its path replaces `SETTINGS_FILE` in argv and the
 * environment.
 */
export interface Launch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly settings?: unknown;
  /** Files of a plugin for this run, by path; the plugin's folder replaces `PLUGIN_FOLDER`. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  readonly home?: PrivateHome;
  /** `brief`: the agent reads its input to the end before it starts. */
  readonly input?: 'brief';
  /** Choices the user should know about, one sentence each. */
  readonly notices?: readonly string[];
  /** The agent answers one prompt and exits, so a stop signal is always meant for the whole run. */
  readonly unattended: boolean;
}

export const SETTINGS_FILE = '\u0000settings-file';
export const PLUGIN_FOLDER = '\u0000plugin-folder';
export const PRIVATE_HOME = '\u0000private-home';

/**
 * A home folder for one run, for an agent that takes these settings in no other way. Its path replaces
 * `PRIVATE_HOME`; whatever the agent keeps between runs is linked into it.
 */
export interface PrivateHome {
  readonly folder: string;
  /** The user's own folder, which this one replaces during the run. */
  readonly own: string;
  readonly settings: unknown;
  /** Settings that codemie overrides, as dotted paths: never brought back. */
  readonly overridden: readonly string[];
  /** The gateway's address: never brought back. */
  readonly address: string;
  /** Files below `folder` that contain the path of the home they were written in. */
  readonly withHomePaths: readonly string[];
  /** Link names in `folder`, each with the user's file or folder it points to. */
  readonly links: Readonly<Record<string, string>>;
  /** The user's folders that must exist before the run, or the agent's data would be lost. */
  readonly keep: readonly string[];
}

/** The agent versions that all tests ran with; `codemie install` picks the newest. */
export interface TriedVersions {
  readonly oldest: string;
  readonly newest: string;
}

/** One coding agent. To add one, write one adapter and one golden test. */
export interface Adapter {
  readonly name: string;
  readonly title: string;
  /** Name of the executable. */
  readonly program: string;
  readonly npmPackage: string;
  readonly tried: TriedVersions;
  /** The package needs its install script to work. */
  readonly hasInstallScript: boolean;
  /** The API it uses to talk to a provider. */
  readonly dialect: Dialect;
  /** Whether it has hooks that report over HTTP. */
  readonly tracks: boolean;
  /** Environment variables that would send the agent past the gateway. */
  readonly bypasses: RegExp;
  /** Flags of ours that it has itself: it gets them as they were typed. */
  readonly ownFlags?: readonly string[];
  /** Its flags and commands that cannot work through a gateway of one run, each with the reason, as a sentence. */
  readonly refused?: Readonly<Record<string, string>>;
  /** The statuses for a sign-in that ended, where 401 is retried, or hides what to run. */
  readonly endedStatus?: { readonly task: number; readonly conversation: number };
  /** The families it can use. A saved model of another family is ignored for this agent. */
  readonly families: readonly Family[];
  /** Kinds of models to default to, best first, matched against bare names; within a kind, the newest wins. */
  readonly prefers: readonly RegExp[];
  /** Whether the agent maps this name to another one, which the platform may not know. */
  readonly renames?: (name: string) => boolean;
  readonly launch: (feed: LaunchInput, user: UserEnvironment) => Launch;
}

/** @returns the text of a file that the agent reads; empty if it is missing or cannot be read, which is for the agent to say. */
export function textIfAny({ readFile }: Pick<UserEnvironment, 'readFile'>, path: string): string {
  try {
    return readFile(path);
  } catch {
    return '';
  }
}

/** The folders from `cwd` to its repository, the nearest first; outside a repository, to the root of the file system. */
export function foldersUp(
  cwd: string,
  exists: UserEnvironment['exists'],
): { readonly folders: readonly string[]; readonly isInRepository: boolean } {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(folder);
    const isInRepository = exists(join(folder, '.git'));
    if (isInRepository || dirname(folder) === folder) return { folders, isInRepository };
  }
}

/**
 * A task may start with a dash, such as a list or a pull request title. An agent would read it as an option, and some
 * options turn its protections off.
 */
export function isLikeOption(task: string | undefined): task is string {
  return task?.startsWith('-') === true;
}

/** @returns the task before the user's own arguments, or after all of them when it could be read as an option. */
export function taskWords(task: string, rest: readonly string[]): readonly string[] {
  return isLikeOption(task) ? [...rest, '--', task] : [task, ...rest];
}

/** @throws USAGE for a flag or command of the agent that cannot work with codemie, with the reason. */
export function requireSupported({ name, refused = {} }: Adapter, rest: readonly string[]): void {
  const names = rest.map((word) => (word.startsWith('--') ? (word.split('=')[0] ?? word) : word));
  const word = names.find((one, i) => Object.hasOwn(refused, one) && (i === 0 || one.startsWith('--')));
  if (word === undefined) return;
  throw usageError(`codemie-${name} can't use "${word}": ${refused[word]}`, {
    hint: 'To send it as a part of your prompt, use --task.',
  });
}
