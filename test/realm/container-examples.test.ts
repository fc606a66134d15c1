import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseProgram } from '../../src/commands/program.ts';
import { COMMANDS } from '../../src/commands/table.ts';
import { testContext } from '../support/context.ts';
import { renderedExample } from '../support/entrypoint.ts';
import { root } from '../support/program.ts';

const PROJECT = join(root, 'src/realm/example/files');
const RENDERED = 'infra/configs/keycloak';
const textOf = (name: string): string =>
  readFileSync(join(PROJECT, 'infra/deployment/examples', name), 'utf8');
/** The commands in the comment at the top of a file. */
const commentOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .map((line) => line.slice(1))
    .join('\n');

const TEXT = { type: 'string', minLength: 1 } as const;
const FLAG = { type: 'boolean' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const NAME = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' } as const;
const QUANTITY = { type: 'string', pattern: '^[0-9]+(m|Mi|Gi)?$' } as const;
const exactly = (properties: object, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const some = (items: object) => ({ type: 'array', items, minItems: 1 });
const constant = (value: unknown) => ({ const: value });

/** The fields of a Job that the example uses, with their types, from the API reference of Kubernetes (batch/v1). */
const JOB = exactly({
  apiVersion: constant('batch/v1'),
  kind: constant('Job'),
  metadata: exactly({ name: NAME }),
  spec: exactly({
    backoffLimit: COUNT,
    activeDeadlineSeconds: COUNT,
    ttlSecondsAfterFinished: COUNT,
    template: exactly({
      spec: exactly({
        restartPolicy: { enum: ['Never', 'OnFailure'] },
        automountServiceAccountToken: FLAG,
        securityContext: exactly({
          runAsNonRoot: constant(true),
          runAsUser: { type: 'integer', minimum: 1 },
          seccompProfile: exactly({ type: { enum: ['RuntimeDefault', 'Unconfined', 'Localhost'] } }),
        }),
        containers: some(
          exactly({
            name: NAME,
            image: TEXT,
            args: some(TEXT),
            env: some(exactly({ name: TEXT, value: TEXT })),
            envFrom: some(exactly({ secretRef: exactly({ name: NAME }) })),
            volumeMounts: some(
              exactly({ name: NAME, mountPath: { type: 'string', pattern: '^/' }, readOnly: FLAG }, [
                'name',
                'mountPath',
              ]),
            ),
            securityContext: exactly({
              allowPrivilegeEscalation: constant(false),
              readOnlyRootFilesystem: FLAG,
              capabilities: exactly({ drop: some(TEXT) }),
            }),
            resources: exactly({
              requests: exactly({ cpu: QUANTITY, memory: QUANTITY }),
              limits: exactly({ memory: QUANTITY }),
            }),
          }),
        ),
        volumes: some({
          oneOf: [
            exactly({ name: NAME, configMap: exactly({ name: NAME }) }),
            exactly({ name: NAME, emptyDir: { type: 'object' } }),
          ],
        }),
      }),
    }),
  }),
});

interface Job {
  readonly spec: {
    readonly activeDeadlineSeconds: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly env: readonly { readonly name: string; readonly value: string }[];
          readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
        }[];
      };
    };
  };
}

