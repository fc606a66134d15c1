import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXAMPLE_VARIABLES } from '../support/example-variables.ts';
import { Machine, root } from '../support/program.ts';

const SECRET = /-of-this-test/;

/** The program as people install it: the packed files, without any other package. @returns its path, seen from ours. */
function installed(folder: string): string {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync('tar', ['xzf', join(folder, archive), '-C', folder]);
  return relative(join(root, 'bin'), join(folder, 'package', 'bin', 'codemie.js'));
}

describe('the example realm, written and rendered by the packed program', () => {
  const machine = new Machine();
  const bin = installed(machine.folder);
  afterAll(() => machine.dispose());
  const run = (...args: string[]) => machine.run(['realm', ...args], { bin });
  const file = (name: string): string => join(machine.work, 'platform', name);
  const configs = 'infra/configs/keycloak';

  it('lists what it writes, and refuses to write it again', async () => {
    const first = await run('init', 'platform');
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('cd platform && codemie realm render'),
    });
    const written = first.stdout.trim().split('\n');
    expect(written).toEqual(
      expect.arrayContaining([
        'docs/langfuse-sysadmin-gate.md',
        'infra/deployment/README.md',
        'infra/deployment/stages.yaml',
        'infra/deployment/templates/configs/keycloak-entrypoint.sh.j2',
        'infra/deployment/templates/configs/keycloak-identity-providers.json.j2',
        'infra/deployment/templates/configs/keycloak-realm.json.j2',
        'infra/deployment/themes/aihub/login/resources/css/aihub.css',
        'infra/deployment/themes/aihub/login/theme.properties',
      ]),
    );
    const templates = written.filter((path) => path.endsWith('.j2')).map((path) => `platform/${path}`);
    expect(await run('lint', ...templates)).toMatchObject({ code: 0, stdout: 'No findings in 3 files.\n' });
    expect(await run('init', 'platform')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`exist already: ${written.join(', ')}`),
    });
  });

  it('renders without secrets, for everybody to read', async () => {
    expect(await renderIn(['--stage', 'dev'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(configs),
    });
    const realm = readFileSync(file(`${configs}/keycloak-realm.json`), 'utf8');
    expect(realm).toContain(`"secret": "\${KEYCLOAK_LANGFUSE_CLIENT_SECRET}"`);
    expect(realm).not.toMatch(SECRET);
    expect(modes(configs)).toEqual(['644', '644', '755']);
  });

  it('writes secrets only when asked to, and then for the owner alone', async () => {
    const done = await renderIn(
      ['--stage', 'latest', '--out', 'secret', '--with-secrets'],
      EXAMPLE_VARIABLES,
    );
    expect(done).toMatchObject({ code: 0 });
    const realm = JSON.parse(readFileSync(file('secret/keycloak-realm.json'), 'utf8'));
    expect(realm.users[0]).toMatchObject({
      username: 'root@hub.example',
      credentials: [{ value: 'superuser-password-of-this-test' }],
      realmRoles: ['AIHubAccess', 'AIHubSysAdmin'],
    });
    expect(readFileSync(file('secret/keycloak-entrypoint.sh'), 'utf8')).not.toMatch(SECRET);
    expect(modes('secret')).toEqual(['600', '600', '755']);
    expect(machine.output).not.toMatch(SECRET);
  });

  it('writes nothing where a variable is missing, and names it', async () => {
    const { SUPERUSER_EMAIL: _, ...others } = EXAMPLE_VARIABLES;
    expect(await renderIn(['--stage', 'dev', '--out', 'none', '--with-secrets'], others)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`uses \${SUPERUSER_EMAIL} at users[0].username`),
    });
    expect(() => statSync(file('none'))).toThrow('ENOENT');
    expect(machine.output).not.toMatch(SECRET);
  });

  it('writes nothing where a template names what is not defined', async () => {
    const template = 'infra/deployment/templates/configs/keycloak-realm.json.j2';
    writeFileSync(file(template), `{\n "realm": "{{ realm_name ~ "x" }}" }`);
    expect(await renderIn(['--stage', 'dev', '--out', 'none'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${template}, line 2: realm_name is not defined.`),
    });
    expect(() => statSync(file('none'))).toThrow('ENOENT');
  });

  function renderIn(args: readonly string[], env: Record<string, string> = {}) {
    return machine.run(['realm', 'render', ...args], { env, bin, cwd: join(machine.work, 'platform') });
  }

  function modes(folder: string): readonly string[] {
    return ['keycloak-realm.json', 'keycloak-identity-providers.json', 'keycloak-entrypoint.sh'].map((name) =>
      (statSync(file(`${folder}/${name}`)).mode & 0o777).toString(8),
    );
  }
});
