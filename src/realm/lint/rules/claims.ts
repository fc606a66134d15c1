import { scopeName } from '../../model/fields.ts';
import { textsIn } from '../../model/values.ts';
import { BUILT_IN } from '../known/built-in.ts';
import type { Place } from '../place.ts';
import type { Hit, LintRealm, Rule } from '../rule.ts';

/** Mappers with a claim that several of them build together. */
const TOGETHER = [
  'oidc-usermodel-client-role-mapper',
  'oidc-usermodel-realm-role-mapper',
  'oidc-audience-mapper',
];

function* twice(realm: LintRealm): Iterable<Hit> {
  const scopes = new Map(
    realm.list('clientScopes').map((scope) => [scopeName(scope.at('name').text), scope]),
  );
  const builtIn: readonly string[] = BUILT_IN.clients;
  const own = realm.list('clients').filter((client) => !builtIn.includes(client.at('clientId').text ?? ''));
  for (const client of own) {
    const attached = textsIn(client.at('defaultClientScopes').value).flatMap(
      (name) => scopes.get(scopeName(name)) ?? [],
    );
    for (const mapper of client.at('protocolMappers').objects) {
      const claim = claimOf(mapper);
      const scope = attached.find((one) =>
        one
          .at('protocolMappers')
          .objects.some((other) => claimOf(other) === claim && isSameKind(mapper, other)),
      );
      if (claim !== undefined && scope !== undefined)
        yield {
          at: mapper,
          message: `The scope "${scope.at('name').text}" of client "${client.at('clientId').text}" already fills the claim "${claim}".`,
        };
    }
  }
}

function claimOf(mapper: Place): string | undefined {
  return mapper.at('config').at('claim.name').text;
}

function isSameKind(one: Place, other: Place): boolean {
  const [first, second] = [one.at('protocolMapper').text, other.at('protocolMapper').text];
  return first === second || !TOGETHER.includes(first ?? '') || !TOGETHER.includes(second ?? '');
}

export const CLAIM_RULES: readonly Rule[] = [
  {
    id: 'claim-twice',
    severity: 'warning',
    what: 'A mapper of a client fills a claim that one of its client scopes already fills. Which one wins, or whether values appear twice, depends on the mappers.',
    advice: 'Remove one of the two mappers.',
    check: twice,
  },
];