describe('the example of a Kubernetes job', () => {
  const text = textOf('start-hook-job.yaml');
  const job = parse(text) as Job;
  const { containers, volumes } = job.spec.template.spec;

  it('is a Job as Kubernetes knows it', () => {
    const validate = new Ajv({ strict: true }).compile(JOB);
    expect(validate(job), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...job, spec: { ...job.spec, backOffLimit: 3 } })).toBe(false);
  });

  it('runs a command that exists, with the files that render writes, and within its time', async () => {
    const files = (await renderedExample('latest')).map(({ name }) => name);
    for (const { args, env } of containers) {
      const chosen = await parseProgram(COMMANDS, args, testContext().terminal);
      expect(chosen?.spec.path).toEqual(['realm', 'start-hook']);
      expect(chosen?.input.options.text('wait')).toBe('10m');
      expect(job.spec.activeDeadlineSeconds).toBeGreaterThan(10 * 60);
      for (const file of args.filter((arg) => arg.startsWith('/')))
        expect(files).toContain(file.replace(/^\/realm\//, ''));
      // Plain http to another host is refused.
      expect(env.map(({ name, value }) => [name, new URL(value).protocol])).toEqual([
        ['KEYCLOAK_URL', 'https:'],
      ]);
    }
  });

  it('mounts what the commands in its comment create', () => {
    const commands = commentOf(text).replaceAll('\\\n', ' ');
    for (const { volumeMounts, envFrom } of containers) {
      expect(volumeMounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
      for (const { secretRef } of envFrom)
        expect(commands).toContain(`kubectl create secret generic ${secretRef.name} `);
    }
    for (const { configMap } of volumes)
      if (configMap !== undefined) expect(commands).toContain(`kubectl create configmap ${configMap.name} `);
    const files = [...commands.matchAll(/--from-file=(\S+)/g)].map(([, file = '']) => file);
    expect(files).toEqual(['realm', 'identity-providers'].map((name) => `${RENDERED}/keycloak-${name}.json`));
  });

  it('says that it is an example, and holds no secret', () => {
    expect(text.startsWith('# An example, no more:')).toBe(true);
    expect(containers.flatMap(({ env }) => env.map(({ name }) => name))).toEqual(['KEYCLOAK_URL']);
  });
});

interface Instruction {
  readonly name: string;
  readonly words: string;
}

/** Instructions, as the reference of Dockerfiles has them, that the example uses. */
const KNOWN = new Set(['FROM', 'ENV', 'COPY', 'RUN', 'USER', 'ENTRYPOINT', 'CMD']);

describe('the example of a Dockerfile', () => {
  const text = textOf('Dockerfile');
  const instructions = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line): Instruction => {
      const [name = '', ...words] = line.trim().split(/\s+/);
      return { name, words: words.join(' ') };
    });
  const stages: Record<string, Instruction[]> = {};
  let stage: Instruction[] | undefined;
  for (const instruction of instructions) {
    const [, name] = /^\S+ AS (\S+)$/.exec(instruction.words) ?? [];
    if (instruction.name === 'FROM' && name !== undefined) {
      stage = [];
      stages[name] = stage;
    }
    stage?.push(instruction);
  }
  const inStage = (name: string, wanted: string): readonly string[] =>
    (stages[name] ?? []).filter((one) => one.name === wanted).map(({ words }) => words);

  it('has instructions that exist, and images with a version', () => {
    expect(instructions[0]?.name).toBe('FROM');
    expect(instructions.filter(({ name }) => !KNOWN.has(name))).toEqual([]);
    expect(inStage('keycloak', 'FROM')).toEqual(['quay.io/keycloak/keycloak:26.5.5 AS keycloak']);
    expect(inStage('start-hook', 'FROM')[0]).toMatch(/^node:\d+-slim AS /);
  });

  it('builds the stages that its comment names', () => {
    const targets = [...commentOf(text).matchAll(/--target (\S+)/g)].map(([, target = '']) => target);
    expect(targets).toEqual(Object.keys(stages));
  });

  it('copies what init and render write, and starts what it copied', async () => {
    const rendered = (await renderedExample('latest')).map(({ name }) => name);
    for (const copied of inStage('keycloak', 'COPY')) {
      const [source = '', target] = copied.split(' ');
      if (source !== RENDERED) expect(existsSync(join(PROJECT, source))).toBe(true);
      else {
        const [start = ''] = JSON.parse(inStage('keycloak', 'ENTRYPOINT')[0] ?? '[]') as string[];
        expect(start.startsWith(`${target}/`)).toBe(true);
        expect(rendered).toContain(start.slice(`${target}/`.length));
      }
    }
    for (const name of Object.keys(stages))
      for (const command of [...inStage(name, 'ENTRYPOINT'), ...inStage(name, 'CMD')])
        expect(JSON.parse(command)).toEqual([expect.any(String)]);
  });

  it('says that it is an example, holds no secret, and runs nothing as root', () => {
    expect(text.startsWith('# An example, no more:')).toBe(true);
    expect(text).not.toMatch(/\b(ARG|ENV)\b.*(SECRET|PASSWORD|TOKEN)/);
    for (const name of Object.keys(stages)) expect(inStage(name, 'USER')).toEqual(['1000']);
  });
});
