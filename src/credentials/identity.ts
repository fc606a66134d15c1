import { redact } from '../system/redact.ts';
import type { Identity } from './credential.ts';

/** Reads the person a platform names in the answer of `GET /v1/user`; servers call the id `user_id` or `userId`. */
export function personIn(body: Readonly<Record<string, unknown>>): Identity {
  return {
    ...named('id', body['user_id'] ?? body['userId']),
    ...named('name', body['name'] ?? body['username']),
    ...named('email', body['email']),
  };
}

function named<Name extends keyof Identity>(name: Name, value: unknown): Pick<Identity, Name> | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  // A platform without accounts takes the token itself for the name of whoever sends it.
  return { [name]: redact(value) } as Pick<Identity, Name>;
}
