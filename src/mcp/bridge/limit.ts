import { McpError } from '../errors.ts';

/** The largest message in either direction, bytes. Hosts built on the MCP SDK close the connection above it. */
export const LARGEST = 10 * 1_048_576;

const LARGEST_TEXT = '10 MiB';

export function answerTooLarge({ host }: URL): McpError {
  return new McpError(
    'MCP_TOO_LARGE',
    `${host} sent an answer of more than ${LARGEST_TEXT}, the most that can be handed on.`,
    'Ask for less at once, such as a page or a filter.',
  );
}

export function requestTooLarge(): McpError {
  return new McpError(
    'MCP_TOO_LARGE',
    `The request has more than ${LARGEST_TEXT}, the most that can be handed on.`,
    'Send less at once.',
  );
}
