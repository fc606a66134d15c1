import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { machineWithAgents, REAL_AGENTS, type RealAgent } from '../support/agents.ts';
import { startedBelow } from '../support/processes.ts';
import { addFault, eventsOf, type Machine, mintToken } from '../support/program.ts';

let machine: Machine;
let url: string;
let controlUrl: string;
beforeAll(async () => {
  machine = machineWithAgents();
  ({ url, controlUrl } = await machine.sandbox('--auto-approve', 'ada'));
});
afterEach(() => fetch(`${controlUrl}/faults`, { method: 'DELETE' }));
afterAll(() => machine.dispose());

interface End {
  readonly code: number | null;
  readonly output: string;
  /** Time from the first rejected request, in milliseconds. */
  readonly took: number;
}

/** A task whose first request succeeds; later ones meet a platform that `kill` has changed. */
async function dieUnder(
  agent: RealAgent,
  env: Record<string, string>,
  kill: () => Promise<void>,
): Promise<End> {
  // The tool is ended after the platform has changed; by itself it would end long after, even on a slow machine.
  const task = ['--task', 'take 40 s in 2 steps', '--silent'];
  const child = machine.start(['--model', agent.model, ...agent.trust, ...agent.shell, ...task], {
    bin: agent.bin,
    env,
  });
  const ended = machine.collect(child);
  const tool = await startedBelow(child.pid ?? 0, 'sleep 20');
  const before = await eventsOf(controlUrl);
  expect(before.at(-1)).toMatchObject({ kind: 'model', status: 200 });
  await kill();
  process.kill(tool);
  const { code, stdout, stderr } = await ended;
  const now = Date.now();
  const refused = (await eventsOf(controlUrl)).find(({ seq }) => seq > (before.at(-1)?.seq ?? 0));
  return { code, output: stdout + stderr, took: now - Date.parse(refused?.at ?? '') };
}

const FACES = {
  claude: 'api-401',
  opencode: 'api-403',
  codex: 'api-302-login',
  gemini: 'api-200-login',
} as const satisfies Record<RealAgent['name'], string>;

describe.each(REAL_AGENTS)('under codemie-$name, in the middle of a task', (agent) => {
  // An expired session, as platforms report it. All four mean the same; test/e2e/agents.test.ts tries all of them.
  const fault = FACES[agent.name];
  it.skipIf(agent.missing !== undefined)(
    `a token that dies with ${fault}: the user sees what to do, and the agent ends within 5 s`,
    async () => {
      const env = { CODEMIE_JWT_TOKEN: await mintToken(controlUrl), CODEMIE_URL: url };
      const { code, output, took } = await dieUnder(agent, env, () => addFault(controlUrl, { fault }));
      expect([code, output]).toEqual([1, expect.stringMatching(/rejected the token from CODEMIE_JWT_TOKEN/)]);
      expect(took).toBeLessThan(5000);
    },
  );

  it.skipIf(agent.missing !== undefined)(
    'a sign-in that the server ends is reported the same way',
    async () => {
      expect((await machine.signIn(url)).code).toBe(0);
      const { code, output, took } = await dieUnder(agent, {}, async () => {
        await addFault(controlUrl, { fault: 'revoke-session' });
        await addFault(controlUrl, { fault: 'expire-access' });
      });
      expect([code, output]).toEqual([1, expect.stringContaining(`Run: codemie profile login --url ${url}`)]);
      expect(took).toBeLessThan(5000);
    },
  );
});
