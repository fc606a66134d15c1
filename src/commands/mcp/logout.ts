import { allKept, keptId } from '../../mcp/keep/kept.ts';
import { plainAddress } from '../../mcp/log.ts';
import { printable } from '../../system/printable.ts';
import type { CommandRun } from '../spec.ts';
import { withConnection } from './connection.ts';

const SENTENCES = {
  yes: ' and ended its tokens on the server.',
  no: ' here, but its server could not end the tokens: they stay valid there until they expire.',
  unsupported: ' here. The server offers no way to end tokens: they stay valid until they expire.',
} as const;

/** `codemie mcp logout`: always removes what is stored here, and revokes the tokens at the server if possible. */
export const run: CommandRun = (input, context) =>
  withConnection(input, context, async (connection) => {
    const { url } = connection.settings;
    const { terminal, home } = context;
    // The address as it is listed ends the sign-ins of all its queries.
    const all = allKept(home).filter(({ id, server }) => id === keptId(url) || server === url.href);
    const { removeKept } = await import('../../mcp/keep/sign-out.ts');
    const ended = [];
    for (const kept of all) ended.push({ ...kept, revoked: await removeKept(connection, kept) });
    const revoked = worst(ended.flatMap((one) => one.revoked ?? []));
    if (input.options.on('json')) {
      const removed = ended.map(({ server }) => server);
      terminal.print(JSON.stringify({ schemaVersion: 1, removed, revoked }));
    } else if (ended.length === 0)
      terminal.say(`No sign-in is stored for ${plainAddress(url)}. See what is stored: codemie mcp list`);
    else if (ended.every(({ isSignedIn }) => !isSignedIn))
      terminal.say(`Removed the registration at ${printable(plainAddress(url), 300)}.`);
    else terminal.say(`Signed out of ${printable(plainAddress(url), 300)}${SENTENCES[revoked]}`);
    return 0;
  });

type Revoked = keyof typeof SENTENCES;

function worst(answers: readonly Revoked[]): Revoked {
  if (answers.includes('no')) return 'no';
  return answers.includes('yes') ? 'yes' : 'unsupported';
}
