import { profileOption, signInAgain } from '../config/sign-in-again.ts';
import type { Context } from '../context.ts';
import type { Access } from '../credentials/access.ts';
import { authorizationHeaders } from '../credentials/credential.ts';
import { unreachable } from '../net/unreachable.ts';
import { CodemieError, SIGN_IN } from '../system/errors.ts';
import { createPlatform } from './client.ts';
import { endpointOf, joinPath } from './endpoint.ts';
import type { Model, PlatformUser } from './shapes.ts';

/**
 * @returns the models you may use, from the platform or the key provider (`GET /v1/models`, which is the same in OpenAI's and
 *   Anthropic's API: `{"data": [{"id"}]}`).
 * @throws AUTH_REFUSED (4) if the credential is refused, UNREACHABLE (5), PROVIDER_FAILED (1).
 */
export async function modelsOf(context: Context, access: Access): Promise<readonly Model[]> {
  const { keyProvider } = access.selection;
  if (keyProvider === undefined) return createPlatform(context, access.origin, access).models();
  const credential = await access.fresh();
  const url = joinPath(endpointOf(access), '/v1/models');
  const response = await context.http({
    url,
    headers: {
      accept: 'application/json',
      ...authorizationHeaders(credential),
      ...(keyProvider.keyHeader === 'x-api-key' ? { 'anthropic-version': '2023-06-01' } : {}),
    },
    maxBytes: 8 * 1_048_576,
    signal: context.signal,
  });
  if (response.status === 200) return modelsIn(response.body, url, access);
  if (response.status === 401 || response.status === 403) {
    throw new CodemieError({
      code: 'AUTH_REFUSED',
      message: `${access.origin} rejected the API key from ${access.sourceName} (HTTP ${response.status}).`,
      ...(access.source === 'store'
        ? { fix: signInAgain(access.selection) }
        : { hint: `Get a new key from the provider and pass it with ${access.sourceName}.` }),
    });
  }
  if (response.status >= 500 || response.status === 429)
    throw unreachable(new URL(url), `answered HTTP ${response.status}`, String(response.status));
  throw new CodemieError({
    code: 'PROVIDER_FAILED',
    message: `${url} answered HTTP ${response.status} instead of a list of models.`,
    hint: checkAddress(access),
  });
}

function checkAddress({ selection }: Access): string {
  return `Check the API base URL: ${SIGN_IN}${profileOption(selection)} --api-key --url https://llm.example.com/v1`;
}

function modelsIn(body: Buffer, url: string, access: Access): readonly Model[] {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    value = undefined;
  }
  const { data } = (typeof value === 'object' && value !== null ? value : {}) as { data?: unknown };
  if (!Array.isArray(data)) {
    throw new CodemieError({
      code: 'PROVIDER_FAILED',
      message: `${url} didn't answer with a list of models.`,
      hint: checkAddress(access),
    });
  }
  return data.flatMap((entry: unknown) => {
    const { id, display_name } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<
      string,
      unknown
    >;
    if (typeof id !== 'string' || id === '') return [];
    return [{ id, label: typeof display_name === 'string' ? display_name : id, isDefault: false }];
  });
}

/** @returns the signed-in person, or undefined for a key provider, which has no users. */
export async function userOf(context: Context, access: Access): Promise<PlatformUser | undefined> {
  if (access.selection.keyProvider !== undefined) return undefined;
  return createPlatform(context, access.origin, access).user();
}
