import type { CommandSpec } from '../spec.ts';
import { CHECK_COMMANDS } from './check-table.ts';
import { MAINTAINER_COMMANDS } from './maintainer-table.ts';
import { MIGRATE_COMMANDS } from './migrate-table.ts';
import { MIGRATE_WRITE_COMMANDS } from './migrate-write-table.ts';
import { MIGRATION_CLIENT_COMMANDS } from './migration-client-table.ts';
import { VALUES_COMMANDS } from './values-table.ts';

export const PLATFORM_COMMANDS: readonly CommandSpec[] = [
  ...CHECK_COMMANDS,
  ...VALUES_COMMANDS,
  ...MIGRATION_CLIENT_COMMANDS,
  ...MIGRATE_COMMANDS,
  ...MIGRATE_WRITE_COMMANDS,
  ...MAINTAINER_COMMANDS,
];
