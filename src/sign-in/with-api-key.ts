import { KEY_PROVIDERS, type KeyProvider, keyProvider } from '../config/providers.ts';
import type { EffectiveSettings } from '../config/selection.ts';
import type { Context } from '../context.ts';
import { apiKeyCredential } from '../credentials/find/api-key-credential.ts';
import type { Origin } from '../net/origin.ts';
import { SIGN_IN, usageError } from '../system/errors.ts';
import type { Secret } from '../system/secret.ts';
import type { Obtained } from './request.ts';

/**
 * Finds the provider that a key is for: by name, by its address, or by asking.
 *
 * @throws INPUT_REQUIRED (2) without a terminal, PROVIDER_UNKNOWN (2).
 */
export async function chooseProvider(
  context: Context,
  named: string | undefined,
  url: string | undefined,
): Promise<KeyProvider> {
  const known =
    keyProvider(named) ??
    KEY_PROVIDERS.find(({ baseUrl }) => baseUrl !== undefined && hostOf(baseUrl) === hostOf(url));
  if (known !== undefined) return known;
  const names = KEY_PROVIDERS.map(({ name }) => name).join(', ');
  if (named !== undefined) {
    throw usageError(
      `Unknown API key provider "${named.slice(0, 60)}". Use one of: ${names}.`,
      { hint: 'Choose one with --provider.' },
      'PROVIDER_UNKNOWN',
    );
  }
  const prompts = await context.terminal.prompts();
  const name = await prompts.select({
    flag: `--provider (${names})`,
    message: 'Which provider is this API key for?',
    choices: KEY_PROVIDERS.map(({ name: value, title }) => ({ value, name: title })),
  });
  return chooseProvider(context, name, url);
}

function hostOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).host : undefined;
}

/** @throws INPUT_REQUIRED (2) if the input is empty, AUTH_MALFORMED (4) if it cannot be a key. */
export function credentialFromKey(
  context: Context,
  origin: Origin,
  given: Secret | undefined,
  { keyProvider: provider, apiBase: baseUrl }: EffectiveSettings,
): Obtained {
  if (given === undefined || given.reveal().trim() === '' || provider === undefined) {
    throw usageError(
      'No API key was piped to stdin.',
      { hint: `Pipe it in: printf %s "$KEY" | ${SIGN_IN} --api-key` },
      'INPUT_REQUIRED',
    );
  }
  return {
    ...apiKeyCredential(given, origin, context.clock.now(), provider.keyHeader),
    fields: {
      provider: provider.name,
      authMethod: 'api-key',
      baseUrl: baseUrl === provider.baseUrl ? undefined : baseUrl,
      codeMieUrl: undefined,
      issuer: undefined,
      clientId: undefined,
      jwtConfig: undefined,
    },
  };
}
