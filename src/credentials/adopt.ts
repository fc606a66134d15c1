import { configPath, readConfig } from '../config/file.ts';
import { type PlainSecret, plainSecretsIn, withoutSecret } from '../config/plain-secrets.ts';
import type { Config, Profile } from '../config/profile.ts';
import { keyProviderOf } from '../config/providers.ts';
import { updateConfig } from '../config/write.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin } from '../net/origin.ts';
import { messageOf } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';
import { apiKeyCredential } from './api-key.ts';
import { type Credential, credentialId } from './credential.ts';
import { jwtCredential } from './jwt-credential.ts';
import { NO_STORE, usableStore, warnOnce } from './left-behind.ts';
import type { SecretStore } from './store.ts';

/**
 * Moves secrets that an older program wrote into the settings to the secret store, once, and says so. Each goes by
 * itself: it is stored and read back before the file is rewritten without it. One that cannot be moved, or that no
 * command here could use, stays where its owner can still get at it, with a warning.
 */
export async function adoptPlainSecrets(context: Context): Promise<void> {
  const config = readIfPossible(context);
  const secrets = config === undefined ? [] : plainSecretsIn(config);
  if (config === undefined || secrets.length === 0) return;
  const path = configPath(context.home);
  const warnings: string[] = [];
  const leave = ({ profile, kind }: PlainSecret, why: string): void => {
    const what = kind === 'jwt' ? 'token' : 'key';
    warnings.push(
      `profile "${profile}" holds a ${what} in plain text in ${path}; ${why}. It was left there. To be rid of it, take it out of the file, or: codemie profile delete ${profile}`,
    );
  };
  const wanted = new Map<PlainSecret, Credential>();
  for (const secret of secrets) {
    const outcome = credentialOf(secret, config.profiles[secret.profile], context);
    const taken = [...wanted.keys()].some(({ profile }) => profile === secret.profile);
    if (typeof outcome === 'string') leave(secret, outcome);
    else if (taken) leave(secret, OTHER);
    else wanted.set(secret, outcome);
  }
  const store = wanted.size === 0 ? undefined : await usableStore(context);
  for (const [secret, credential] of wanted) {
    const why = store === undefined ? NO_STORE : await move(context, secret, credential, store);
    if (why === undefined)
      context.terminal.say(
        `The ${secret.kind === 'jwt' ? 'token' : 'API key'} of profile "${secret.profile}" was moved from ${path} to the secret store (${store?.name}).`,
      );
    else leave(secret, why);
  }
  warnOnce(context, 'plain-secrets', warnings);
}

const OTHER = 'the profile signs in with another credential';

/** Settings that cannot be read are said by the command itself, which may be the one that mends them. */
function readIfPossible(context: Context): Config | undefined {
  try {
    return readConfig(context.home);
  } catch (error) {
    context.log.debug('the settings were not searched for secrets', { reason: messageOf(error) });
    return undefined;
  }
}

/** @returns undefined when it was moved, else why not. */
async function move(
  context: Context,
  secret: PlainSecret,
  credential: Credential,
  store: SecretStore,
): Promise<string | undefined> {
  const id = credentialId(credential);
  try {
    await store.set(id, credential);
    if ((await store.get(id)) === undefined) return `${store.name} did not keep it`;
    await updateConfig(context, (current) => {
      const profile = current.profiles[secret.profile];
      // Changed meanwhile by somebody else: what stands there now is not what was stored.
      const same = plainSecretsIn(current).some((other) => isSame(other, secret));
      if (profile === undefined || !same) return current;
      const authMethod = credential.kind === 'jwt' ? 'jwt' : 'api-key';
      const moved = {
        ...withoutSecret(profile, secret.kind),
        authMethod,
        credential: { store: store.name, id },
      };
      return { ...current, profiles: { ...current.profiles, [secret.profile]: moved } };
    });
    return undefined;
  } catch (error) {
    return `it could not be moved: ${messageOf(error).replace(/\.$/, '')}`;
  }
}

function isSame(a: PlainSecret, b: PlainSecret): boolean {
  return a.profile === b.profile && a.kind === b.kind && a.value === b.value;
}

/** @returns the credential a command will use, or why none would: what is stored must not be lost to its owner. */
function credentialOf(
  { kind, value }: PlainSecret,
  profile: Profile | undefined,
  { clock }: Context,
): Credential | string {
  if (profile?.credential !== undefined) return OTHER;
  const provider = keyProviderOf(profile);
  if (kind === 'api-key' && provider === undefined)
    return `no command here uses a key of provider "${profile?.provider ?? ''}"`;
  const address =
    kind === 'jwt' ? (profile?.codeMieUrl ?? profile?.baseUrl) : (profile?.baseUrl ?? provider?.baseUrl);
  if (!address) return 'no address stands beside it';
  try {
    const origin = canonicalOrigin(address);
    const secret = new Secret(value);
    const now = clock.now();
    return kind === 'jwt'
      ? jwtCredential(secret, origin, now).credential
      : apiKeyCredential(secret, origin, now, provider?.keyHeader ?? 'authorization').credential;
  } catch (error) {
    return `it cannot be used: ${messageOf(error).replace(/\.$/, '')}`;
  }
}
