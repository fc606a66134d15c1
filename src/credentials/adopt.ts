import { configPath, readConfig } from '../config/file.ts';
import { type PlainSecret, plainSecretsIn, withoutSecret } from '../config/plain-secrets.ts';
import type { Profile } from '../config/profile.ts';
import { keyProvider } from '../config/providers.ts';
import { updateConfig } from '../config/write.ts';
import type { Context } from '../context.ts';
import { canonicalOrigin } from '../net/origin.ts';
import { messageOf } from '../system/errors.ts';
import { Secret } from '../system/secret.ts';
import { apiKeyCredential } from './api-key.ts';
import { type Credential, credentialId } from './credential.ts';
import { jwtCredential } from './jwt-credential.ts';
import { openStore } from './open-store.ts';
import type { SecretStore } from './store.ts';

/**
 * Moves secrets that an older program wrote into the settings to the secret store, once, and says so. A secret is stored
 * and read back before the file is rewritten without it; one that cannot be moved stays where it is, with a warning.
 */
export async function adoptPlainSecrets(context: Context): Promise<void> {
  const { home, terminal } = context;
  const config = readConfig(home);
  const secrets = plainSecretsIn(config);
  if (secrets.length === 0) return;
  const path = configPath(home);
  const store = await usableStore(context);
  const moved = new Map<PlainSecret, Credential>();
  for (const secret of secrets) {
    const credential = store && credentialOf(secret, config.profiles[secret.profile], context);
    if (store === undefined || credential === undefined) {
      terminal.say(
        `warning: profile "${secret.profile}" holds a secret in plain text in ${path}; ${store === undefined ? 'there is no secret store to move it to (set CODEMIE_PASSPHRASE for an encrypted file)' : 'it could not be moved, as no usable address stands beside it'}.`,
      );
      continue;
    }
    await store.set(credentialId(credential), credential);
    if ((await store.get(credentialId(credential))) !== undefined) moved.set(secret, credential);
  }
  if (store === undefined || moved.size < secrets.length) return;
  await updateConfig(context, (current) => ({
    ...current,
    profiles: Object.fromEntries(
      Object.entries(current.profiles).map(([name, profile]) => {
        const own = [...moved].filter(([secret]) => secret.profile === name);
        return [
          name,
          own.reduce(
            (result, [{ kind }, credential]) => pointed(withoutSecret(result, kind), credential, store),
            profile,
          ),
        ];
      }),
    ),
  }));
  for (const { profile, kind } of moved.keys())
    terminal.say(
      `The ${kind === 'jwt' ? 'token' : 'API key'} of profile "${profile}" was moved from ${path} to the secret store (${store.name}).`,
    );
}

/** A profile that has a credential of its own, or signs in another way, keeps that; the key then only rests more safely. */
function pointed(profile: Profile, credential: Credential, store: SecretStore): Profile {
  const isOther = credential.kind === 'api-key' && keyProvider(profile.provider) === undefined;
  if (profile.credential !== undefined || isOther) return profile;
  const authMethod = credential.kind === 'jwt' ? 'jwt' : 'api-key';
  return { ...profile, authMethod, credential: { store: store.name, id: credentialId(credential) } };
}

async function usableStore(context: Context): Promise<SecretStore | undefined> {
  const names =
    (context.env['CODEMIE_PASSPHRASE'] ?? '') === ''
      ? ['keychain' as const]
      : (['keychain', 'encrypted-file'] as const);
  for (const name of names) {
    try {
      const store = await openStore(name, context);
      await store.verify();
      return store;
    } catch (error) {
      context.log.debug('no place for the secrets of the settings', {
        store: name,
        reason: messageOf(error),
      });
    }
  }
  return undefined;
}

function credentialOf(
  { kind, value }: PlainSecret,
  profile: Profile | undefined,
  { clock, log }: Context,
): Credential | undefined {
  const provider = keyProvider(profile?.provider);
  const address =
    kind === 'jwt'
      ? (profile?.codeMieUrl ?? profile?.baseUrl)
      : (profile?.baseUrl ?? provider?.baseUrl ?? profile?.codeMieUrl);
  try {
    const origin = canonicalOrigin(address ?? '');
    const secret = new Secret(value);
    const now = clock.now();
    return kind === 'jwt'
      ? jwtCredential(secret, origin, now).credential
      : apiKeyCredential(secret, origin, now, provider?.keyHeader ?? 'authorization').credential;
  } catch (error) {
    log.debug('a secret of the settings cannot be used', { reason: messageOf(error) });
    return undefined;
  }
}
