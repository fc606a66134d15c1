import type { JsonObject } from '../../system/json.ts';
import { mappersInFile } from './clients.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** The client scopes as the server lists them, and the names of those that new clients get. */
export interface ClientScopes {
  readonly list: readonly JsonObject[];
  readonly defaults: readonly string[];
  readonly optionals: readonly string[];
}

export async function listClientScopes(source: Source): Promise<ClientScopes> {
  const names = async (path: string): Promise<readonly string[]> =>
    (await source.list(path)).map((scope) => textOf(scope, 'name'));
  const [list, defaults, optionals] = await Promise.all([
    source.list('/client-scopes'),
    names('/default-default-client-scopes'),
    names('/default-optional-client-scopes'),
  ]);
  return { list, defaults, optionals };
}

export function clientScopesInFile(source: Source, { list, defaults, optionals }: ClientScopes): JsonObject {
  return {
    clientScopes: list.map((scope) => {
      const name = textOf(scope, 'name');
      source.id('client-scope', [name], scope['id']);
      return { ...asInFile(scope), ...mappersInFile(source, 'scope-mapper', name, scope) };
    }),
    defaultDefaultClientScopes: defaults,
    defaultOptionalClientScopes: optionals,
  };
}
