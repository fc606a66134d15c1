import type { Context } from '../../context.ts';
import type { OidcCredential } from '../../credentials/credential.ts';
import { CodemieError } from '../../system/errors.ts';
import { discoverProvider, PLAIN_SCOPE, type ProviderRequest } from './provider.ts';

export interface OidcRequest extends ProviderRequest {
  readonly route: 'browser' | 'device';
  /** If false, prints the address instead of opening a browser. */
  readonly openBrowser: boolean;
  readonly timeoutMs: number;
  /** 0 for any free port. */
  readonly callbackPort: number;
}

/**
 * Signs a person in with an OpenID provider.
 *
 * @throws ISSUER_INVALID, URL_INSECURE, UNREACHABLE for the provider; SIGN_IN_DENIED (6), SIGN_IN_TIMEOUT (7),
 *   SIGN_IN_FAILED, SIGN_IN_SCOPE, CLOCK_SKEW, CALLBACK_PORT, DEVICE_UNSUPPORTED, DEVICE_ADDRESS (1).
 */
export async function signInOidc(context: Context, request: OidcRequest): Promise<OidcCredential> {
  try {
    return await attempt(context, request);
  } catch (error) {
    if (!(error instanceof CodemieError) || error.code !== 'SIGN_IN_SCOPE' || request.scope !== undefined)
      throw error;
    context.terminal.say(
      `${request.issuer} doesn't allow long-lived sessions (offline_access). Signing in again for a shorter session.`,
    );
    return attempt(context, { ...request, scope: PLAIN_SCOPE });
  }
}

async function attempt(context: Context, request: OidcRequest): Promise<OidcCredential> {
  const provider = await discoverProvider(context, request);
  if (request.route === 'device') {
    const { signInByDevice } = await import('./device.ts');
    return signInByDevice(context, provider, request.timeoutMs);
  }
  const { signInByBrowser } = await import('./browser.ts');
  return signInByBrowser(context, provider, request);
}
