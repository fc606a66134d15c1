import { expect, it } from 'vitest';
import { ADAPTERS } from '../../src/agents/adapters/table.ts';
import { versionStatusOf } from '../../src/agents/versions.ts';

const TRIED = { oldest: '2.1.280', newest: '2.1.330' };

it.each([
  ['2.1.280', 'tried'],
  ['2.1.299', 'tried'],
  ['2.1.330', 'tried'],
  ['2.1.279', 'older'],
  ['2.0.999', 'older'],
  ['1', 'older'],
  ['2.1.331', 'newer'],
  ['2.2', 'newer'],
  ['10.0.0', 'newer'],
  ['2.1.300-rc.1', 'unknown'],
  ['latest', 'unknown'],
])('version %s is %s', (version, standing) => {
  expect(versionStatusOf(version, TRIED)).toBe(standing);
});

it.each(ADAPTERS.map((adapter) => [adapter.name, adapter.tried] as const))(
  'both ends of what %s was tried with are versions in order',
  (_name, tried) => {
    expect([versionStatusOf(tried.oldest, tried), versionStatusOf(tried.newest, tried)]).toEqual([
      'tried',
      'tried',
    ]);
  },
);
