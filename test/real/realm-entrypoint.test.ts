import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Container, container, filesIn, type Start, VARIABLES } from '../support/keycloak-container.ts';
import { ADMIN, prepareKeycloak } from '../support/keycloak-server.ts';
import { descendants, isAlive } from '../support/processes.ts';
import { Machine } from '../support/program.ts';

const missing = prepareKeycloak();

interface Step {
  readonly id: string;
  readonly level: number;
  readonly displayName: string;
  readonly providerId?: string;
  readonly requirement: string;
  readonly priority: number;
  readonly authenticationConfig?: string;
}

const PREPARED = /The realm aihub is prepared: (\d+) s, (\d+) calls of kcadm\./;

let box: Container;

const stepsOf = async (flow: string): Promise<readonly Step[]> =>
  (await box.call('GET', `/aihub/authentication/flows/${encodeURIComponent(flow)}/executions`)) as Step[];

const stepOf = async (flow: string, runs: string): Promise<Step> => {
  const found = (await stepsOf(flow)).find(
    ({ providerId, displayName }) => providerId === runs || displayName === runs,
  );
  if (found === undefined) throw new Error(`no ${runs} in ${flow}`);
  return found;
};

const secretOf = async (clientId: string): Promise<string | undefined> => {
  const [client] = (await box.call('GET', `/aihub/clients?clientId=${clientId}`)) as { secret?: string }[];
  return client?.secret;
};

/** What a flow is, without ids. */
const shapeOf = async (flow: string): Promise<readonly unknown[]> => {
  const steps = await stepsOf(flow);
  return Promise.all(
    steps.map(async ({ level, displayName, requirement, priority, authenticationConfig: id }) => {
      const config = id && ((await box.call('GET', `/aihub/authentication/config/${id}`)) as object);
      return [level, displayName, requirement, priority, config && { ...config, id: '' }];
    }),
  );
};

