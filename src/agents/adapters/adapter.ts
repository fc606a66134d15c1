import type { Dialect } from '../../config/providers.ts';
import type { Env } from '../../system/env.ts';
import type { Family } from '../models/names.ts';

/** What an agent is to be fed with. */
export interface LaunchInput {
  readonly gatewayUrl: string;
  /** The gateway's key of this run. */
  readonly key: string;
  readonly models: ModelChoice;
  readonly task: string | undefined;
  readonly rest: readonly string[];
  /** Where the agent's hooks may report to; absent when nothing is tracked. */
  readonly hookUrl?: string | undefined;
  /** A session to go on with: its id, or true for the latest. */
  readonly resume?: string | true | undefined;
  /** The person said that the agent may trust the working folder for this run. */
  readonly trustWorkspace?: boolean;
}

export interface ModelChoice {
  readonly main: string;
  readonly haiku: string;
  readonly sonnet: string;
  readonly opus: string;
  /** The person named the main model for this run. */
  readonly isNamed?: boolean;
  /** What else the platform allows, as far as it said. */
  readonly others?: readonly string[];
}

/** What the person brought along: their environment, and the files they name or the agent would find by itself. */
export interface UserEnvironment {
  readonly readFile: (path: string) => string;
  readonly exists: (path: string) => boolean;
  readonly isFile: (path: string) => boolean;
  /** Names in a folder; none when it is not there. */
  readonly namesIn: (path: string) => readonly string[];
  readonly platform: NodeJS.Platform;
  readonly env: Env;
  readonly cwd: string;
  readonly userHome: string;
}

/**
 * How an agent is started. `settings` is written to a private file whose path takes the place of `SETTINGS_FILE` in argv and
 * environment.
 */
export interface Launch {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly settings?: unknown;
  /** Files of a plugin for this run, by path; its folder takes the place of `PLUGIN_FOLDER`. */
  readonly plugin?: Readonly<Record<string, unknown>>;
  readonly home?: PrivateHome;
  /** `brief`: it waits for the end of its input before it begins. */
  readonly input?: 'brief';
  /** What was chosen for the person and they should know, one sentence each. */
  readonly notices?: readonly string[];
  /** One prompt, then the end: a signal that tells us to stop is then never meant for the conversation. */
  readonly unattended: boolean;
}

export const SETTINGS_FILE = '\u0000settings-file';
export const PLUGIN_FOLDER = '\u0000plugin-folder';
export const PRIVATE_HOME = '\u0000private-home';

/**
 * A home folder of one run, for an agent whose settings can be given in no other way: its path takes the place of
 * `PRIVATE_HOME`, and what the agent keeps between runs is linked into it.
 */
export interface PrivateHome {
  readonly folder: string;
  /** The person's own folder, which it stands for. */
  readonly own: string;
  readonly settings: unknown;
  /** What is ours in the settings, as paths joined by dots: never brought back. */
  readonly bent: readonly string[];
  /** The gateway's address: never brought back. */
  readonly address: string;
  /** Files below `folder` that name the home folder they were written in. */
  readonly mend: readonly string[];
  /** Name in `folder` to the person's own file or folder. */
  readonly links: Readonly<Record<string, string>>;
  /** Folders of the person's that must be there before the run, or what it keeps would be lost. */
  readonly keep: readonly string[];
}

/** The versions that all tests of an agent were run with; the newest one is installed. */
export interface TriedVersions {
  readonly oldest: string;
  readonly newest: string;
}

/** One coding agent. A new one is one entry here and one golden test. */
export interface Adapter {
  readonly name: string;
  readonly title: string;
  /** Its executable. */
  readonly program: string;
  readonly npmPackage: string;
  readonly tried: TriedVersions;
  /** It does not work without its install script. */
  readonly hasInstallScript: boolean;
  /** What it speaks to a provider. */
  readonly dialect: Dialect;
  /** It can report to hooks over HTTP. */
  readonly tracks: boolean;
  /** Variables of the person's shell that would lead the agent past the gateway. */
  readonly bypasses: RegExp;
  /** Whose models it can use. A saved model of another family is not for this agent. */
  readonly families: readonly Family[];
  /** Kinds of models to start with, best first: matched against bare names; of a kind the newest is taken. */
  readonly prefers: readonly RegExp[];
  /** Bare names that it turns into names of its own choice, which the platform may not know. */
  readonly renames?: RegExp;
  readonly launch: (feed: LaunchInput, person: UserEnvironment) => Launch;
}

/**
 * A list or a pull request's title may begin with a dash: an agent would take such a task for an option of its own, of
 * which some switch its protections off.
 */
export function isLikeOption(task: string | undefined): task is string {
  return task?.startsWith('-') === true;
}

/** @returns a task before the person's own words or, where it could be taken for an option, after all of them. */
export function taskWords(task: string, rest: readonly string[]): readonly string[] {
  return isLikeOption(task) ? [...rest, '--', task] : [task, ...rest];
}
