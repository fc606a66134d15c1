import type { Hit, Rule } from '../rule.ts';
import type { LiveFacts, Subject } from '../subject.ts';

export const LIVE_RULES: readonly Rule[] = [
  {
    id: 'live-differs',
    severity: 'error',
    what: 'With `--live`: the running platform does not do what the files say. They were not rolled out, or something else changes it.',
    advice:
      'Roll the files out, or look at the variables of the running pod: kubectl set env deployment/NAME --list',
    check: (subject) => (subject.live === undefined ? [] : differences(subject, subject.live)),
  },
  {
    id: 'enterprise-missing',
    severity: 'error',
    what: 'With `--live`: `IDP_PROVIDER` is not `local`, and the running platform has no enterprise edition, which all others need. The server then trusts a header that anybody can send.',
    advice: 'Install the image of the enterprise edition, or use IDP_PROVIDER=local.',
    *check({ api, live }): Iterable<Hit> {
      const main = api?.main;
      if (main === undefined || main.provider === undefined || main.provider === 'local') return;
      if (live?.isEnterprise === false)
        yield {
          at: main.placeOf('IDP_PROVIDER'),
          message: `IDP_PROVIDER is ${main.provider}, and ${live.url} has no enterprise edition.`,
        };
    },
  },
];

function* differences({ api, to, isUpgrade }: Subject, live: LiveFacts): Iterable<Hit> {
  const main = api?.main;
  if (main === undefined) return;
  const isOn = main.isOn('ENABLE_USER_MANAGEMENT');
  if (isOn !== undefined && live.access !== undefined && isOn !== (live.access === 'platform'))
    yield {
      at: main.placeOf('ENABLE_USER_MANAGEMENT'),
      message: `The files have ENABLE_USER_MANAGEMENT ${isOn ? 'on' : 'off'}, and ${live.url} is ${live.access === 'platform' ? 'platform' : 'Keycloak'}-managed.`,
    };
  if (main.provider !== undefined && live.provider !== undefined && live.provider !== main.provider)
    yield {
      at: main.placeOf('IDP_PROVIDER'),
      message: `The files have the IDP_PROVIDER ${main.provider}, and ${live.url} has ${live.provider}.`,
    };
  if (!isUpgrade && to !== undefined && live.version !== undefined && live.version !== to)
    yield { at: main.at, message: `The files are for ${to}, and ${live.url} is ${live.version}.` };
}
