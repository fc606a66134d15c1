import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/sandbox/store/schema/migrate.ts';
import { SCHEMA_STEPS } from '../../src/sandbox/store/schema/steps.ts';
import { postgresServer, postgresVersions } from '../support/postgres-server.ts';
import { root } from '../support/program.ts';
import { schemaDescription } from '../support/schema-description.ts';

const EXPECTED = readFileSync(join(root, 'test', 'fixtures', 'platform-schema-2.42.tsv'), 'utf8')
  .trimEnd()
  .split('\n');

describe.each(postgresVersions())('the tables of the sandbox on PostgreSQL %s', (version) => {
  it('are those of the platform 2.42: every column, constraint and index', async () => {
    const database = await (await postgresServer(version)).database('empty');
    expect(await migrate(await database.session())).toBe(SCHEMA_STEPS.length);
    expect(await schemaDescription(database)).toEqual([...EXPECTED].sort());
  });
});
