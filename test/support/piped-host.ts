import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

export interface Line {
  readonly id?: number;
  readonly method?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { readonly code: string; readonly hint: string };
  };
}

/** A coding agent with the built proxy on its pipes. Its lines are read when they come, and kept by their ids. */
export function pipedHost(child: ChildProcess) {
  const answers = new Map<number, Line[]>();
  const others: Line[] = [];
  const waiting = new Map<number, (line: Line) => void>();
  const text = new StringDecoder();
  let rest = '';
  let last = 0;
  const take = (line: Line): void => {
    if (line.id === undefined || line.method !== undefined) return void others.push(line);
    answers.set(line.id, [...(answers.get(line.id) ?? []), line]);
    waiting.get(line.id)?.(line);
  };
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + text.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line) as Line);
  });
  const send = (message: Readonly<Record<string, unknown>>): void =>
    void child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const request = (method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Line> => {
    last += 1;
    const id = last;
    const answered = new Promise<Line>((resolve) => waiting.set(id, resolve));
    send({ id, method, params });
    return answered;
  };
  return {
    request,
    send,
    others,
    /** How often each request was answered. */
    counts: () => [...answers.values()].map((lines) => lines.length),
    initialize: async (): Promise<Line> => {
      const clientInfo = { name: 'agent', version: '1' };
      const reply = await request('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo,
      });
      send({ method: 'notifications/initialized' });
      return reply;
    },
    /** @returns the exit code. */
    ended: async (): Promise<number | null> => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** Resident memory of a process, MiB. */
export function residentMib(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** Processor time that a process has used, s. */
export function processorSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
