import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { masked } from '../../../src/platform/migrate/masked.ts';
import type { PlanSummary } from '../../../src/platform/migrate/plan/plan.ts';
import { needText, planJson, planText } from '../../../src/platform/migrate/report.ts';
import { COUNTS, HEADER } from '../../support/plan-parts.ts';

const colors = new Chalk({ level: 0 });

const SUMMARY: PlanSummary = {
  counts: {
    create: 30,
    update: 1,
    conflict: 1,
    skip: 2,
    memberships: 61,
    projects: 1,
    repair: 1,
    keep: 3,
    overLimit: 1,
  },
  target: { users: 5, maintainers: 0 },
  absent: 0,
  reasons: [
    { what: 'conflict', class: 'recreated', count: 1 },
    { what: 'skip', class: 'deleted-project', count: 1 },
    { what: 'skip', class: 'disabled', count: 1 },
  ],
  shown: [
    { n: 1, do: 'project', name: 'tools' },
    {
      n: 2,
      do: 'create',
      id: 'i-1',
      username: 'ada',
      email: 'ada@example.com',
      userType: 'regular',
      admin: true,
      adminVia: 'group /platform/ops',
      projects: ['demo', 'tools'],
      adminOf: ['tools'],
    },
    {
      n: 3,
      do: 'create',
      id: 'i-2',
      username: 'bob',
      email: 'bob@example.com',
      userType: 'external',
      projects: [],
    },
    {
      n: 4,
      do: 'update',
      id: 'i-3',
      set: { name: ['Old', 'New'] },
      add: [{ project: 'tools', admin: true }],
      role: [{ project: 'demo', admin: false }],
    },
    {
      n: 5,
      do: 'keep',
      why: 'by-hand',
      id: 'i-4',
      username: 'dan',
      what: 'membership',
      project: 'demo',
      source: true,
    },
    {
      n: 6,
      do: 'keep',
      why: 'by-hand',
      id: 'i-5',
      username: 'fay',
      what: 'field',
      field: 'name',
      database: 'F',
      source: 'G',
    },
    { n: 7, do: 'keep', why: 'by-hand', id: 'i-6', username: 'gil', what: 'deleted' },
    {
      n: 8,
      do: 'conflict',
      class: 'recreated',
      user: { id: 'new-id', username: 'eve', email: 'eve@example.com' },
      other: { id: 'old-id', username: 'eve', email: 'eve@example.com' },
      targetDeleted: true,
      reason: 'same address',
    },
    { n: 9, do: 'skip', class: 'disabled', id: 'i-7', username: 'hal', reason: 'disabled in Keycloak' },
    {
      n: 10,
      do: 'skip',
      class: 'deleted-project',
      id: 'i-1',
      project: 'gone',
      reason: 'the project is deleted',
    },
    { n: 11, do: 'repair', class: 'project-spelling', id: 'i-1', detail: 'TOOLS is tools' },
    { n: 12, do: 'notice', class: 'over-limit', id: 'i-1', email: 'ada@example.com', projects: 4, limit: 3 },
  ],
};

describe('a plan for people', () => {
  it('shows counts, the first lines of each section, and what to do afterwards', () => {
    expect(
      planText(HEADER, SUMMARY, { redact: false, limit: 3 }, colors),
    ).toBe(`From acme-realm.json, realm acme: 3 users
To   "codemie" on db:5432, schema codemie: 5 users

New projects
  + tools

Users to create
  + ada@example.com (regular, admin by group /platform/ops): demo, tools (admin)
  + bob@example.com (external)
    and 28 more, in the plan

Users to update
  ~ i-3: name "Old" → "New", + tools (admin), demo → member

Kept as the database has it
    dan: demo: not a member; the source says project admin (by-hand)
    fay: name is "F"; the source says "G" (by-hand)
    gil: deleted in the platform (by-hand)

Conflicts
  ! recreated, target-deleted: eve@example.com [new-id] and eve@example.com [old-id]: same address

Left out
  - hal: disabled in Keycloak
  - i-1 in gone: the project is deleted

Repairs
  * i-1: project-spelling: TOOLS is tools

Over the limit of projects
  * ada@example.com: 4 projects

  New projects                         1
  Users to create                     30
  Users to update                      1
  Kept as the database has it          3
  Conflicts                            1   recreated 1
  Left out                             2   deleted-project 1, disabled 1
  Repairs                              1
  Over the limit of projects           1
  Memberships to write                61

1 user will be in more projects than the limit allows (USER_PROJECT_LIMIT, here 3). The import adds them all the same; nobody can add them to more.

Nobody is a maintainer yet. After the import, make one: codemie platform maintainer grant EMAIL`);
  });

  it('masks names and addresses for a ticket', () => {
    const text = planText(HEADER, SUMMARY, { redact: true, limit: 3 }, colors);
    expect(text).toContain('+ a…@e….com (regular, admin by group /platform/ops): d…, t… (admin)');
    for (const name of ['ada@', 'bob@', 'eve@', 'example.com', 'dan:', 'demo', 'tools\n'])
      expect(text).not.toContain(name);
    expect(['a', 'ada', 'ada@example.com', 'x@host', '@'].map(masked)).toEqual([
      'a',
      'a…',
      'a…@e….com',
      'x@h…',
      '@',
    ]);
  });

  it('cannot move the cursor or hide text, whatever a name holds', () => {
    const evil = { n: 1, do: 'project', name: 'a\u001b[2Jb\u202e' };
    const text = planText(HEADER, { ...SUMMARY, shown: [evil] }, { redact: false, limit: 3 }, colors);
    expect(text).not.toMatch(/[\u001b\u202e]/);
  });

  it('says when an import is not needed: nobody to import, or everybody there', () => {
    const nothing = { ...SUMMARY, counts: COUNTS };
    expect(needText(HEADER, SUMMARY)).toBeUndefined();
    expect(needText(HEADER, nothing)).toMatch(/^You do not need this: the database already has all 3 users/);
    expect(needText(HEADER, { ...nothing, absent: 2 })).toBe(
      'There is nothing to import: the database lacks 2 of the 3 users of the source, but the rules leave them out or they were deleted in the platform.',
    );
    const empty = { ...HEADER, source: { ...HEADER.source, users: 0 } };
    expect(needText(empty, nothing)).toMatch(
      /^You do not need this: the source has no users.*new installation/i,
    );
  });

  it('as data has counts and conflicts', () => {
    expect(planJson(HEADER, SUMMARY)).toMatchObject({
      schemaVersion: 1,
      counts: SUMMARY.counts,
      conflicts: [{ class: 'recreated', targetDeleted: true }],
      target: { users: 5, maintainers: 0 },
    });
  });
});
