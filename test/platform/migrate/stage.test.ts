import { describe, expect, it } from 'vitest';
import { arrayText, stagedRows } from '../../../src/platform/migrate/plan/stage.ts';
import type { SourceRow } from '../../../src/platform/users/user.ts';
import { membershipsOf, person } from '../../support/generated-source.ts';

async function staged(...rows: SourceRow[]): Promise<string[]> {
  async function* all(): AsyncGenerator<SourceRow> {
    yield* rows;
  }
  const lines = [];
  for await (const line of stagedRows(all(), () => undefined)) lines.push(line);
  return lines;
}

describe('rows of a source on their way into the database', () => {
  it('are one line each, with lists of projects and of roles', async () => {
    const [line = ''] = await staged(
      person(1, { isAdmin: true, adminVia: 'role admin', memberships: membershipsOf('a', 'b*') }),
    );
    expect(line.split('\t').slice(1)).toEqual([
      'user',
      '3c6ef362-0000-4000-8000-000000000001',
      'user-0000001',
      'user-0000001@example.com',
      'User 1',
      '\\N',
      'regular',
      'true',
      'true',
      'role admin',
      '{"a","b"}',
      '{f,t}',
      '\\N',
      '\\N',
      '\\N\n',
    ]);
  });

  it('keep their place whatever a name holds', async () => {
    const lines = await staged(person(1, { name: 'a\tb\nc\\d\r' }), person(2));
    expect(lines).toHaveLength(2);
    expect(lines[0]?.split('\t')).toHaveLength(16);
    expect(lines[0]).toContain('a\\tb\\nc\\\\d\\r');
    expect(arrayText(['a"b', 'c\\d', '{,}', ''])).toBe('{"a\\"b","c\\\\d","{,}",""}');
  });

  it('of accounts that are left out need not be storable', async () => {
    const [line = ''] = await staged({
      kind: 'skip',
      skipped: { id: 'x', username: 'a\0b', reason: 'bad-characters', detail: 'the username' },
    });
    expect(line.split('\t')).toHaveLength(16);
    expect(line).toContain('\tab\t');
  });
});
