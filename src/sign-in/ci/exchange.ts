import type { ServerMetadata } from 'openid-client';
import type { OidcCredential } from '../../credentials/credential.ts';
import { CodemieError } from '../../system/errors.ts';
import { printable } from '../../system/printable.ts';
import type { Secret } from '../../system/secret.ts';
import { CI_GRANTS, type CiGrant } from '../methods.ts';
import type { Provider } from '../oidc/provider.ts';

interface Grant {
  readonly grantType: string;
  isOffered(metadata: ServerMetadata): boolean;
  parameters(identity: string): Record<string, string>;
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type';

/** Ways to exchange an identity token for a platform token, in the order they are tried. */
const GRANTS: Readonly<Record<CiGrant, Grant>> = {
  // RFC 7523 §2.2: the pipeline is the client and authenticates with the identity token.
  'client-assertion': {
    grantType: 'client_credentials',
    isOffered: (metadata) =>
      offers(metadata, 'client_credentials') &&
      (metadata.token_endpoint_auth_methods_supported ?? []).includes('private_key_jwt'),
    parameters: (identity) => ({
      client_assertion: identity,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    }),
  },
  // RFC 7523 §2.1: the identity token itself is the grant.
  'jwt-bearer': {
    grantType: JWT_BEARER,
    isOffered: (metadata) => offers(metadata, JWT_BEARER),
    parameters: (identity) => ({ assertion: identity }),
  },
  // RFC 8693 §2.1: the identity token is exchanged for a platform token.
  'token-exchange': {
    grantType: TOKEN_EXCHANGE,
    isOffered: (metadata) => offers(metadata, TOKEN_EXCHANGE),
    parameters: (identity) => ({
      subject_token: identity,
      subject_token_type: `${TOKEN_TYPE}:id_token`,
      requested_token_type: `${TOKEN_TYPE}:access_token`,
    }),
  },
};

function offers(metadata: ServerMetadata, grant: string): boolean {
  return (metadata.grant_types_supported ?? []).includes(grant);
}

/**
 * Exchanges a pipeline's identity token for a platform token, with the first grant that the issuer offers and accepts. A
 * provider may advertise a grant but refuse it for this client, so a refusal is only an error if no other grant is left.
 *
 * @param only the grant to use; no other is tried.
 * @throws CI_UNSUPPORTED (1) if none is offered, CI_REFUSED (4) if none is accepted; UNREACHABLE (5).
 */
export async function exchangeIdentity(
  provider: Provider,
  identity: Secret,
  only: CiGrant | undefined,
): Promise<{ readonly credential: OidcCredential; readonly grant: CiGrant }> {
  const metadata = provider.configuration.serverMetadata();
  const tried: string[] = [];
  for (const name of only === undefined ? CI_GRANTS : [only]) {
    if (only === undefined && !GRANTS[name].isOffered(metadata)) continue;
    const answer = await attempt(provider, GRANTS[name], identity, name);
    if (typeof answer !== 'string') return { credential: answer, grant: name };
    tried.push(`${answer} to ${name}`);
  }
  throw tried.length === 0 ? unsupported(metadata.issuer) : refused(metadata.issuer, tried);
}

/** @returns the credential, or the issuer's error as text. */
async function attempt(
  provider: Provider,
  grant: Grant,
  identity: Secret,
  name: CiGrant,
): Promise<OidcCredential | string> {
  const { library, configuration, request } = provider;
  const parameters = {
    ...grant.parameters(identity.reveal()),
    ...(request.resource === undefined ? {} : { resource: request.resource }),
  };
  // A client assertion itself identifies the client (RFC 7521 §4.2), so the public client's id must not be sent with it.
  const client = name === 'client-assertion' ? withoutClientId(provider) : configuration;
  try {
    return provider.credential(await library.genericGrantRequest(client, grant.grantType, parameters));
  } catch (error) {
    const { error: code, error_description: said } = error as Readonly<Record<string, unknown>>;
    if (typeof code !== 'string') throw provider.explain(error);
    const words = typeof said === 'string' ? printable(said, 120) : '';
    return words === '' ? printable(code, 60) : `${printable(code, 60)} (${words})`;
  }
}

/** @returns the same configuration, but without a `client_id` in requests. */
function withoutClientId({ library, configuration, request }: Provider): Provider['configuration'] {
  const client = new library.Configuration(
    configuration.serverMetadata(),
    request.clientId,
    undefined,
    () => undefined,
  );
  const fetch = configuration[library.customFetch];
  if (fetch !== undefined) client[library.customFetch] = fetch;
  if (new URL(configuration.serverMetadata().issuer).protocol === 'http:')
    library.allowInsecureRequests(client);
  return client;
}

function unsupported(issuer: string): CodemieError {
  return new CodemieError({
    code: 'CI_UNSUPPORTED',
    message: `${issuer} can't exchange a CI identity token (it offers no client assertion, JWT bearer grant or token exchange).`,
    hint: 'Give the pipeline a token in CODEMIE_JWT_TOKEN instead.',
  });
}

function refused(issuer: string, tried: readonly string[]): CodemieError {
  return new CodemieError({
    code: 'CI_REFUSED',
    message: `${printable(issuer)} rejected the identity of this CI job: ${tried.join('; ')}.`,
    hint: "Ask its administrator to trust your CI system's issuer, subject and audience (see the operator guide, pipelines).",
  });
}
