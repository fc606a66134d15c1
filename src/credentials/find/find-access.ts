import { settingsOf } from '../../config/effective.ts';
import type { EffectiveSettings } from '../../config/selection.ts';
import { forProfile } from '../../config/sign-in-again.ts';
import type { Context } from '../../context.ts';
import { storeName } from '../../secrets/open.ts';
import type { CodemieError } from '../../system/errors.ts';
import type { Access, AccessFacts, AccessRequest } from '../access.ts';
import { noAddress, notSignedIn, tokenForProvider, unsupportedProvider } from '../errors.ts';
import { readStored } from '../keep/moved.ts';
import { openStore } from '../keep/open-store.ts';
import { isImportWaiting } from '../legacy/detect.ts';
import { renewingAccess } from '../renew/renewing-access.ts';
import { apiKeyCredential } from './api-key-credential.ts';
import { givenToken } from './given-token.ts';
import { namingSource, overrideWarning, stopUsing } from './overriding.ts';
import { type Resolution, resolve } from './resolver.ts';
import { isBearer, variablesOf } from './token-source.ts';

export type Found =
  | { readonly state: 'found'; readonly access: Access }
  | {
      readonly state: 'missing';
      readonly selection: EffectiveSettings;
      readonly warnings: readonly string[];
      readonly error: CodemieError;
    };

/** @throws AUTH_MISSING (4), or INPUT_REQUIRED (2) if there is a token but no address to use it at. */
export async function openAccess(context: Context, request: AccessRequest): Promise<Access> {
  const found = await findAccess(context, request);
  if (found.state === 'found') return found.access;
  // You most likely meant the source that was ignored.
  for (const warning of found.warnings) context.terminal.say(`warning: ${warning}`);
  throw found.error;
}

/**
 * Finds the credential to use. The first source that has one takes precedence (S42); the others are listed as `shadowed`:
 *
 * | Source      | A CodeMie platform                                                      | A model provider   |
 * |-------------|-------------------------------------------------------------------------|--------------------|
 * | flag        | `--jwt-token`, `--jwt-token-file`                                       | a usage error      |
 * | environment | the profile's own variable, then `CODEMIE_JWT_TOKEN`                    | `CODEMIE_API_KEY`  |
 * |             | only the profile's own, if a bearer profile names one                   |                    |
 * |             | none, with `CODEMIE_AUTH_METHOD=sso`                                    |                    |
 * | store       | the entry that the profile names                                        | the same           |
 *
 * Then, in this order:
 *
 * | What was found                                                 | Result                                            |
 * |----------------------------------------------------------------|---------------------------------------------------|
 * | an empty flag or variable                                      | counts as missing, with a warning                 |
 * | nothing                                                        | missing: AUTH_MISSING                             |
 * | a credential, but no URL to use it at                          | missing: INPUT_REQUIRED                           |
 * | a token that is not a JWT, or not valid yet                    | AUTH_MALFORMED, AUTH_NOT_YET_VALID                |
 * | a token that has expired by this machine's clock only          | found, with a warning about the clock             |
 * | an entry that was issued for another origin (S39)              | missing: AUTH_MISSING                             |
 * | a provider's key for a platform, or the reverse                | missing: AUTH_MISSING                             |
 * | a person's entry in a bearer profile                           | missing: AUTH_MISSING                             |
 * | anything else                                                  | found; it may have expired: see `renewingAccess`  |
 *
 * @throws CONFIG_*, PROFILE_UNKNOWN, PROVIDER_UNSUPPORTED (9), STORE_* (8), and the errors in the tables.
 */
