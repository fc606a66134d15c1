import { type CommandSpec, JSON_OPTION } from '../spec.ts';
import { DATABASE_OPTIONS } from './database-options.ts';
import { VERIFY_OPTIONS } from './plan-options.ts';

const PLAN = [{ name: 'plan', summary: 'file that codemie platform migrate plan wrote' }];

const REASON = {
  name: 'reason',
  value: 'text',
  summary: 'why, such as a ticket; kept in the audit events of the platform',
};

const SKIP_CONFLICTS = {
  name: 'skip-conflicts',
  summary: 'leave out users with conflicts, and write the rest',
};

const ONLINE = { name: 'online', summary: 'people work in the platform now: write 1,000 users at a time' };

const LOCK_TIMEOUT = {
  name: 'lock-timeout',
  value: 'duration',
  summary: 'how long to wait for another import, and for rows that others hold',
  default: '10s',
};

/** Commands that write a plan, or check that there is nothing to write. */
export const MIGRATE_WRITE_COMMANDS: readonly CommandSpec[] = [
  {
    path: ['platform', 'migrate', 'apply'],
    summary: 'Write a plan to the database of the platform',
    description:
      "Shows what it will write and asks first. Refuses a plan whose users or projects changed in the database since it was made. Up to 200,000 users are written in one transaction; with more, or with --online, in short ones. At the end it proves that nothing of the plan is missing. After a failure, run it again: it goes on where it stopped. Takes the same lock as the platform's own import.",
    args: PLAN,
    options: [
      ...DATABASE_OPTIONS.filter(({ name }) => name !== 'schema'),
      SKIP_CONFLICTS,
      REASON,
      ONLINE,
      LOCK_TIMEOUT,
      { name: 'yes', summary: 'do not ask' },
      JSON_OPTION,
    ],
    examples: [
      {
        command: 'codemie platform migrate apply migration-plan.jsonl --reason TICKET-7',
        does: 'write the plan, after you agree',
      },
      {
        command: 'codemie platform migrate apply migration-plan.jsonl --skip-conflicts --yes',
        does: 'write all users without conflicts',
      },
    ],
    load: () => import('./migrate-apply.ts'),
  },
  {
    path: ['platform', 'migrate', 'verify'],
    summary: 'Check that the database has all users of Keycloak',
    description:
      'Compares as plan does, and writes nothing. Exits with 0 where a plan would create and update nothing and has no conflict, with 10 otherwise. It never asks: run it every night.',
    options: VERIFY_OPTIONS,
    examples: [
      {
        command: 'codemie platform migrate verify --from-file codemie-prod-realm.json',
        does: 'compare an export with the database of DATABASE_URL',
      },
      {
        command: 'codemie platform migrate verify --policy merge --json | jq .counts',
        does: 'also count what changed in Keycloak since the last import',
      },
    ],
    load: () => import('./migrate-verify.ts'),
  },
  {
    path: ['platform', 'migrate', 'sql'],
    summary: 'Print a plan as a script for psql',
    description:
      'Does the same as apply, for a database administrator who gives nobody access: one transaction, which stops at the first error and refuses a stale plan. Needs no database to be printed.',
    args: PLAN,
    options: [REASON],
    examples: [
      {
        command: 'codemie platform migrate sql migration-plan.jsonl > migration.sql',
        does: 'write the script to a file',
      },
      {
        command: 'codemie platform migrate sql migration-plan.jsonl --reason TICKET-7 | psql --no-psqlrc',
        does: 'run it',
      },
    ],
    load: () => import('./migrate-sql.ts'),
  },
  {
    path: ['platform', 'migrate', 'job'],
    summary: 'Print a Kubernetes Job that applies a plan',
    description:
      'For a database that only the cluster reaches. The job runs once, without root and on a read-only file system; the plan and the address of the database come from Secrets, whose commands stand above the manifest.',
    args: PLAN,
    options: [
      { name: 'namespace', value: 'name', summary: 'namespace of the job', default: 'codemie' },
      {
        name: 'image',
        value: 'image',
        summary: 'image that has codemie',
        default: 'node:22-slim, which gets codemie from npm',
      },
      {
        name: 'database-secret',
        value: 'name',
        summary: 'Secret with the address of the database, in the key url',
        default: 'codemie-migration-database',
      },
      SKIP_CONFLICTS,
      REASON,
      ONLINE,
      LOCK_TIMEOUT,
    ],
    examples: [
      {
        command: 'codemie platform migrate job migration-plan.jsonl > job.yaml',
        does: 'write the manifest to a file',
      },
      {
        command:
          'codemie platform migrate job migration-plan.jsonl --image registry.example.com/codemie-cli:1 --namespace platform',
        does: 'use your own image and namespace',
      },
    ],
    load: () => import('./migrate-job.ts'),
  },
];
