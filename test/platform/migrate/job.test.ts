import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jobManifest } from '../../../src/platform/migrate/job.ts';
import type { PlanFile } from '../../../src/platform/migrate/plan/file.ts';
import { COUNTS, HEADER } from '../../support/plan-parts.ts';

const PLAN: PlanFile = {
  path: "/home/ada/it's a plan.jsonl",
  header: HEADER,
  end: { kind: 'end', counts: COUNTS, hash: 'abcdef0123456789', madeAt: '2026-11-27 06:00:00.000000' },
};

const OPTIONS = {
  namespace: 'codemie',
  image: undefined,
  databaseSecret: 'codemie-migration-database',
  planName: 'codemie-migration-plan',
  flags: [],
  version: '1.2.3',
};

describe('the Kubernetes Job of a plan', () => {
  it('runs apply once, without root, on a read-only file system, without an account of the cluster', () => {
    const job = parse(jobManifest(PLAN, 1000, OPTIONS));
    expect(job).toMatchObject({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'codemie-migration-abcdef012345', namespace: 'codemie' },
      spec: { backoffLimit: 0, completions: 1, parallelism: 1 },
    });
    const pod = job.spec.template.spec;
    expect(pod).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.containers).toEqual([
      expect.objectContaining({
        image: 'node:22-slim',
        command: ['npx', '--yes', '--package', 'codemie@1.2.3', 'codemie'],
        args: ['platform', 'migrate', 'apply', '/plan/plan.jsonl', '--yes'],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '1', memory: '512Mi' } },
      }),
    ]);
  });

  it('takes the address of the database and the plan from Secrets, and holds neither', () => {
    const text = jobManifest(PLAN, 1000, OPTIONS);
    const pod = parse(text).spec.template.spec;
    expect(pod.containers[0].env).toContainEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'codemie-migration-database', key: 'url' } },
    });
    expect(pod.volumes[0]).toEqual({
      name: 'plan',
      secret: { secretName: 'codemie-migration-plan', defaultMode: 0o440 },
    });
    expect(text).toContain(`--from-file=plan.jsonl='/home/ada/it'\\''s a plan.jsonl' -n codemie`);
    expect(text).not.toContain(HEADER.target.database);
  });

  it('takes a plan that is too large for a Secret from a volume', () => {
    const text = jobManifest(PLAN, 5_000_000, OPTIONS);
    expect(parse(text).spec.template.spec.volumes[0]).toEqual({
      name: 'plan',
      persistentVolumeClaim: { claimName: 'codemie-migration-plan', readOnly: true },
    });
    expect(text).not.toContain('create secret generic codemie-migration-plan');
  });

  it('runs your own image, and passes flags on as they are', () => {
    const flags = ['--skip-conflicts', '--reason', 'TICKET 7: "yes" #1'];
    const job = parse(jobManifest(PLAN, 1000, { ...OPTIONS, image: 'registry.example.com/cli:1', flags }));
    expect(job.spec.template.spec.containers[0]).toMatchObject({
      image: 'registry.example.com/cli:1',
      command: ['codemie'],
      args: ['platform', 'migrate', 'apply', '/plan/plan.jsonl', '--yes', ...flags],
    });
  });
});
