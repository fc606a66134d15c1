import { stringify } from 'yaml';
import type { PlanFile } from './plan/file.ts';

export interface JobOptions {
  readonly namespace: string;
  /** An image that has this program; undefined for Node's own, which then fetches it from npm. */
  readonly image: string | undefined;
  /** The Secret with the address of the database. */
  readonly databaseSecret: string;
  /** The Secret, or the volume claim, that holds the plan. */
  readonly planName: string;
  /** Flags for apply. */
  readonly flags: readonly string[];
  /** Of this program, to fetch the same one. */
  readonly version: string;
}

/** A Secret holds at most 1 MiB, names and encoding included. */
const LARGEST_SECRET = 700_000;

const URL_KEY = 'url';

/**
 * A Kubernetes Job that applies a plan, for databases that only the cluster reaches. It runs as nobody in particular, on a
 * file system that it cannot write, without an account of the cluster, and once: after a failure a person looks first.
 */
export function jobManifest(plan: PlanFile, bytes: number, options: JobOptions): string {
  const { namespace, planName, databaseSecret } = options;
  const fitsSecret = bytes <= LARGEST_SECRET;
  const short = plan.end.hash.slice(0, 12);
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `codemie-migration-${short}`,
      namespace,
      labels: { 'app.kubernetes.io/name': 'codemie-migration' },
      annotations: { 'codemie/plan': plan.end.hash },
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      ttlSecondsAfterFinished: 604_800,
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'codemie-migration' } },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 10_001,
            runAsGroup: 10_001,
            fsGroup: 10_001,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(options)],
          volumes: [
            fitsSecret
              ? { name: 'plan', secret: { secretName: planName, defaultMode: 0o440 } }
              : { name: 'plan', persistentVolumeClaim: { claimName: planName, readOnly: true } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    },
  };
  const put = fitsSecret
    ? `kubectl create secret generic ${planName} --from-file=plan.jsonl=${shellWord(plan.path)} -n ${namespace}`
    : `The plan is too large for a Secret: copy it as plan.jsonl to the volume of the claim ${planName}.`;
  return [
    '# Before: the address of the database and the plan. Both hold what others must not see.',
    `#   kubectl create secret generic ${databaseSecret} --from-literal=${URL_KEY}='postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full' -n ${namespace}`,
    `#   ${put}`,
    '# After: the log of the job ends with what was written. Then delete all three.',
    `#   kubectl logs -f job/${job.metadata.name} -n ${namespace}`,
    stringify(job, { lineWidth: 0 }),
  ].join('\n');
}

function container({ image, version, databaseSecret, flags }: JobOptions) {
  const apply = ['platform', 'migrate', 'apply', '/plan/plan.jsonl', '--yes', ...flags];
  return {
    name: 'apply',
    image: image ?? 'node:22-slim',
    ...(image === undefined
      ? { command: ['npx', '--yes', '--package', `codemie@${version}`, 'codemie'], args: apply }
      : { command: ['codemie'], args: apply }),
    env: [
      { name: 'HOME', value: '/tmp' },
      { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: databaseSecret, key: URL_KEY } } },
    ],
    resources: {
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { cpu: '1', memory: '512Mi' },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'plan', mountPath: '/plan', readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

function shellWord(text: string): string {
  return /^[\w./@:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