/** The command lines of everything below a process that are there at some time until it is prepared. */
async function watched(
  start: Start,
): Promise<{ lines: Set<string>; servedEarly: boolean; wasInside: boolean }> {
  const seen = { lines: new Set<string>(), servedEarly: false, wasInside: false };
  while (!PREPARED.test(start.log()) && start.process.exitCode === null) {
    for (const pid of descendants(start.process.pid ?? 0)) seen.lines.add(commandLine(pid));
    seen.servedEarly ||= await box.isServed();
    seen.wasInside ||= await fetch(`${box.inside}/realms/aihub`).then(
      ({ ok }) => ok,
      () => false,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return seen;
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

async function served(start: Start): Promise<void> {
  await start.until(PREPARED);
  while (!(await box.isServed())) {
    if (start.process.exitCode !== null) throw new Error(start.log());
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

// The starts of one container, one after the other. PATH holds what the stock image has, and less.
describe.skipIf(missing !== undefined)('the entrypoint of the container', () => {
  let gate: readonly unknown[];

  beforeAll(async () => {
    box = await container();
  });

  it('an unset variable stops the start before Keycloak starts', async () => {
    const start = box.start({ KEYCLOAK_LANGFUSE_CLIENT_SECRET: undefined, SUPERUSER_EMAIL: undefined });
    expect(await start.end()).toBe(2);
    expect(start.log()).toBe(
      'keycloak-entrypoint: These variables are not set: KEYCLOAK_LANGFUSE_CLIENT_SECRET SUPERUSER_EMAIL.\n',
    );
    expect(filesIn(box.temporary)).toEqual([]);
  });

  it('the first start imports the realm with every value character for character, and leaves no secret behind', async () => {
    const start = box.start();
    const { lines, servedEarly, wasInside } = await watched(start);
    await served(start);
    expect({ servedEarly, wasInside }).toEqual({ servedEarly: false, wasInside: true });
    expect(PREPARED.exec(start.log())?.[2]).toBe('2');

    const realm = (await box.call('GET', '/aihub')) as Record<string, unknown>;
    expect(realm).toMatchObject({ browserFlow: 'browser-aihub', directGrantFlow: 'direct-grant-aihub' });
    const clients = {
      openwebui: VARIABLES.KEYCLOAK_OPENWEBUI_CLIENT_SECRET,
      langfuse: VARIABLES.KEYCLOAK_LANGFUSE_CLIENT_SECRET,
      'aihub-api-service': VARIABLES.KEYCLOAK_API_SERVICE_CLIENT_SECRET,
      'oauth2-proxy-dagster': VARIABLES.KEYCLOAK_OAUTH2_PROXY_DAGSTER_SECRET,
      'oauth2-proxy-datalake': VARIABLES.KEYCLOAK_OAUTH2_PROXY_DATALAKE_SECRET,
      'oauth2-proxy-attu': VARIABLES.KEYCLOAK_OAUTH2_PROXY_ATTU_SECRET,
      'oauth2-proxy-backup': VARIABLES.KEYCLOAK_OAUTH2_PROXY_BACKUP_SECRET,
    };
    for (const [client, secret] of Object.entries(clients)) expect(await secretOf(client)).toBe(secret);
    const [superuser] = (await box.call('GET', '/aihub/users?search=root@example.com')) as { id: string }[];
    expect(superuser).toMatchObject({
      firstName: VARIABLES.SUPERUSER_FIRSTNAME,
      lastName: VARIABLES.SUPERUSER_LASTNAME,
    });
    const roles = (await box.call('GET', `/aihub/users/${superuser?.id}/role-mappings/realm`)) as {
      name: string;
    }[];
    expect(roles.map(({ name }) => name)).toEqual(expect.arrayContaining(['AIHubAccess', 'AIHubSysAdmin']));

    const provider = (await box.call('GET', '/aihub/identity-provider/instances/azure-ad')) as object;
    expect(provider).toMatchObject({
      postBrokerLoginFlowAlias: 'Post Broker Login - AIHubAccess Check',
      config: { issuer: 'https://login.microsoftonline.com/tenant-1/v2.0', syncMode: 'FORCE' },
    });
    const mappers = (await box.call(
      'GET',
      '/aihub/identity-provider/instances/azure-ad/mappers',
    )) as object[];
    expect(mappers).toContainEqual(
      expect.objectContaining({
        config: expect.objectContaining({ template: `\${CLAIM.preferred_username}` }),
      }),
    );

    expect([...lines].some((line) => line.includes('KcAdmMain'))).toBe(true);
    for (const secret of [
      ADMIN.password,
      VARIABLES.SUPERUSER_PASSWORD,
      VARIABLES.KEYCLOAK_LANGFUSE_CLIENT_SECRET,
    ])
      for (const line of lines) expect(line).not.toContain(secret);
    expect(start.log()).not.toContain(ADMIN.password);
    expect(filesIn(box.temporary)).toEqual([]);
    expect(filesIn(box.importFolder)).toEqual([]);

    // The realm commands find that nothing differs from the files.
    const person = new Machine({
      ...VARIABLES,
      KEYCLOAK_URL: box.url,
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    });
    onTestFinished(() => person.dispose());
    const verify = await person.run(['realm', 'verify', ...box.files, '--json']);
    expect(verify).toMatchObject({ code: 0 });
    expect(JSON.parse(verify.stdout)).toMatchObject({ changes: [] });

    gate = await Promise.all(
      ['browser-aihub', 'Post Broker Login - AIHubAccess Check'].map((flow) => shapeOf(flow)),
    );
    // Somebody damages the gate. The next start repairs it.
    await box.call('PUT', '/aihub', { browserFlow: 'browser' });
    const url = '/aihub/authentication/flows/browser-aihub/executions';
    const { id: forms } = await stepOf('browser-aihub', 'langfuse-gate-browser');
    await box.call('PUT', url, { id: forms, requirement: 'DISABLED', priority: 20 });
    const access = await stepOf('browser-aihub', 'access-gate-browser');
    await box.call('PUT', url, { id: access.id, requirement: 'REQUIRED' });
    const condition = await stepOf('langfuse-gate-browser-sysadmins-only', 'conditional-user-role');
    await box.call('PUT', `/aihub/authentication/config/${condition.authenticationConfig}`, {
      alias: 'langfuse-gate-browser-role-condition',
      config: { condUserRole: 'offline_access' },
    });
    const broker = await stepOf('aihub-access-members-only', 'conditional-user-role');
    await box.call('DELETE', `/aihub/authentication/config/${broker.authenticationConfig}`);
    const half = await stepOf('browser-aihub', 'browser-aihub-conditional-2fa');
    await box.call('DELETE', `/aihub/authentication/executions/${half.id}`);
    // Its name is taken by a flow at another place.
    await box.call('POST', '/aihub/authentication/flows/browser-aihub/executions/flow', {
      alias: 'browser-aihub-conditional-2fa',
      type: 'basic-flow',
    });
    await box.call('POST', '/aihub/authentication/flows/browser-aihub-authenticate/executions/execution', {
      provider: 'auth-spnego',
    });
    const scopes = (await box.call('GET', '/aihub/client-scopes')) as { id: string; name: string }[];
    const marker = scopes.find(({ name }) => name === 'langfuse-sysadmin-gate');
    await box.call('DELETE', `/aihub/client-scopes/${marker?.id}`);
    expect(await start.stop()).toBe(143);
  });

  it('a gate that somebody damaged is repaired before anybody is served', async () => {
    const start = box.start();
    const { servedEarly, wasInside } = await watched(start);
    await served(start);
    expect({ servedEarly, wasInside }).toEqual({ servedEarly: false, wasInside: true });
    expect(
      await Promise.all(
        ['browser-aihub', 'Post Broker Login - AIHubAccess Check'].map((flow) => shapeOf(flow)),
      ),
    ).toEqual(gate);
    expect(await box.call('GET', '/aihub')).toMatchObject({ browserFlow: 'browser-aihub' });
    const [langfuse] = (await box.call('GET', '/aihub/clients?clientId=langfuse')) as object[];
    expect(langfuse).toMatchObject({
      defaultClientScopes: expect.arrayContaining(['langfuse-sysadmin-gate']),
    });
    for (const said of [
      'The step "flow langfuse-gate-browser" of "browser-aihub" has "requirement":"DISABLED","priority":20.',
      'The step "flow access-gate-browser" of "browser-aihub" has "requirement":"REQUIRED","priority":0.',
      'The step "conditional-user-role" of "langfuse-gate-browser-sysadmins-only" has another configuration.',
      'The step "conditional-user-role" of "aihub-access-members-only" has another configuration.',
      'The flow "browser-aihub-forms" lacks the step "flow browser-aihub-conditional-2fa".',
      'The file lacks the step "auth-spnego" of "browser-aihub-authenticate".',
      'The client "langfuse" lacks the scope "langfuse-sysadmin-gate", by which a flow knows it.',
      'browserFlow is "browser".',
    ])
      expect(start.log()).toContain(said);
    // Three for reading, one for the providers, and one or two for each thing that differed.
    expect(Number(PREPARED.exec(start.log())?.[2])).toBeLessThanOrEqual(24);
    expect(await start.stop()).toBe(143);
  });

  it('a wrong password of the administrator stops the start, and nobody is served', async () => {
    const start = box.start({ KC_BOOTSTRAP_ADMIN_PASSWORD: 'wrong-password-of-this-test' });
    const { servedEarly } = await watched(start);
    expect(await start.end()).toBe(1);
    expect(servedEarly).toBe(false);
    expect(start.log()).toMatch(
      /keycloak-entrypoint: kcadm create partial-export failed: .*Invalid user credentials/s,
    );
    expect(start.log()).not.toContain('wrong-password-of-this-test');
    expect(filesIn(box.temporary)).toEqual([]);
  });

  it('a start that has nothing to do makes two calls; a signal at that moment ends everything', async () => {
    const start = box.start();
    await start.until(PREPARED);
    expect(PREPARED.exec(start.log())?.[2]).toBe('2');
    const own = descendants(start.process.pid ?? 0);
    expect(await start.stop()).toBe(143);
    expect(own.filter(isAlive)).toEqual([]);
  });

  it('a signal during the preparation ends Keycloak, too', async () => {
    const start = box.start();
    const { pid = 0 } = start.process;
    const java = () => descendants(pid).filter((own) => commandLine(own).includes('QuarkusEntryPoint'));
    while (java().length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const own = descendants(pid);
    expect(await start.stop()).toBe(143);
    expect(own.filter(isAlive)).toEqual([]);
    expect(filesIn(box.temporary)).toEqual([]);
    expect(readdirSync(box.importFolder)).toEqual([]);
  });
});
