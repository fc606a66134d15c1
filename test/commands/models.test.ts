import { describe, expect, it } from 'vitest';
import { person, sandboxFor } from '../support/person.ts';
import { expectShape } from '../support/schemas.ts';

interface Listed {
  readonly models: readonly { readonly id: string; readonly allowed: boolean; readonly reason?: string }[];
}

async function signedInAs(user: string, env: Record<string, string> = {}) {
  const { url } = await sandboxFor({ autoApprove: user });
  const someone = person({ env });
  await someone.run(`profile login --url ${url} --store plaintext-file`);
  return { someone, url };
}

describe('codemie models', () => {
  it('lists what the platform lets you use, with provider and tier', async () => {
    const { someone } = await signedInAs('ada');
    const { models } = expectShape<Listed & Record<string, unknown>>(
      'models',
      (await someone.run('models --json')).stdout,
    );
    expect(models.every(({ allowed }) => allowed)).toBe(true);
    const opus = models.find(({ id }) => id.includes('opus'));
    expect(opus).toMatchObject({ tier: 'opus', allowed: true });
    const { stdout } = await someone.run('models');
    expect(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ')[0]),
    ).toEqual(models.map(({ id }) => id));
  });

  it('lists fewer for somebody who may use fewer', async () => {
    const [ada, bob] = [await signedInAs('ada'), await signedInAs('bob')];
    const count = async ({ someone }: typeof ada): Promise<number> =>
      (JSON.parse((await someone.run('models --json')).stdout) as Listed).models.length;
    expect(await count(bob)).toBeLessThan(await count(ada));
  });

  it('shows a model of your settings that you may not use, with the reason', async () => {
    const { someone, url } = await signedInAs('ada', { CODEMIE_MODEL: 'gpt-99' });
    const { stdout } = await someone.run('models --json');
    expect((JSON.parse(stdout) as Listed).models.at(-1)).toEqual({
      id: 'gpt-99',
      allowed: false,
      reason: `in your settings, but ${url} doesn't offer it to you`,
    });
  });

  it.each([
    ['ada', 'Opus', 'ok'],
    ['bob', 'opus', 'fail'],
  ])('says the same as doctor: for %s, %s is %s', async (user, model, status) => {
    const { someone } = await signedInAs(user, { CODEMIE_MODEL: model });
    const { models } = JSON.parse((await someone.run('models --json')).stdout) as Listed;
    expect(models.some(({ allowed }) => !allowed)).toBe(status === 'fail');
    const { checks } = JSON.parse((await someone.run('doctor --json')).stdout) as {
      checks: { id: string; status: string }[];
    };
    expect(checks.find(({ id }) => id === 'choices')).toMatchObject({ status });
  });
});
