import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { removeCommand } from '../../agents/mcp/register.ts';
import { proxyWords, wordsOf } from '../../agents/mcp/server.ts';
import { type OurServer, surveyHosts } from '../../agents/mcp/survey.ts';
import type { Context } from '../../context.ts';
import { keptAt, keptId } from '../../mcp/keep/kept.ts';
import { serverUrl } from '../../mcp/server-url.ts';
import { counted } from '../../system/counted.ts';
import type { Advice } from '../../system/errors.ts';
import { isRecord } from '../../system/json.ts';
import { findOnPath, isExecutable } from '../../system/process/find-program.ts';
import { type Check, ok, skip, warn } from '../check.ts';

/** What is known of one server: how it is signed in, or what is wrong with its entry. */
interface Known {
  readonly state: string;
  readonly problem?: string;
  readonly advice?: Advice;
}

/** The MCP servers that agents reach through us. It asks no server, signs in nowhere and shows no value of an entry. */
export const mcp: Check = {
  id: 'mcp',
  title: 'MCP servers',
  run: async ({ context }, signal) => {
    const { servers, unreadable } = await surveyHosts(context, signal);
    if (servers.length === 0 && unreadable.length === 0) return skip('no agent uses codemie-mcp-proxy');
    const known = servers.map((server) => ({ server, ...examined(context, server) }));
    const problems = known.flatMap(({ server, problem }) =>
      problem === undefined ? [] : `${placeOf(server)} ${problem}.`,
    );
    const fine = known
      .filter(({ problem }) => problem === undefined)
      .map(({ server, state }) => `${placeOf(server)}: ${state}`);
    const list = fine.length === 0 ? [] : [`${counted(fine.length, 'server')}: ${fine.join('; ')}.`];
    const detail = [...problems, ...unreadable, ...list].join(' ');
    if (problems.length === 0 && unreadable.length === 0) return ok(detail.replace(/\.$/, ''));
    return warn(detail, ...known.flatMap(({ advice }) => advice ?? []));
  },
};

const placeOf = ({ name, host, scope }: OurServer): string =>
  `${name} (${host.title}${scope === 'user' ? '' : `, ${scope}`})`;

function examined(context: Context, server: OurServer): Known {
  const again = { fix: removeCommand(server), hint: 'Then add it again with codemie mcp add.' };
  const missing = missingProgram(context, server.entry);
  if (missing !== undefined)
    return { state: '', problem: `starts ${missing}, which was not found`, advice: again };
  const address = addressIn(server.entry);
  // The agent fills it in.
  if (address.includes('${')) return { state: 'its address has a variable' };
  let url: URL;
  try {
    url = serverUrl(address);
  } catch {
    return { state: '', problem: 'has no valid address of a server', advice: again };
  }
  if (proxyWords(server.entry) === undefined) return { state: 'through the gateway' };
  if (hasOwnToken(server.entry)) return { state: 'uses its own Authorization' };
  const isKept = keptAt(context.home, keptId(url))?.isSignedIn === true;
  return { state: isKept ? 'sign-in stored' : 'signs in when it starts' };
}

/** @returns the program, or the script of it, that an entry names and that does not exist. */
function missingProgram(context: Context, entry: unknown): string | undefined {
  const [command, script] = wordsOf(entry);
  if (command === undefined) return undefined;
  const isThere = isAbsolute(command) ? isExecutable(command) : findOnPath(command, context) !== undefined;
  if (!isThere) return command;
  return script !== undefined && isAbsolute(script) && !existsSync(script) ? script : undefined;
}

function addressIn(entry: unknown): string {
  const words = proxyWords(entry);
  if (words !== undefined) return words.find((word) => word.includes('://')) ?? words[0] ?? '';
  const { url, httpUrl } = isRecord(entry) ? entry : {};
  const gateway = String(url ?? httpUrl);
  return (URL.canParse(gateway) && new URL(gateway).searchParams.get('original')) || '';
}

function hasOwnToken(entry: unknown): boolean {
  const { env, environment } = isRecord(entry) ? entry : {};
  const own = [env, environment].map((values) =>
    isRecord(values) ? values['CODEMIE_MCP_HEADERS'] : undefined,
  );
  return [...own, ...(proxyWords(entry) ?? [])].some((text) =>
    /^[ \t]*authorization[ \t]*[:=]/im.test(String(text ?? '')),
  );
}
