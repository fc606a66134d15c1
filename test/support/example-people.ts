import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { EXAMPLE_VARIABLES } from './example-variables.ts';
import type { KeycloakServer } from './keycloak-server.ts';
import { authorizationUrl, type LoginBrowser, loginBrowser, type Shown } from './login-page.ts';
import { type Json, named } from './realm-cli.ts';

interface BrowserClient {
  readonly redirectUri: string;
  /** None for a public client. */
  readonly secret?: string;
}

/** The clients that people sign in to, with an address of each in the stage dev. */
export const BROWSER_CLIENTS: Readonly<Record<string, BrowserClient>> = {
  'aihub-frontend': { redirectUri: 'http://localhost:3333/callback' },
  openwebui: {
    redirectUri: 'http://localhost:8080/oauth/oidc/callback',
    secret: EXAMPLE_VARIABLES.KEYCLOAK_OPENWEBUI_CLIENT_SECRET,
  },
  'oauth2-proxy-dagster': {
    redirectUri: 'http://localhost:3000/oauth2/callback',
    secret: EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_DAGSTER_SECRET,
  },
  'oauth2-proxy-datalake': {
    redirectUri: 'http://localhost:8888/oauth2/callback',
    secret: EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_DATALAKE_SECRET,
  },
  'oauth2-proxy-attu': {
    redirectUri: 'http://localhost:8001/oauth2/callback',
    secret: EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_ATTU_SECRET,
  },
  'oauth2-proxy-backup': {
    redirectUri: 'http://localhost:3004/oauth2/callback',
    secret: EXAMPLE_VARIABLES.KEYCLOAK_OAUTH2_PROXY_BACKUP_SECRET,
  },
  langfuse: {
    redirectUri: 'http://localhost:6006/api/auth/callback/keycloak',
    secret: EXAMPLE_VARIABLES.KEYCLOAK_LANGFUSE_CLIENT_SECRET,
  },
};

export interface Person {
  readonly username: string;
  readonly password: string;
}

export const SUPERUSER: Person = {
  username: EXAMPLE_VARIABLES.SUPERUSER_EMAIL,
  password: EXAMPLE_VARIABLES.SUPERUSER_PASSWORD,
};

