import type { Context } from '../context.ts';
import type { Platform } from '../platform-api/client.ts';
import type { PlatformUser, Project } from '../platform-api/shapes.ts';
import { type CodemieError, messageOf, usageError } from '../system/errors.ts';

export interface ProjectQuestion {
  readonly user: PlatformUser;
  readonly platform: Pick<Platform, 'allProjects'>;
  /** The project named on the command line. */
  readonly wanted: string | undefined;
  /** The project saved in the profile. */
  readonly kept: string | undefined;
  /** The command that takes `--project`. */
  readonly command: string;
}

export interface ProjectAnswer {
  /** Undefined if no project was chosen. */
  readonly project: string | undefined;
  /** A message to show. */
  readonly notice: string | undefined;
  /** You just chose it at the prompt, so it is already on the screen. */
  readonly isChosen?: boolean;
}

/** Longer lists do not help you choose. */
const MAX_SHOWN = 30;

/**
 * Chooses the project to bill usage to: the one named on the command line, the one in the profile, your only one, or the one
 * you select. Everyone has a personal project named after their e-mail; it counts only if you have no other project.
 *
 * @throws PROJECT_UNKNOWN (2) if the person has no project with this name.
 */
export async function chooseProject(context: Context, question: ProjectQuestion): Promise<ProjectAnswer> {
  const { user, wanted, kept, command } = question;
  const own = user.projects.map(({ name }) => name);
  if (wanted !== undefined) return { project: await named(context, question, wanted), notice: undefined };
  if (kept !== undefined && (user.isAdmin || own.some((name) => isSame(name, kept))))
    return { project: kept, notice: undefined };
  const choices = realChoices(user);
  const [first] = choices;
  if (first === undefined) {
    const notice = user.isAdmin
      ? `No project selected. As an administrator you can use any project: ${command} --project NAME`
      : "You don't have a project yet. Ask your CodeMie administrator.";
    return { project: undefined, notice };
  }
  if (choices.length === 1) return { project: first.name, notice: undefined };
  if (!context.terminal.interactive) {
    const notice = `No project selected. Choose one of yours (${shown(choices.map(({ name }) => name))}): ${command} --project NAME`;
    return { project: undefined, notice };
  }
  const prompts = await context.terminal.prompts();
  const project = await prompts.select({
    flag: '--project',
    message: 'Project:',
    choices: [...choices, ...user.projects.filter((one) => !choices.includes(one))].map((one) => ({
      value: one.name,
      name: labelOf(one, user),
    })),
  });
  return { project, notice: undefined, isChosen: true };
}

/** The shared projects, or the personal one if there are none. */
function realChoices(user: PlatformUser): readonly Project[] {
  const shared = user.projects.filter((project) => !isPersonal(project, user));
  return shared.length === 0 ? user.projects : shared;
}

function isPersonal({ name }: Project, { email }: PlatformUser): boolean {
  return email !== undefined && isSame(name, email);
}

function labelOf(project: Project, user: PlatformUser): string {
  if (isPersonal(project, user)) return `${project.name} (personal)`;
  return project.isAdmin ? `${project.name} (admin)` : project.name;
}

/** @returns the name as the platform spells it. */
async function named(context: Context, { user, platform }: ProjectQuestion, wanted: string): Promise<string> {
  const own = user.projects.map(({ name }) => name);
  const match = own.find((name) => isSame(name, wanted));
  if (match !== undefined) return match;
  if (!user.isAdmin)
    throw unknown(`Project "${wanted}" isn't available to you. Your projects: ${shown(own)}.`);
  const all = await platform.allProjects().catch((error: unknown) => {
    context.signal.throwIfAborted();
    context.log.debug('the platform does not list its projects', { reason: messageOf(error) });
    return undefined;
  });
  // An administrator may use every project. If the platform cannot list them, accept the name as given.
  if (all === undefined) return wanted;
  const listed = all.find((name) => isSame(name, wanted));
  if (listed !== undefined) return listed;
  throw unknown(`Unknown project "${wanted}". Use one of: ${shown(all)}.`);
}

function unknown(message: string): CodemieError {
  return usageError(message, { hint: 'Choose one of them with --project NAME.' }, 'PROJECT_UNKNOWN');
}

function shown(names: readonly string[]): string {
  const more = names.length - MAX_SHOWN;
  const list = names.slice(0, MAX_SHOWN).join(', ');
  return list === '' ? 'none' : more > 0 ? `${list} and ${more} more` : list;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
