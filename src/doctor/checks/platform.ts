import type { Access } from '../../credentials/access.ts';
import { createPlatform, type Platform } from '../../platform-api/client.ts';
import { CodemieError } from '../../system/errors.ts';
import { type Check, type DoctorContext, type Finding, failure, ok, skip } from '../check.ts';
import { elsewhere } from '../elsewhere.ts';

/**
 * Whether the address is a CodeMie platform, and whether it answers. A guarded platform answers only with the
 * credential. Its answers about the credential itself are for other checks.
 */
export const platform: Check = {
  id: 'platform',
  title: 'Platform',
  needsNetwork: true,
  after: ['network', 'tls'],
  run: async (patient) => {
    const { origin, keyProvider, apiBase } = patient.selection();
    if (origin === undefined) return skip('no CodeMie URL is configured');
    try {
      if (keyProvider !== undefined) {
        await requireAnswers(patient);
        return skip(`${origin} is ${keyProvider.title}, not CodeMie`);
      }
      return await healthy(patient, createPlatform(patient.context, origin, undefined, apiBase), '');
    } catch (error) {
      if (isOfServer(error)) return broken(error, patient);
      if (!isCoded(error, 'GUARDED')) throw error;
    }
    const access = await accessOf(patient);
    if (access === undefined) return skip(`${origin} can't be checked until you sign in`);
    try {
      const asked = createPlatform(patient.context, origin, access, apiBase);
      return await healthy(patient, asked, ' (it answers only after you sign in)');
    } catch (error) {
      if (isOfServer(error)) return broken(error, patient);
      if (!(error instanceof CodemieError) || error.exit !== 'auth') throw error;
      return skip(`${origin} doesn't accept your sign-in`);
    }
  },
};

async function healthy(patient: DoctorContext, asked: Platform, how: string): Promise<Finding> {
  const [{ version }] = await Promise.all([asked.info(), asked.health(), requireAnswers(patient)]);
  const { origin } = patient.selection();
  return ok(`CodeMie ${version ?? '(unknown version)'} is healthy at ${origin}${how}`);
}

/** A server may be healthy by its own word and fail every request of a user. */
async function requireAnswers(patient: DoctorContext): Promise<void> {
  const access = await accessOf(patient);
  // A credential that can't be renewed is for another check.
  if (access === undefined || (await access.fresh().catch(() => undefined)) === undefined) return;
  await patient.answers().catch((error: unknown) => {
    if (isOfServer(error)) throw error;
  });
}

/** What is wrong with the server itself, whoever asks. */
function isOfServer(error: unknown): error is CodemieError {
  if (!(error instanceof CodemieError)) return false;
  return error.exit === 'unreachable' || ['PLATFORM_REJECTED', 'PROVIDER_FAILED'].includes(error.code);
}

function broken(error: CodemieError, patient: DoctorContext): Finding {
  const { advice = [], ...found } = failure(error);
  return { ...found, advice: [...elsewhere(patient), ...advice] };
}

function isCoded(error: unknown, code: string): boolean {
  return error instanceof CodemieError && error.code === code;
}

/**
 * @returns the credential that commands would use; undefined when there is none or it cannot be used, which another
 *   check reports.
 */
async function accessOf(patient: DoctorContext): Promise<Access | undefined> {
  const found = await patient.found().catch(() => undefined);
  return found?.state === 'found' ? found.access : undefined;
}
