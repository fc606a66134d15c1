import { isLoopbackHost } from '../../net/origin.ts';
import { McpError } from '../errors.ts';
import type { McpSettings } from '../settings.ts';
import type { Discovery } from './discover.ts';

/**
 * What must hold of an authorization server before anything is registered or opened.
 *
 * @throws McpError with the way out.
 */
export function requireUsable(discovery: Discovery, settings: McpSettings): void {
  requireEndpoints(discovery, settings);
  requirePkce(discovery, settings);
  requireClient(discovery, settings);
}

const LONGEST_URL = 8192;

const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'] as const;

/** RFC 9700 §4: browsers and secrets go to https, or to http on this machine when the MCP server is there too. */
export function requireEndpoints({ server }: Discovery, { url: named }: McpSettings): void {
  for (const name of ENDPOINTS) {
    const address = server[name];
    if (address === undefined) continue;
    const url = new URL(address);
    const isFine =
      (url.protocol === 'https:' ||
        (url.protocol === 'http:' && isLoopbackHost(url.hostname) && isLoopbackHost(named.hostname))) &&
      url.username === '' &&
      url.password === '' &&
      url.href.length <= LONGEST_URL;
    if (isFine) continue;
    throw new McpError(
      'MCP_SIGN_IN_FAILED',
      `The sign-in of ${named.host} leads to an address that isn't safe (${name}: ${url.protocol}//${url.host}).`,
      `Ask whoever runs the server to correct ${name} in its metadata.`,
    );
  }
}

/** The authorization specification of MCP: a client refuses a server that does not announce PKCE with S256. */
export function requirePkce(discovery: Discovery, settings: McpSettings): void {
  const methods = discovery.server.code_challenge_methods_supported;
  if (methods?.includes('S256') === true) return;
  if (methods === undefined && settings.allowMissingPkce) return;
  const host = hostOf(discovery);
  throw new McpError(
    'MCP_PKCE_UNSUPPORTED',
    methods === undefined
      ? `The sign-in server ${host} does not say that it supports PKCE (code_challenge_methods_supported is missing from its metadata).`
      : `The sign-in server ${host} does not support PKCE with S256.`,
    methods === undefined
      ? 'If you know that it does, add --allow-missing-pkce-metadata (CODEMIE_MCP_ALLOW_MISSING_PKCE=1).'
      : 'Ask whoever runs the server to enable PKCE with S256.',
  );
}

/** @returns what a person should know who signs in there all the same. */
export function pkceWarning(discovery: Discovery): string | undefined {
  return discovery.server.code_challenge_methods_supported === undefined
    ? `The sign-in server ${hostOf(discovery)} does not announce PKCE. You allowed it with --allow-missing-pkce-metadata.`
    : undefined;
}

/** A server without registration needs a client that is known there. */
export function requireClient(discovery: Discovery, settings: McpSettings): void {
  const { server } = discovery;
  const byDocument = server.client_id_metadata_document_supported === true;
  if (settings.client !== undefined || server.registration_endpoint !== undefined) return;
  if (byDocument && settings.clientMetadataUrl !== undefined) return;
  throw new McpError(
    'MCP_REGISTRATION_REFUSED',
    `The sign-in server ${hostOf(discovery)} does not let programs register themselves. It needs a client that was registered by hand.`,
    byDocument
      ? 'Name your client ID metadata document with --client-metadata-url (CODEMIE_MCP_CLIENT_METADATA_URL), or a client with --client-id.'
      : REGISTER_BY_HAND,
  );
}

/** The way out where a server has no registration, or refuses one. */
export const REGISTER_BY_HAND =
  'Register a client there by hand and name it with --client-id (CODEMIE_MCP_CLIENT_ID).';

export function hostOf({ issuer }: Discovery): string {
  return new URL(issuer).host;
}
