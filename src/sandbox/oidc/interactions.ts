import type { Provider } from 'oidc-provider';
import { WEB_CLIENT } from '../administration/openid.ts';
import { type Exchange, readForm, send } from '../http.ts';
import { consentPage, donePage, loginPage, problemPage } from '../pages.ts';
import { findUser } from '../people-and-models.ts';

/** The provider's login and consent steps: pages, or only redirects with `autoApprove`. */
export async function handleInteraction(
  provider: Provider,
  exchange: Exchange,
  autoApprove: string | undefined,
): Promise<void> {
  const { request, response } = exchange;
  const details = await provider.interactionDetails(request, response).catch(() => undefined);
  if (details === undefined) {
    return send(response, 400, problemPage('This sign-in has expired. Start again in your terminal.'));
  }
  const action = exchange.url.pathname;
  const finish = (result: Parameters<Provider['interactionFinished']>[2]): Promise<void> =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });

  if (request.method === 'POST') {
    const form = await readForm(request);
    switch (form.get('do')) {
      case 'login': {
        const user = findUser(form.get('username') ?? '');
        if (user === undefined || user.password !== form.get('password')) {
          return send(response, 200, loginPage(action, 'Wrong username or password.'));
        }
        return finish({ login: { accountId: user.id } });
      }
      case 'consent':
        return finish({ consent: { grantId: await grant(provider, details) } });
      default:
        return finish({ error: 'access_denied', error_description: 'The person cancelled the sign-in' });
    }
  }
  if (details.prompt.name === 'login') {
    if (autoApprove !== undefined) return finish({ login: { accountId: autoApprove } });
    return send(response, 200, loginPage(action));
  }
  if (details.prompt.name !== 'consent') return send(response, 400, problemPage('Unknown step.'));
  // The platform's own web page does not ask for consent.
  if (autoApprove !== undefined || details.params['client_id'] === WEB_CLIENT)
    return finish({ consent: { grantId: await grant(provider, details) } });
  const client = await provider.Client.find(String(details.params['client_id']));
  const scopes = String(details.params['scope'] ?? '').split(' ');
  return send(response, 200, consentPage(action, client?.clientName ?? 'A program', scopes));
}

type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

async function grant(provider: Provider, details: Details): Promise<string> {
  const known = details.grantId === undefined ? undefined : await provider.Grant.find(details.grantId);
  const accountId = details.session?.accountId ?? details.result?.login?.accountId ?? '';
  const made = known ?? new provider.Grant({ accountId, clientId: String(details.params['client_id']) });
  const missing = details.prompt.details as {
    missingOIDCScope?: string[];
    missingOIDCClaims?: string[];
    missingResourceScopes?: Record<string, string[]>;
  };
  made.addOIDCScope('openid profile email offline_access');
  if (missing.missingOIDCClaims) made.addOIDCClaims(missing.missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missing.missingResourceScopes ?? {})) {
    made.addResourceScope(resource, scopes.join(' '));
  }
  return made.save();
}

/** `GET /device?user_code=…` with `autoApprove`: opening the address connects the device. */
export async function approveDevice(
  provider: Provider,
  exchange: Exchange,
  {
    accountId,
    resource,
    now,
  }: { readonly accountId: string; readonly resource: string; readonly now: () => number },
): Promise<void> {
  const userCode = (exchange.url.searchParams.get('user_code') ?? '')
    .replace(/[^A-Za-z0-9]/g, '')
    .toUpperCase();
  const code = await provider.DeviceCode.findByUserCode(userCode, { ignoreExpiration: false });
  if (code === undefined || code.accountId !== undefined) {
    return send(exchange.response, 400, problemPage('Unknown, used or expired code.'));
  }
  const made = new provider.Grant({ accountId, clientId: code.clientId ?? '' });
  made.addOIDCScope('openid profile email offline_access');
  made.addResourceScope(resource, 'openid profile email offline_access');
  const scope = String(code.params?.['scope'] ?? 'openid');
  Object.assign(code, {
    accountId,
    grantId: await made.save(),
    scope,
    authTime: Math.floor(now() / 1000),
    resource,
  });
  await code.save();
  return send(exchange.response, 200, donePage('You are signed in on the other device.'));
}
