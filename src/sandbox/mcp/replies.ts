import { isRecord } from '../../system/json.ts';

const TOOLS = [
  {
    name: 'whoami',
    description: 'Tells which user of the sandbox is signed in to this MCP server.',
    inputSchema: { type: 'object', properties: {} },
  },
  {
    name: 'add',
    description: 'Adds two numbers.',
    inputSchema: {
      type: 'object',
      properties: { a: { type: 'number' }, b: { type: 'number' } },
      required: ['a', 'b'],
    },
  },
];

const NEWEST = '2025-11-25';
const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', NEWEST];

/** @returns the JSON-RPC answer to a request; undefined for a notification or an answer. */
export function replyTo(message: Record<string, unknown>, user: string): unknown {
  const { id, method } = message;
  if (id === undefined || typeof method !== 'string') return undefined;
  const params = isRecord(message['params']) ? message['params'] : {};
  const result = (value: unknown): unknown => ({ jsonrpc: '2.0', id, result: value });
  const error = (code: number, text: string): unknown => ({
    jsonrpc: '2.0',
    id,
    error: { code, message: text },
  });
  switch (method) {
    case 'initialize': {
      const asked = String(params['protocolVersion']);
      return result({
        protocolVersion: VERSIONS.includes(asked) ? asked : NEWEST,
        capabilities: { tools: {} },
        serverInfo: { name: 'codemie-sandbox', version: CODEMIE_VERSION },
      });
    }
    case 'ping':
      return result({});
    case 'tools/list':
      return result({ tools: TOOLS });
    case 'tools/call': {
      const text = textOf(params, user);
      return text === undefined
        ? error(-32_602, 'No such tool')
        : result({ content: [{ type: 'text', text }] });
    }
    default:
      return error(-32_601, 'Method not found');
  }
}

function textOf(params: Record<string, unknown>, user: string): string | undefined {
  const given = isRecord(params['arguments']) ? params['arguments'] : {};
  if (params['name'] === 'whoami') return `You are signed in as ${user}.`;
  return params['name'] === 'add' ? String(Number(given['a']) + Number(given['b'])) : undefined;
}
