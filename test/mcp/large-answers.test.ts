import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { fakeMcp, replyTo, type Seen } from '../support/fake-mcp.ts';
import { mcpHost } from '../support/mcp-host.ts';

const MIB = 1_048_576;

/** Text of four-byte and three-byte characters. */
function characters(bytes: number): string {
  return '🎈漢'.repeat(Math.ceil(bytes / 7));
}

/** Written in pieces of one size; each arrives as a piece of its own. */
function inPieces(response: ServerResponse, text: string, size: number): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
}

interface Answer {
  readonly id: unknown;
  readonly text: string;
}

function resultOf({ id, text }: Answer): string {
  return JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });
}

/** Answers calls of the tool `large` in the given form. */
const answering =
  (text: string, write: (response: ServerResponse, json: string) => void) =>
  ({ body }: Seen, response: ServerResponse): boolean => {
    if (!body.includes('"large"')) return false;
    write(response, resultOf({ id: (JSON.parse(body) as { id: unknown }).id, text }));
    return true;
  };

const FORMS: readonly [string, (response: ServerResponse, json: string) => void][] = [
  [
    'JSON',
    (response, json) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      inPieces(response, json, 16_383);
      response.end();
    },
  ],
  ...[37, 16_383].map((size): [string, (response: ServerResponse, json: string) => void] => [
    `SSE with CRLF and comments, in chunks of ${size} bytes`,
    (response, json) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      inPieces(
        response,
        `: first\r\n\r\nevent: message\r\n: between\r\ndata: ${json}\r\n\r\n: last\r\n\r\n`,
        size,
      );
      response.end();
    },
  ]),
];

describe('an answer of 3 MB of four-byte and three-byte characters', () => {
  const text = characters(3 * MIB);

  it.each(FORMS)('arrives byte-equal, in exactly one line: %s', async (_, write) => {
    const server = await fakeMcp({ intercept: answering(text, write) });
    const host = mcpHost(server.url);
    await host.initialize();
    const { result } = await host.request('tools/call', { name: 'large' });
    expect((result as { content: [{ text: string }] }).content[0].text === text).toBe(true);
    expect(host.lines()).toHaveLength(2);
  });

  it('arrives byte-equal on the legacy SSE stream', async () => {
    const server = await fakeMcp({ transport: 'sse' });
    const host = mcpHost(server.url);
    await host.initialize();
    const { result } = await host.request('tools/call', { name: 'echo', arguments: { text } });
    expect(JSON.stringify(result).includes(text)).toBe(true);
    expect(host.lines()).toHaveLength(2);
  });
});

