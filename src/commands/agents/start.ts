import { existsSync, readdirSync, statSync } from 'node:fs';
import type { Adapter, ModelChoice } from '../../agents/adapters/adapter.ts';
import { agentEnvironment } from '../../agents/agent-environment.ts';
import type { LaunchArguments } from '../../agents/arguments.ts';
import { homesOf } from '../../agents/home/homes-folder.ts';
import { launchAgent } from '../../agents/launch.ts';
import { createTracker } from '../../agents/tracking.ts';
import { secretNames } from '../../config/secret-variables.ts';
import type { Context } from '../../context.ts';
import type { Access, AccessRequest } from '../../credentials/access.ts';
import { longLivedAccess } from '../../credentials/find/long-lived-access.ts';
import { HOOK_PATH } from '../../gateway/routes.ts';
import { newSessionId, startGateway } from '../../gateway/server.ts';
import { fixedPort } from '../../gateway/settings.ts';
import { readText } from '../../system/decode-text.ts';
import { announceTracking, isTracking, observed } from './session-audit.ts';
import { endedNotice } from './sign-in-ended.ts';

export interface Start {
  readonly adapter: Adapter;
  readonly given: LaunchArguments;
  readonly wanted: AccessRequest;
  readonly access: Access;
  readonly program: string;
  /** Settles once the platform has also accepted or rejected the credential. */
  readonly models: Promise<ModelChoice>;
  readonly timeoutMs: number | undefined;
  /** Shows a message to the user, unless `--silent` is set. */
  readonly tell: (notice: string) => void;
}

/**
 * Starts the gateway, waits for the platform's answers, and runs the agent.
 *
 * @returns its exit code.
 */
export async function start(context: Context, begun: Start): Promise<number> {
  const { adapter, given, access, program, timeoutMs, tell } = begun;
  const sessionId = newSessionId();
  const client = `codemie-${adapter.name}`;
  const tracker = adapter.tracks && isTracking(context) ? createTracker() : undefined;
  let isConversation = false;
  const ended = endedNotice(context, given.silent, () => isConversation);
  const gateway = await startGateway(context, {
    access: longLivedAccess(context, begun.wanted, access),
    client,
    project: access.selection.project,
    sessionId,
    port: fixedPort(context.env),
    onEnded: ended.tell,
    onBack: ended.close,
    endedStatus: () =>
      adapter.endedStatus?.[isConversation && context.terminal.isTTY.stdin ? 'conversation' : 'task'] ?? 401,
    ...(tracker === undefined ? {} : { onHook: tracker.take }),
  }).catch(async (error: unknown) => {
    // A user who must sign in first should see that error, not the one about a taken port.
    await begun.models;
    throw error;
  });
  try {
    const feed = {
      gatewayUrl: gateway.url,
      key: gateway.key.reveal(),
      models: await begun.models,
      task: given.task,
      rest: given.rest,
      resume: given.resume,
      trustWorkspace: given.trustWorkspace,
      hookUrl: tracker === undefined ? undefined : `${gateway.url}${HOOK_PATH}`,
    };
    const { env: own, cwd, userHome } = context;
    const user = {
      env: own,
      cwd,
      userHome,
      platform: context.platform,
      readFile: readText,
      exists: existsSync,
      isFile: (path: string) => existsSync(path) && statSync(path).isFile(),
      namesIn: (path: string) => (existsSync(path) ? readdirSync(path) : []),
    };
    if (!given.printConfig && existsSync(homesOf(context))) {
      const { recoverHomes } = await import('../../agents/home/private-home.ts');
      await recoverHomes(context, tell);
    }
    const launch = adapter.launch(feed, user);
    isConversation = !launch.unattended;
    const variable = access.selection.profile?.jwtConfig?.tokenEnvVar;
    const { env, removed } = agentEnvironment({
      env: context.env,
      platform: context.platform,
      adapter,
      feed: launch.env,
      secrets: [...secretNames(context.home), ...(variable === undefined ? [] : [variable])],
    });
    if (removed.length > 0) context.log.debug('kept from the agent', { variables: removed });
    if (given.printConfig) {
      const { configReport } = await import('./print-config.ts');
      context.terminal.print(configReport({ adapter, program, launch, env, removed }, access, gateway.key));
      return 0;
    }
    for (const notice of launch.notices ?? []) tell(notice);
    if (tracker !== undefined && !given.silent) announceTracking(context, adapter);
    const code = await observed(context, { adapter, client, access, sessionId, tracker }, () => {
      const running = launchAgent(context, {
        program,
        launch,
        env,
        noInput: given.jwtToken === '-',
        timeoutMs,
        silent: given.silent,
      });
      // Runs while the agent starts.
      gateway.connect();
      return running;
    });
    // The agent prints how to resume it by itself, without CodeMie.
    if (code === 0 && isConversation && isTalk(given.rest) && context.terminal.isTTY.stderr)
      tell(`to continue with CodeMie: ${resumption(adapter, tracker?.conversation())}`);
    return code;
  } finally {
    ended.close();
    await gateway.close();
  }
}

/** Whether these words start a conversation, and not a command of the agent such as `mcp list`. */
function isTalk([first]: readonly string[]): boolean {
  return first === undefined || first.startsWith('-') || first.includes(' ');
}

function resumption({ name, ownFlags = [] }: Adapter, id: string | undefined): string {
  if (id !== undefined) return `codemie-${name} --resume ${id}`;
  return `codemie-${name} ${ownFlags.includes('--resume') ? '--continue' : '--resume'}`;
}
