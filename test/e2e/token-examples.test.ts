import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { commandLineOf, descendants } from '../support/processes.ts';
import { Machine, root } from '../support/program.ts';
import { missingTool } from '../support/tools.ts';

let machine: Machine;
beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.dispose());

const TOKEN = [{ alg: 'RS256' }, { sub: 'ada', exp: 4_000_000_000 }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .concat('c2lnbmF0dXJl')
  .join('.');
const EXAMPLE = 'https://codemie.example.com';

/** The user guide's shell examples that use the token. */
const examples = [...readFileSync(join(root, 'docs', 'user-guide.md'), 'utf8').matchAll(/```sh\n(.*?)```/gs)]
  .map(([, text = '']) => text)
  .filter((text) => text.includes('$(codemie token)'));

/** Arguments of every program that an example started, which every user of the machine can read. */
const argumentsOf = (shell: number): string[] => [shell, ...descendants(shell)].map(commandLineOf);

const missing = missingTool('curl', ['curl']) ?? missingTool('git', ['git']);

it.skipIf(missing !== undefined || process.platform !== 'linux')(
  'no example puts the token into a program’s arguments',
  async () => {
    expect(examples).toHaveLength(2);
    const came: { authorization: string | undefined; seen: boolean; programs: string }[] = [];
    let shell = 0;
    const server = createServer((request, response) => {
      const running = argumentsOf(shell);
      came.push({
        authorization: request.headers.authorization,
        seen: running.some((text) => text.includes(TOKEN)),
        programs: running.join('\n'),
      });
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = {
      ...machine.env,
      PATH: machine.withCodemie(),
      CODEMIE_URL: url,
      CODEMIE_JWT_TOKEN: TOKEN,
    };
    for (const example of examples) {
      const script = example.replaceAll(EXAMPLE, url);
      await new Promise((resolve) => {
        const child = execFile('sh', ['-c', script], { env, cwd: machine.work }, resolve);
        shell = child.pid ?? 0;
      });
    }
    expect(came.length).toBeGreaterThanOrEqual(2);
    const found = { authorization: `Bearer ${TOKEN}`, seen: false };
    // The program that sends the request is among the inspected ones.
    expect(came).toEqual(
      came.map(() => ({ ...found, programs: expect.stringMatching(/^(curl|git|.*\/git)/m) })),
    );
  },
);
