import { record } from '../audit/log.ts';
import { settingsOf } from '../config/effective.ts';
import { readConfig } from '../config/file.ts';
import type { Profile } from '../config/profile.ts';
import { requireName } from '../config/profiles.ts';
import { type EffectiveSettings, nameInUse, originOfProfile } from '../config/selection.ts';
import { forProfile } from '../config/sign-in-again.ts';
import { saveProfile } from '../config/write.ts';
import type { Context } from '../context.ts';
import { type Credential, credentialId, fingerprintOf } from '../credentials/credential.ts';
import { unsupportedProvider } from '../credentials/errors.ts';
import { variableInForce } from '../credentials/find/overriding.ts';
import { openStore } from '../credentials/keep/open-store.ts';
import { end, previousCredential, replaceCredential } from '../credentials/lifecycle/replace.ts';
import type { PlatformUser } from '../platform-api/shapes.ts';
import { verifySignature } from '../platform-api/verify-signature.ts';
import { storeName } from '../secrets/open.ts';
import type { StoreName } from '../secrets/store.ts';
import { CodemieError, usageError } from '../system/errors.ts';
import { askPlatform, notVerified, refusedByPlatform, requirePerson, untested } from './ask-platform.ts';
import { chooseProfile } from './choose-profile.ts';
import { chooseWay } from './choose-way.ts';
import { confirmApiBase } from './confirm-api-base.ts';
import { denied } from './errors.ts';
import type { Method, PlatformPlace, SignInRequest, SignInResult, Target } from './request.ts';
import { chooseProvider } from './with-api-key.ts';

/**
 * Runs a complete sign-in, for `profile login` and `setup`. It tests the store before it asks you to sign in (S20) and stores
 * the new credential before it revokes the old one, so a failure leaves the old one usable (S35).
 *
 * @throws INPUT_REQUIRED, PROVIDER_UNSUPPORTED, URL_* (2), STORE_* (8), SIGN_IN_UNSUPPORTED (1), AUTH_REFUSED (4) if the platform refuses the
 *   credential, and what `signInOidc` throws.
 */
export async function signIn(context: Context, request: SignInRequest): Promise<SignInResult> {
  const target = await targetOf(context, request);
  return forProfile(target.selection, () => signInTo(context, request, target));
}

async function signInTo(context: Context, request: SignInRequest, target: Target): Promise<SignInResult> {
  const { profileName, selection, origin, store, own } = target;
  const { profile } = selection;
  const { credential: obtained, notices: said, fields, ...known } = await chooseWay(context, request, target);
  const former = await previousCredential(context, profile);
  const asked = known.asked ?? (await askPlatform(context, origin, obtained, selection));
  if (asked.silence !== undefined && request.method === 'api-key') throw untested(asked.silence);
  const notices = asked.silence === undefined ? said : [...said, notVerified(asked.silence)];
  if (asked.refusal !== undefined) {
    await end(context, obtained, former?.credential);
    throw refusedByPlatform(origin, request.method, asked.refusal);
  }
  if (obtained.kind === 'jwt') await verifySignature(context, { origin, selection }, obtained.token);
  requirePerson(origin, asked.user ?? obtained.identity, request.as);
  const credential = await confirmed(context, obtained, asked.user, request.as);
  const id = credentialId(credential);
  const before = originOfProfile(own);
  const isMoved = before !== undefined && before !== origin;
  let activeProfile: string | undefined;
  const replaced = await replaceCredential(context, { store, id, credential }, former, async () => {
    const kept = { ...(isMoved ? CLEARED_ON_MOVE : {}), ...fields };
    // Signing in again to the same platform does not switch the active profile.
    const saved = await saveProfile(
      context,
      profileName,
      { ...kept, credential: { store: store.name, id }, store: undefined },
      { activate: before !== origin },
    );
    activeProfile = saved.activeProfile;
  });
  const { kind, identity } = credential;
  const about = { profile: profileName, origin, kind, store: store.name, person: identity.id };
  await record(context, { event: 'sign-in', ...about, credential: fingerprintOf(credential) });
  const { user } = asked;
  const inForce = variableInForce(context, { profile: profileName }, 'overrides your sign-in');
  return {
    profileName,
    origin,
    apiBase: target.apiBase,
    credential,
    store: store.name,
    isActive: activeProfile === profileName,
    replaced,
    notices: [
      ...notices,
      ...(isMoved ? [`Profile "${profileName}" was for ${before} before.`] : []),
      ...(inForce === undefined ? [] : [inForce]),
    ],
    verified: asked.silence === undefined,
    ...(user === undefined ? {} : { user }),
  };
}

/** Profile fields to clear when a profile moves to another platform, because they refer to the old one. */
const CLEARED_ON_MOVE = {
  codeMieProject: undefined,
  codeMieIntegration: undefined,
  model: undefined,
  haikuModel: undefined,
  sonnetModel: undefined,
  opusModel: undefined,
} as const;

