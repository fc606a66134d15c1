import { configPath } from '../../config/file.ts';
import { type PlainSecret, plainSecretsIn } from '../../config/plain-secrets.ts';
import type { Config, Profile } from '../../config/profile.ts';
import { keyProviderOf } from '../../config/providers.ts';
import type { Context } from '../../context.ts';
import { canonicalOrigin } from '../../net/origin.ts';
import { Secret } from '../../system/secret.ts';
import type { Credential } from '../credential.ts';
import { apiKeyCredential } from '../find/api-key-credential.ts';
import { jwtCredential } from '../find/jwt-credential.ts';
import type { LegacySecret } from './legacy-secret.ts';

/** @returns the keys and tokens that the existing CLI stored in the settings in plain text. */
export function configSecrets(context: Context, config: Config): readonly LegacySecret[] {
  return plainSecretsIn(config).map((secret): LegacySecret => {
    const { profile: name, kind, value } = secret;
    const what = `the ${kind === 'jwt' ? 'token' : 'API key'} of profile "${name}"`;
    return {
      item: `${kind} ${new Secret(value).fingerprint()}`,
      what,
      path: configPath(context.home),
      credential: async () => credentialOf(secret, config.profiles[name], context),
      isFor: (profile) => profile.name === name && profile.credential === undefined,
      reasonUnused: () => OTHER,
    };
  });
}

const OTHER = 'the profile signs in another way';

/** @throws Error with the reason why codemie cannot use it. */
function credentialOf(
  { kind, value }: PlainSecret,
  profile: Profile | undefined,
  { clock }: Context,
): Credential {
  const provider = keyProviderOf(profile);
  if (kind === 'api-key' && provider === undefined)
    throw new Error(`codemie doesn't use keys of provider "${profile?.provider ?? ''}"`);
  const address =
    kind === 'jwt' ? (profile?.codeMieUrl ?? profile?.baseUrl) : (profile?.baseUrl ?? provider?.baseUrl);
  if (!address) throw new Error('it has no URL');
  const origin = canonicalOrigin(address);
  const secret = new Secret(value);
  const now = clock.now();
  return kind === 'jwt'
    ? jwtCredential(secret, origin, now).credential
    : apiKeyCredential(secret, origin, now, provider?.keyHeader ?? 'authorization').credential;
}
