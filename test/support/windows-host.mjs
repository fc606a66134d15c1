// Runs on the Windows side: starts programs for the tests, which run on Linux, and passes on their output. A Windows
// program under Wine cannot write to a pipe of Linux, but it can listen on loopback.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const runs = new Map();

function start({ program, args, env, cwd, input }) {
  const child = spawn(program, args, { cwd, env, windowsHide: true });
  const run = { child, stdout: '', stderr: '', exited: false, code: null, watchers: new Set() };
  const notify = () => {
    for (const watcher of run.watchers) watcher();
  };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      run[name] += text;
      notify();
    });
  }
  const end = (code, text = '') => {
    run.stderr += text;
    run.code = code;
    run.exited = true;
    notify();
  };
  child.on('error', (error) => end(null, `${error}`)).on('close', (code) => end(code));
  child.stdin.on('error', () => undefined);
  if (input !== null) child.stdin.end(Buffer.from(input, 'base64'));
  const id = runs.size + 1;
  runs.set(id, run);
  return { id };
}

/** Waits until the output contains `text`, or until the program has exited. */
async function wait({ id, text }) {
  const run = runs.get(id);
  const isOver = () => run.exited || (text !== undefined && `${run.stdout}${run.stderr}`.includes(text));
  if (!isOver()) {
    await new Promise((resolve) => {
      const watcher = () => {
        if (!isOver()) return;
        run.watchers.delete(watcher);
        resolve();
      };
      run.watchers.add(watcher);
    });
  }
  return { code: run.code, stdout: run.stdout, stderr: run.stderr };
}

const ACTIONS = {
  start,
  wait,
  /** Ends one process, not what it started (TerminateProcess). */
  kill: ({ id }) => ({ killed: runs.get(id).child.kill('SIGKILL') }),
  write({ id, text, ends }) {
    const { stdin } = runs.get(id).child;
    if (text !== undefined) stdin.write(text);
    if (ends) stdin.end();
    return {};
  },
};

async function answer(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return ACTIONS[request.url.slice(1)](JSON.parse(text));
}

const server = createServer((request, response) => {
  // A kept connection could end at the moment in which the tests use it again.
  response.setHeader('connection', 'close');
  answer(request).then(
    (result) => response.end(JSON.stringify(result)),
    (error) => response.writeHead(500).end(`${error.stack}`),
  );
});
server.requestTimeout = 0;
// The tests learn our port through this connection, and we end with them.
const tests = connect(Number(process.argv[2]), '127.0.0.1', () => {
  server.listen(0, '127.0.0.1', () => tests.write(`${server.address().port}\n`));
});
tests.on('error', () => undefined).on('close', () => process.exit());
