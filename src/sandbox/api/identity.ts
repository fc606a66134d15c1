import { problem } from './answers.ts';
import { Refusal } from './refusal.ts';

/** What an identity provider says about a person. */
export interface Identity {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly picture: string;
  readonly userType: string;
  /** Realm roles. */
  readonly roles: readonly string[];
  readonly projects: readonly string[];
  /** A project may be here and not in `projects`. */
  readonly adminProjects: readonly string[];
  readonly knowledgeBases: readonly string[];
}

/**
 * Reads the claims of a token, or what a user has in a realm under the same names.
 *
 * @throws Refusal (401) for a user type that the platform does not know.
 */
export function identityFrom(claims: Readonly<Record<string, unknown>>): Identity {
  const username = textOf(claims['preferred_username']);
  const realm = claims['realm_access'] as { readonly roles?: unknown } | undefined;
  return {
    id: textOf(claims['sub']),
    username,
    name: textOf(claims['name']),
    email: textOf(claims['email']),
    picture: textOf(claims['picture']),
    userType: userTypeOf(claims['user_type']),
    roles: listOf(realm?.roles),
    projects: listOf(claims['applications']),
    adminProjects: listOf(claims['applications_admin']),
    knowledgeBases: listOf(claims['knowledge_bases']),
  };
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

/** Texts in a list or separated by commas, each once. */
function listOf(claim: unknown): readonly string[] {
  const texts = (Array.isArray(claim) ? claim : [claim]).filter((text) => typeof text === 'string');
  const parts = texts.flatMap((text) => text.split(',')).map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

function userTypeOf(claim: unknown): string {
  const given = Array.isArray(claim) ? claim[0] : claim;
  if (given === undefined || given === null) return 'regular';
  const type = String(given).trim().toLowerCase();
  if (typeof given === 'string' && ['regular', 'external'].includes(type)) return type;
  throw new Refusal(
    problem(
      401,
      `Invalid user_type attribute from IDP. Expected 'regular' or 'external', got: ${String(given)}`,
      `The user_type attribute value '${String(given)}' is not recognized. Only 'regular' and 'external' are supported.`,
      'Contact your administrator to correct the IDP configuration.',
    ),
  );
}
