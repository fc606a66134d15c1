import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Line, pipedHost, processorSeconds, residentMib } from '../support/piped-host.ts';
import { Machine } from '../support/program.ts';
import { sessionMcp } from '../support/session-mcp.ts';

/** CODEMIE_MCP_CALLS=1000 CODEMIE_MCP_RESTARTS=10 CODEMIE_MCP_IDLE_SECONDS=7200 is the whole run. */
const CALLS = Number(process.env['CODEMIE_MCP_CALLS'] ?? 100);
const RESTARTS = Number(process.env['CODEMIE_MCP_RESTARTS'] ?? 3);
const IDLE_SECONDS = Number(process.env['CODEMIE_MCP_IDLE_SECONDS'] ?? 1);
/** Calls that are under way at a time. */
const AT_ONCE = 4;
/** What is in use may grow by this much between the first tenth of the calls and the end, MiB. */
const GROWTH_MIB = 4;

/** On SIGUSR2, a program that loads this says how much of its memory is in use. */
const SAY_HEAP = `const gc = (require('node:v8').setFlagsFromString('--expose-gc'), require('node:vm').runInNewContext('gc'));
process.on('SIGUSR2', () => {
  gc();
  process.stderr.write('heap ' + process.memoryUsage().heapUsed + '\\n');
});`;

/** @returns the memory of a program that is in use after a collection, MiB. */
async function heapMib(child: ChildProcess): Promise<number> {
  if (child.stderr === null) throw new Error('no pipe');
  const said = once(child.stderr, 'data');
  child.kill('SIGUSR2');
  return Number(/heap (\d+)/.exec(String((await said)[0]))?.[1]) / 1_048_576;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(process.platform !== 'linux')('a long run of the MCP proxy', () => {
  const machine = new Machine();
  afterAll(() => machine.dispose());

  it(`answers ${CALLS} calls once each, with ${RESTARTS} restarts of the server and an idle time, in steady memory`, {
    timeout: (IDLE_SECONDS + 600) * 1000,
  }, async () => {
    const server = await sessionMcp({ slow: new Promise(() => undefined) });
    const preload = join(machine.work, 'say-heap.cjs');
    writeFileSync(preload, SAY_HEAP);
    const env = { NODE_OPTIONS: `--require ${preload}` };
    const child = machine.start([server.url], { bin: 'codemie-mcp-proxy.js', env, input: { open: true } });
    const host = pipedHost(child);
    expect((await host.initialize()).result).toBeDefined();
    const outcomes = new Map<number, Line>();
    let next = 0;
    // Two calls before each restart hang until it: they may have run.
    const turns = Array.from({ length: RESTARTS }, (_, turn) =>
      Math.floor(((turn + 1) * CALLS) / (RESTARTS + 1)),
    );
    const slow = new Set(turns.flatMap((due) => [due, due + 1]));
    let early = 0;
    const worker = async (): Promise<void> => {
      while (next < CALLS) {
        next += 1;
        const n = next;
        outcomes.set(
          n,
          await host.request('tools/call', { name: slow.has(n) ? 'slow' : 'echo', arguments: { n } }),
        );
        if (n === Math.ceil(CALLS / 10)) early = await heapMib(child);
      }
    };
    const restarts = async (): Promise<void> => {
      for (let turn = 1; turn <= RESTARTS; turn += 1) {
        while (server.ran.filter((name) => name === 'slow').length < 2 * turn) await pause(5);
        await pause(50);
        await server.stop();
        await pause(turn % 2 === 0 ? 300 : 0);
        await server.start();
      }
    };
    const began = performance.now();
    await Promise.all([restarts(), ...Array.from({ length: AT_ONCE }, worker)]);
    const took = (performance.now() - began) / 1000;

    expect((await host.request('tools/list')).result).toBeDefined();
    await expect.poll(() => server.streams()).toBe(1);
    const [seen, used] = [server.seen.length, processorSeconds(child.pid)];
    await pause(IDLE_SECONDS * 1000);
    const idle = { requests: server.seen.length - seen, cpu: processorSeconds(child.pid) - used };
    server.closeStreams();
    server.forget();
    expect((await host.request('tools/list')).result).toBeDefined();

    const lines = [...outcomes.values()];
    const answered = lines.filter(({ result }) => result !== undefined).length;
    const lost = lines.filter(({ error }) => error?.data?.code === 'MCP_LOST').length;
    const late = await heapMib(child);
    if (process.env['CODEMIE_MCP_CALLS'] !== undefined)
      console.info(
        `${CALLS} calls in ${took.toFixed(1)} s, ${answered} answered, ${lost} lost with an error, ${server.count('initialize')} sessions;`,
        `in use ${early.toFixed(1)} -> ${late.toFixed(1)} MiB, resident ${residentMib(child.pid).toFixed(0)} MiB; idle ${IDLE_SECONDS} s: ${idle.requests} requests, ${idle.cpu.toFixed(2)} s CPU`,
      );
    expect(answered + lost).toBe(CALLS);
    expect(lost).toBeGreaterThanOrEqual(2 * RESTARTS);
    expect(lost).toBeLessThanOrEqual(AT_ONCE * RESTARTS);
    expect(host.counts().every((count) => count === 1)).toBe(true);
    expect(new Set(server.args.map((one) => JSON.stringify(one))).size).toBe(server.args.length);
    expect(late - early).toBeLessThan(GROWTH_MIB);
    expect(idle.requests).toBe(0);
    expect(idle.cpu).toBeLessThan(1 + IDLE_SECONDS / 100);
    child.stdin?.end();
    expect(await host.ended()).toBe(0);
  });
});
