import type { JsonObject } from '../../system/json.ts';
import { asInFile, textOf } from './shape.ts';
import type { Source } from './source.ts';

/** @returns `identityProviders` and `identityProviderMappers`. */
export async function readProviders(source: Source): Promise<JsonObject> {
  const list = await source.pages('/identity-provider/instances');
  const mappers = await Promise.all(
    list.map(async (provider) => {
      const alias = textOf(provider, 'alias');
      source.id('identity-provider', [alias], provider['internalId']);
      const found = await source.list(`/identity-provider/instances/${encodeURIComponent(alias)}/mappers`);
      for (const mapper of found)
        source.id('identity-provider-mapper', [alias, textOf(mapper, 'name')], mapper['id']);
      return found.map((mapper) => asInFile(mapper));
    }),
  );
  return {
    identityProviders: list.map((provider) => asInFile(provider)),
    identityProviderMappers: mappers.flat(),
  };
}