describe('an answer over the limit of 10 MiB', () => {
  const text = 'x'.repeat(11 * MIB);

  it.each(FORMS.filter(([form]) => !form.includes('37')))(
    'is a JSON-RPC error that names the limit, and the session stays usable: %s',
    async (_, write) => {
      const server = await fakeMcp({ intercept: answering(text, write) });
      const host = mcpHost(server.url);
      await host.initialize();
      const { error } = await host.request('tools/call', { name: 'large' });
      expect(error?.data.code).toBe('MCP_TOO_LARGE');
      expect(error?.message).toMatch(/^127\.0\.0\.1:\d+ sent an answer of more than 10 MiB/);
      expect((await host.request('tools/list')).result).toBeDefined();
      expect(server.seen.filter(({ body }) => body.includes('"initialize"'))).toHaveLength(1);
    },
  );

  it('is not asked for again when its stream could be resumed', async () => {
    const server = await fakeMcp({
      intercept: answering(text, (response, json) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`id: 1\ndata:\n\ndata: ${json}\n\n`);
      }),
    });
    const host = mcpHost(server.url);
    await host.initialize();
    expect((await host.request('tools/call', { name: 'large' })).error?.data.code).toBe('MCP_TOO_LARGE');
    expect(server.seen.some(({ headers }) => headers['last-event-id'] !== undefined)).toBe(false);
  });

  it('on the legacy SSE stream, too: a new session serves the next call', async () => {
    const server = await fakeMcp({ transport: 'sse' });
    const host = mcpHost(server.url);
    await host.initialize();
    const half = 'x'.repeat(6 * MIB);
    const { error } = await host.request('tools/call', {
      name: 'echo',
      arguments: { text: '"'.repeat(half.length) },
    });
    expect(error?.data.code).toBe('MCP_TOO_LARGE');
    expect((await host.request('tools/list')).result).toBeDefined();
  });

  it('a long stream of small messages has no limit', async () => {
    const server = await fakeMcp({
      intercept: ({ body }, response) => {
        if (!body.includes('"large"')) return false;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const note = {
          jsonrpc: '2.0',
          method: 'notifications/tools/list_changed',
          params: { data: 'x'.repeat(MIB) },
        };
        for (let turn = 0; turn < 12; turn += 1) response.write(`data: ${JSON.stringify(note)}\n\n`);
        response.end(`data: ${JSON.stringify(replyTo(JSON.parse(body) as Record<string, unknown>))}\n\n`);
        return true;
      },
    });
    const host = mcpHost(server.url);
    await host.initialize();
    expect((await host.request('tools/call', { name: 'large' })).result).toBeDefined();
    expect(host.lines()).toHaveLength(14);
  });
});

describe('a line on stdin', () => {
  const ready = async () => {
    const host = mcpHost((await fakeMcp()).url);
    await host.initialize();
    return host;
  };

  it.each([
    [
      'with its id at the beginning',
      '{"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"x":"',
      '"}}',
      77,
    ],
    [
      'with its id at the end',
      '{"method":"tools/call","params":{"x":"',
      '"},"jsonrpc":"2.0","id":"a-1"}',
      'a-1',
    ],
    ['with its id in the middle', '{"method":"x","id":5,"params":{"x":"', '"},"jsonrpc":"2.0"}', null],
  ])('over the limit, %s, is answered with an error that names it', async (_, head, tail, id) => {
    const host = await ready();
    host.context.type(head);
    for (let part = 0; part < 11; part += 1) host.context.type('y'.repeat(MIB));
    host.context.type(`${tail}\n`);
    expect((await host.request('tools/list')).result).toBeDefined();
    const refused = host.lines().find((line) => line['id'] === id);
    expect(refused?.['error']).toMatchObject({
      code: -32_600,
      message: expect.stringContaining('more than 10 MiB'),
      data: { code: 'MCP_TOO_LARGE', hint: expect.any(String) },
    });
  });

  it.each([
    ['is not JSON', 'this is no JSON', -32_700, null],
    ['is half a message', '{"jsonrpc":"2.0","id":5', -32_700, null],
    ['is JSON, but no message', '{"id":7,"method":5}', -32_600, 7],
    ['is a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32_600, null],
  ])(
    'that %s is answered with an error, and the next valid request is answered',
    async (_, line, code, id) => {
      const host = await ready();
      host.context.type(`${line}\n\n  \r\n`);
      expect((await host.request('tools/list')).result).toBeDefined();
      expect(host.lines()).toHaveLength(3);
      expect(host.lines()[1]).toMatchObject({
        jsonrpc: '2.0',
        id,
        error: { code, message: expect.any(String) },
      });
    },
  );

  it('may come in pieces, end with CRLF, and hold characters cut in two', async () => {
    const host = await ready();
    const request = {
      jsonrpc: '2.0',
      id: 50,
      method: 'tools/call',
      params: { name: 'echo', arguments: { t: '🎈' } },
    };
    const bytes = Buffer.from(`${JSON.stringify(request)}\r\n`);
    for (const byte of bytes) host.context.terminal.stdin.push(Buffer.from([byte]));
    await expect.poll(() => JSON.stringify(host.lines().find((line) => line['id'] === 50))).toContain('🎈');
  });
});
