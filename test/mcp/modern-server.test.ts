import { describe, expect, it } from 'vitest';
import { fakeMcp } from '../support/fake-mcp.ts';
import { type McpHost, mcpHost } from '../support/mcp-host.ts';

type Params = Readonly<Record<string, unknown>>;

const ASK = {
  resultType: 'input_required',
  requestState: 'state/+= as it is',
  inputRequests: {
    name: {
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: 'Your name?',
        requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
      },
    },
  },
};

/** A server that knows only 2026-07-28. `call` answers tools/call. */
async function modernServer(call: (params: Params) => unknown) {
  const calls: Params[] = [];
  const server = await fakeMcp({
    intercept: ({ body, method }, response) => {
      if (method !== 'POST') return false;
      const message = JSON.parse(body) as { id?: number; method: string; params: Params };
      const answer = (status: number, value: unknown): true => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...(value as object) }));
        return true;
      };
      switch (message.method) {
        case 'server/discover': {
          const said = {
            supportedVersions: ['2026-07-28'],
            capabilities: { tools: {} },
            resultType: 'complete',
          };
          return answer(200, { result: { ...said, serverInfo: { name: 'modern', version: '1' } } });
        }
        case 'tools/list': {
          const outputSchema = { type: 'object', properties: { greeting: { type: 'string' } } };
          const tools = [{ name: 'greet', inputSchema: { type: 'object' }, outputSchema }];
          return answer(200, { result: { tools, ttlMs: 0, cacheScope: 'private' } });
        }
        case 'tools/call':
          calls.push(message.params);
          return answer(200, { result: call(message.params) });
        default:
          return answer(400, {
            error: { code: -32_022, message: 'Unsupported', data: { supported: ['2026-07-28'] } },
          });
      }
    },
  });
  return { ...server, calls };
}

const start = (host: McpHost, capabilities: Params) =>
  host.request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'test-host', version: '1' },
  });

const asked = (host: McpHost) => host.lines().find(({ method }) => method === 'elicitation/create');

describe('a server that knows only 2026-07-28, and a host of 2025-11-25', () => {
  it('initialize is answered with what the server says of itself', async () => {
    const server = await modernServer(() => undefined);
    const host = mcpHost(server.url);
    const { result } = await start(host, {});
    expect(result).toMatchObject({ protocolVersion: '2025-11-25', capabilities: { tools: {} } });
  });

  it('results without resultType are complete', async () => {
    const server = await modernServer(() => ({ content: [{ type: 'text', text: 'hello' }] }));
    const host = mcpHost(server.url);
    await start(host, {});
    expect((await host.request('tools/list')).result?.['tools']).toHaveLength(1);
    const { result } = await host.request('tools/call', { name: 'greet' });
    expect(result).toMatchObject({ content: [{ type: 'text', text: 'hello' }] });
  });

  it('input that a call needs is asked of the host, and the call is made again with the answer and its requestState', async () => {
    const server = await modernServer((params) =>
      params['inputResponses'] === undefined ? ASK : { resultType: 'complete', content: [] },
    );
    const host = mcpHost(server.url);
    await start(host, { elicitation: {} });
    const answered = host.request('tools/call', { name: 'greet' });
    await expect.poll(() => asked(host)?.['id']).toBeDefined();
    expect(asked(host)?.['params']).toMatchObject({ message: 'Your name?' });
    const reply = { action: 'accept', content: { name: 'Ada' } };
    host.context.type(`${JSON.stringify({ jsonrpc: '2.0', id: asked(host)?.['id'], result: reply })}\n`);
    expect((await answered).result).toMatchObject({ content: [] });
    expect(server.calls[1]).toMatchObject({
      name: 'greet',
      requestState: ASK.requestState,
      inputResponses: { name: reply },
    });
  });

  it('the result of a tool reaches the host, also when it does not fit the schema that the tool has', async () => {
    const server = await modernServer(() => ({ resultType: 'complete', content: [] }));
    const host = mcpHost(server.url);
    await start(host, {});
    await host.request('tools/list');
    expect((await host.request('tools/call', { name: 'greet' })).result).toMatchObject({ content: [] });
  });

  it('a host that cannot be asked gets an error that says so', async () => {
    const server = await modernServer(() => ASK);
    const host = mcpHost(server.url);
    await start(host, {});
    const { error } = await host.request('tools/call', { name: 'greet' });
    expect(error?.data.code).toBe('MCP_SERVER_ERROR');
    expect(error?.message).toMatch(/your coding agent does not support: .*elicitation\/create/);
  });
});

const NAME = 'io.modelcontextprotocol/';
/** What a host of 2026-07-28 says of itself with every request. */
const _meta = {
  [`${NAME}protocolVersion`]: '2026-07-28',
  [`${NAME}clientInfo`]: { name: 'test-host', version: '2' },
  [`${NAME}clientCapabilities`]: { elicitation: { form: {} } },
};

describe('a server of 2025-11-25, and a host that opens with server/discover', () => {
  it.each([
    ['gets a valid discover result', { _meta }, { result: { supportedVersions: ['2026-07-28'] } }],
    ['without the envelope gets a clean method error', {}, { error: { code: -32_601 } }],
  ])('%s, then initialize works in the same process', async (_, params, answer) => {
    const { url } = await fakeMcp();
    const host = mcpHost(url);
    expect(await host.request('server/discover', params)).toMatchObject(answer);
    expect((await host.initialize()).result).toMatchObject({ protocolVersion: '2025-11-25' });
    expect((await host.request('tools/list')).result?.['tools']).toHaveLength(1);
  });
});

describe('a server that knows only 2026-07-28, and a host of 2026-07-28', () => {
  it('discovers the server, lists its tools, and is handed what a call needs', async () => {
    const server = await modernServer((params) =>
      params['inputResponses'] === undefined ? ASK : { resultType: 'complete', content: [] },
    );
    const host = mcpHost(server.url);
    const { result } = await host.request('server/discover', { _meta });
    expect(result).toMatchObject({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
    expect((await host.request('tools/list', { _meta })).result?.['tools']).toHaveLength(1);
    expect((await host.request('tools/call', { _meta, name: 'greet' })).result).toMatchObject(ASK);
    const inputResponses = { name: { action: 'accept', content: { name: 'Ada' } } };
    const again = { _meta, name: 'greet', inputResponses, requestState: ASK.requestState };
    expect((await host.request('tools/call', again)).result).toMatchObject({ content: [] });
    expect(server.calls[1]).toMatchObject({ inputResponses, requestState: ASK.requestState });
    expect(asked(host)).toBeUndefined();
  });
});
