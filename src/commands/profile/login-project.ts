import { readConfig } from '../../config/file.ts';
import { option } from '../../config/sign-in-again.ts';
import { saveProfile } from '../../config/write.ts';
import type { Context } from '../../context.ts';
import { fixedAccess } from '../../credentials/fixed-access.ts';
import { createPlatform } from '../../platform-api/client.ts';
import { chooseProject, type ProjectAnswer } from '../../sign-in/choose-project.ts';
import type { SignInResult } from '../../sign-in/request.ts';
import { SIGN_IN } from '../../system/errors.ts';

/**
 * Chooses the project of the profile that just signed in; without one, the platform bills no project.
 *
 * @param wanted the value of `--project`.
 * @throws PROJECT_UNKNOWN (2); the sign-in stays.
 */
export async function settleProject(
  context: Context,
  { user, origin, apiBase, credential, profileName }: SignInResult,
  wanted: string | undefined,
): Promise<ProjectAnswer> {
  const kept = readConfig(context.home).profiles[profileName]?.codeMieProject;
  const named = (context.env['CODEMIE_PROJECT'] ?? '') !== '';
  if (user === undefined || (named && wanted === undefined)) return { project: kept, notice: undefined };
  const answer = await chooseProject(context, {
    user,
    platform: createPlatform(context, origin, fixedAccess(origin, credential, { apiBase })),
    wanted,
    kept,
    command: `${SIGN_IN}${option('profile', profileName)}`,
  });
  if (answer.project !== undefined && answer.project !== kept)
    await saveProfile(context, profileName, { codeMieProject: answer.project }, { activate: false });
  return answer;
}
