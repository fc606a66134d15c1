import type {
  OAuthProtectedResourceMetadata as ResourceMetadata,
  OAuthMetadata as ServerMetadata,
} from '@modelcontextprotocol/client';

type Document = Readonly<Record<string, unknown>>;

/** A document that was read, or why it does not count. */
export type Read<T> = { readonly value: T } | { readonly why: string };

/** A resource's metadata (RFC 9728 §2), the members we use. */
export function resourceIn(document: Document): Read<ResourceMetadata> {
  const { resource } = document;
  if (!isUrl(resource)) return { why: 'without resource' };
  const servers = strings(document['authorization_servers']) ?? [];
  if (!servers.every((one) => isUrl(one) && /^https?:/i.test(one)))
    return { why: 'with an authorization server that is not a web address' };
  const scopes = strings(document['scopes_supported']);
  return {
    value: { resource, authorization_servers: servers, ...(scopes && { scopes_supported: scopes }) },
  };
}

const REQUIRED = ['authorization_endpoint', 'token_endpoint'] as const;

/** An authorization server's metadata (RFC 8414 §2), the members we use. OpenID Connect adds none of them. */
export function serverIn(document: Document): Read<ServerMetadata> {
  const { issuer, authorization_endpoint: authorize, token_endpoint: token } = document;
  if (typeof issuer !== 'string') return { why: 'without issuer' };
  if (!isUrl(authorize) || !isUrl(token)) {
    const missing = REQUIRED.filter((name) => !isUrl(document[name]));
    return { why: `without ${missing.join(' and ')}` };
  }
  const { registration_endpoint: register, revocation_endpoint: revoke } = document;
  return {
    value: {
      issuer,
      authorization_endpoint: authorize,
      token_endpoint: token,
      response_types_supported: strings(document['response_types_supported']) ?? ['code'],
      ...(isUrl(register) && { registration_endpoint: register }),
      ...(isUrl(revoke) && { revocation_endpoint: revoke }),
      ...lists(document),
      client_id_metadata_document_supported: document['client_id_metadata_document_supported'] === true,
      authorization_response_iss_parameter_supported:
        document['authorization_response_iss_parameter_supported'] === true,
    },
  };
}

const LISTS = [
  'scopes_supported',
  'token_endpoint_auth_methods_supported',
  'code_challenge_methods_supported',
] as const;

/** A list of another form counts as empty and not as absent: what is announced in vain is not supported. */
function lists(document: Document): Partial<Record<(typeof LISTS)[number], string[]>> {
  const announced = LISTS.filter((name) => document[name] !== undefined && document[name] !== null);
  return Object.fromEntries(announced.map((name) => [name, strings(document[name]) ?? []]));
}

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value);
}