export async function findAccess(context: Context, request: AccessRequest): Promise<Found> {
  const selection = settingsOf(context, request);
  const { profile, origin, keyProvider } = selection;
  if (selection.unsupported !== undefined) throw unsupportedProvider(selection.unsupported, selection);
  const reference = profile?.credential;
  if (keyProvider !== undefined && request.token !== undefined) throw tokenForProvider(keyProvider.title);
  const resolution = resolve({
    flag: request.token,
    env: selection.env,
    variables: variablesOf(selection),
    store: reference === undefined ? undefined : { store: storeName(reference.store), id: reference.id },
  });
  const missing = (error: CodemieError): Found => ({
    state: 'missing',
    selection,
    warnings: [...selection.notices, ...resolution.warnings, ...waitingImport(context)],
    error,
  });
  if (resolution.source === undefined) return missing(notSignedIn(selection));
  if (origin === undefined) return missing(noAddress(resolution.sourceName, keyProvider));
  const base = { selection, origin, shadowed: resolution.shadowed };

  if (resolution.source === 'store')
    return forProfile(selection, () => storedAccess(context, resolution, base, missing));
  return givenAccess(context, resolution, base, request.offline === true);
}

async function givenAccess(
  context: Context,
  resolution: Resolution & { readonly source: 'flag' | 'env' },
  base: Pick<AccessFacts, 'selection' | 'origin' | 'shadowed'>,
  offline: boolean,
): Promise<Found> {
  const { source, sourceName, shadowed, token } = resolution;
  const { selection, origin } = base;
  const { keyProvider } = selection;
  const stop = source === 'env' ? { stopUsing: stopUsing(sourceName, context.env) } : {};
  const where = { source, sourceName, shadowed, ...stop };
  const read = async () =>
    keyProvider === undefined
      ? await givenToken(context, token, origin, { offline })
      : apiKeyCredential(token, origin, context.clock.now(), keyProvider.keyHeader);
  const named = (error: unknown): never => {
    throw namingSource(error, where);
  };
  const { credential, notices } = await read().catch(named);
  const overrides = overrideWarning(where, credential.identity);
  const sourceWarnings = [
    ...resolution.warnings,
    ...notices,
    ...(overrides === undefined ? [] : [overrides]),
  ];
  const warnings = [...selection.notices, ...sourceWarnings];
  const facts = { ...base, ...where, store: undefined, warnings, sourceWarnings };
  const access = renewingAccess(context, facts, credential, undefined);
  return {
    state: 'found',
    access: {
      ...access,
      fresh: (minTtlMs) => access.fresh(minTtlMs).catch(named),
      renew: (refused) => access.renew(refused).catch(named),
    },
  };
}

async function storedAccess(
  context: Context,
  resolution: Resolution & { readonly source: 'store' },
  base: Pick<AccessFacts, 'selection' | 'origin' | 'shadowed'>,
  missing: (error: CodemieError) => Found,
): Promise<Found> {
  const { id } = resolution;
  // A credential is only used for the origin it was issued for (S39).
  if (!id.startsWith(`${base.origin}#`)) return missing(notSignedIn(base.selection));
  const { store, credential } = await readStored(context, base.selection.profileName, {
    store: await openStore(resolution.sourceName, context),
    id,
  });
  const sourceName = store.name;
  if (credential === undefined || credential.origin !== base.origin)
    return missing(notSignedIn(base.selection));
  // An API key is never sent to a platform, even on the provider's own host, and a sign-in never to a key provider.
  if ((credential.kind === 'api-key') !== (base.selection.keyProvider !== undefined))
    return missing(notSignedIn(base.selection));
  // A bearer profile never runs as a person, even when a person's sign-in is stored for it.
  if (isBearer(base.selection) && credential.kind !== 'jwt') return missing(notSignedIn(base.selection));
  const warnings = [...base.selection.notices, ...resolution.warnings];
  if (sourceName === 'plaintext-file')
    warnings.push((await import('../../secrets/plaintext-file.ts')).PLAINTEXT_WARNING);
  const sourceWarnings = resolution.warnings;
  const facts = {
    ...base,
    source: 'store',
    sourceName,
    store: sourceName,
    warnings,
    sourceWarnings,
  } as const;
  return { state: 'found', access: renewingAccess(context, facts, credential, { store, id }) };
}

function waitingImport({ home }: Context): readonly string[] {
  return isImportWaiting(home)
    ? ['The existing CodeMie CLI has sign-ins or keys here. To copy them: codemie profile list']
    : [];
}