/** Determines the profile, platform and store of a sign-in, and tests the store before you are asked to sign in (S20). */
export async function targetOf(context: Context, request: SignInRequest): Promise<Target> {
  const config = readConfig(context.home);
  const first = nameInUse(config, context.env, request);
  requireName(config, first);
  const settings = await settingsFor(context, request, first);
  const { origin, apiBase, keyProvider, unsupported } = settings;
  if (origin === undefined || apiBase === undefined)
    throw unsupported === undefined
      ? noAddress(request.method)
      : unsupportedProvider(unsupported, settings).with({
          hint: 'To sign in to a CodeMie server with another profile, add --url, for example --url https://codemie.example.com.',
        });
  const profileName = request.profile
    ? first
    : await chooseProfile(context, config, first, { origin, keyProvider });
  const wanted = { profile: profileName, mayCreate: true, trustProject: request.trustProject };
  const provider = keyProvider?.name ?? 'ai-run-sso';
  const chosen =
    profileName === first
      ? settings
      : settingsOf(context, { ...wanted, provider, baseUrl: keyProvider === undefined ? origin : apiBase });
  const { profile } = chosen;
  const store = await openStore(request.store ?? keptStore(profile), context);
  await store.verify();
  const place = await placeOf(context, request, keyProvider, { origin, apiBase });
  // Hints of this sign-in name a profile that you named, whatever address it was for before.
  const isDefault = chosen.isDefault && !request.profile;
  const selection = { ...chosen, ...place, isDefault, isOwnAddress: true };
  return { profileName, own: config.profiles[profileName], selection, ...place, store };
}

/** @returns the store of the profile's sign-in, or of its last one. */
function keptStore(profile: Profile | undefined): StoreName {
  return storeName(profile?.credential?.store ?? profile?.store ?? 'keychain');
}

/** @returns the address to sign in to. For a platform, checks which API address it reports. */
async function placeOf(
  context: Context,
  { apiBase: settled }: SignInRequest,
  keyProvider: EffectiveSettings['keyProvider'],
  place: PlatformPlace,
): Promise<PlatformPlace> {
  if (keyProvider !== undefined) return place;
  return settled === undefined ? confirmApiBase(context, place) : { ...place, apiBase: settled };
}

async function settingsFor(
  context: Context,
  request: SignInRequest,
  profile: string,
): Promise<EffectiveSettings> {
  const { url: baseUrl, trustProject, method } = request;
  const wanted = { profile, mayCreate: true, baseUrl, trustProject };
  // A sign-in to a platform does not use the key provider that the profile was for before.
  if (method !== 'api-key') return settingsOf(context, { ...wanted, provider: 'ai-run-sso' });
  const named = request.provider || context.env['CODEMIE_PROVIDER'] || undefined;
  if (named === undefined) {
    const own = settingsOf(context, wanted);
    if (own.keyProvider !== undefined && own.origin !== undefined) return own;
  }
  const { name } = await chooseProvider(context, named, baseUrl);
  const selection = settingsOf(context, { ...wanted, provider: name });
  if (selection.origin !== undefined || !context.terminal.interactive) return selection;
  const prompts = await context.terminal.prompts();
  const asked = await prompts.input({
    flag: '--url https://…',
    message: 'API base URL (e.g. https://llm.example.com/v1):',
  });
  return settingsOf(context, { ...wanted, provider: name, baseUrl: asked });
}

function noAddress(method: Method): CodemieError {
  return usageError(
    method === 'api-key'
      ? 'What is the API base URL of that provider?'
      : 'Which CodeMie server? None is configured yet.',
    {
      hint:
        method === 'api-key'
          ? 'Add --url, for example --url https://llm.example.com/v1.'
          : 'Add --url, for example --url https://codemie.example.com.',
    },
    'INPUT_REQUIRED',
  );
}

/**
 * Asks you to confirm who signed in by hand-off, unless `--as` named the person. A hand-off is not bound to this request, so it
 * may contain another person's session.
 */
async function confirmed(
  context: Context,
  credential: Credential,
  user: PlatformUser | undefined,
  named: string | undefined,
): Promise<Credential> {
  if (credential.kind !== 'session') return credential;
  const id = user?.id ?? user?.email;
  if (user === undefined || id === undefined) {
    throw new CodemieError({
      code: 'HAND_OFF_UNUSABLE',
      message: `${credential.origin} doesn't say who signed in, so nothing was saved.`,
      fix: 'codemie doctor',
      hint: 'Try again first.',
    });
  }
  const { name, email } = user;
  if (named === undefined) {
    const prompts = await context.terminal.prompts();
    const message = `Signed in as ${name ?? id}${email === undefined ? '' : ` (${email})`}. Is that you?`;
    if (!(await prompts.confirm({ flag: '--as EMAIL', message, default: true })))
      throw denied("you said that isn't you");
  }
  return { ...credential, identity: { id, ...(name && { name }), ...(email && { email }) } };
}