/** What a client received, and what is in it. */
export interface Tokens {
  readonly id: Json;
  readonly access: Json;
  readonly userinfo: Json;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The people and the applications of one example realm. */
export interface ExamplePeople {
  readonly issuer: string;
  /** The admin API below the realm. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Creates a local person with realm roles. */
  person(name: string, ...roles: readonly string[]): Promise<Person>;
  /** The realm roles of a person, without those that everybody has. */
  rolesOf(username: string): Promise<readonly string[]>;
  groupsOf(username: string): Promise<readonly string[]>;
  /** @param method POST to give a realm role, DELETE to take it. */
  changeRole(method: 'POST' | 'DELETE', username: string, role: string): Promise<void>;
  /** How many failed logins of a person Keycloak counted. */
  failuresOf(username: string): Promise<unknown>;
  /** The address where an application starts a login, with PKCE. */
  address(client: string, more?: Record<string, string>): URL;
  /** Signs in with the form. */
  signIn(client: string, person: Person, browser?: LoginBrowser): Promise<Shown>;
  /** Signs in at the company's provider, by the link of the login page. */
  signInUpstream(client: string, browser?: LoginBrowser): Promise<Shown>;
  /** Exchanges the code that a login ended with. */
  tokens(client: string, login: Shown): Promise<Tokens>;
  /** Sends a form to an endpoint below `protocol/openid-connect`, as a client. */
  post(client: string, path: string, form: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

const VERIFIER = 'verifier-of-this-test-with-more-than-forty-three-characters';
export const PKCE = {
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
};

/** A browser that stops where it is sent back to an application of the stage dev. */
export const newBrowser = (): LoginBrowser => loginBrowser('http://localhost:');

export function examplePeople(keycloak: KeycloakServer, realm: string): ExamplePeople {
  const issuer = `${keycloak.url}/realms/${realm}`;
  const call: ExamplePeople['call'] = (method, path, body) => keycloak.call(method, `/${realm}${path}`, body);
  const idOf = async (username: string): Promise<unknown> => {
    const query = new URLSearchParams({ username, exact: 'true' });
    return named(await call('GET', `/users?${query}`), 'username', username)['id'];
  };
  const listOf = async (username: string, path: string, member: string): Promise<readonly string[]> =>
    ((await call('GET', `/users/${await idOf(username)}${path}`)) as Record<string, string>[])
      .map((one) => one[member] ?? '')
      .sort();
  const changeRole: ExamplePeople['changeRole'] = async (method, username, role) => {
    await call(method, `/users/${await idOf(username)}/role-mappings/realm`, [
      await call('GET', `/roles/${role}`),
    ]);
  };
  const address: ExamplePeople['address'] = (clientId, more = {}) =>
    authorizationUrl(issuer, { clientId, redirectUri: clientOf(clientId).redirectUri }, { ...PKCE, ...more });
  const post: ExamplePeople['post'] = async (client, path, form) => {
    const { secret } = BROWSER_CLIENTS[client] ?? {};
    const credentials = { client_id: client, ...(secret === undefined ? {} : { client_secret: secret }) };
    const answer = await fetch(`${issuer}/protocol/openid-connect${path}`, {
      method: 'POST',
      body: new URLSearchParams({ ...credentials, ...form }),
    });
    return { status: answer.status, body: (await answer.json().catch(() => ({}))) as Json };
  };

  return {
    issuer,
    call,
    address,
    post,
    changeRole,
    person: async (name, ...roles) => {
      const person = { username: `${name}@hub.example`, password: `${name}-password-of-this-test` };
      await call('POST', '/users', {
        username: person.username,
        email: person.username,
        firstName: name,
        lastName: 'Local',
        enabled: true,
        emailVerified: true,
        credentials: [{ type: 'password', value: person.password, temporary: false }],
      });
      for (const role of roles) await changeRole('POST', person.username, role);
      return person;
    },
    rolesOf: async (username) =>
      (await listOf(username, '/role-mappings/realm', 'name')).filter(
        (name) => !name.startsWith('default-roles-'),
      ),
    failuresOf: async (username) => {
      const path = `/attack-detection/brute-force/users/${await idOf(username)}`;
      return ((await call('GET', path)) as Json)['numFailures'];
    },
    groupsOf: (username) => listOf(username, '/groups', 'path'),
    signIn: async (client, person, browser = newBrowser()) => {
      await browser.open(address(client));
      return browser.submit({ ...person });
    },
    signInUpstream: async (client, browser = newBrowser()) => {
      await browser.open(address(client));
      return browser.follow('/broker/azure-ad/');
    },
    tokens: async (client, { code = '' }) => {
      const grant = { grant_type: 'authorization_code', code, code_verifier: VERIFIER };
      const { redirectUri } = clientOf(client);
      const { status, body } = await post(client, '/token', { ...grant, redirect_uri: redirectUri });
      if (status !== 200) throw new Error(`${client}: ${status} ${JSON.stringify(body)}`);
      const { id_token = '', access_token = '', refresh_token = '' } = body as Record<string, string>;
      const userinfo = await fetch(`${issuer}/protocol/openid-connect/userinfo`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      return {
        id: decodeJwt(id_token),
        access: decodeJwt(access_token),
        userinfo: (await userinfo.json()) as Json,
        accessToken: access_token,
        refreshToken: refresh_token,
      };
    },
  };
}

function clientOf(name: string): BrowserClient {
  const client = BROWSER_CLIENTS[name];
  if (client === undefined) throw new Error(`nobody signs in to ${name}`);
  return client;
}
