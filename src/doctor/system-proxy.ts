import type { Context } from '../context.ts';
import type { Env } from '../system/env.ts';
import type { Advice } from '../system/errors.ts';
import { windowsProgram } from '../system/process/find-program.ts';
import { outputOf } from '../system/process/output-of.ts';

/** What the settings of this computer say about a proxy. Browsers follow them; Node.js and codemie don't. */
export interface SystemProxy {
  /** `proxy.example.com:8080`. */
  readonly server?: string;
  /** The address of a script that chooses a proxy (PAC). */
  readonly script?: string;
}

interface Question {
  readonly program: (env: Env) => string;
  readonly args: readonly string[];
  readonly read: (printed: string) => SystemProxy;
}

const SETTINGS = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings';

const QUESTIONS: Partial<Record<NodeJS.Platform, Question>> = {
  darwin: { program: () => '/usr/sbin/scutil', args: ['--proxy'], read: fromScutil },
  win32: {
    program: (env) => windowsProgram('reg', env),
    args: ['query', SETTINGS],
    read: fromRegistry,
  },
};

/** Shorter than a check's own limit. */
const LIMIT_MS = 1000;

/** @returns undefined if the settings name none, cannot be read, or are not kept in one place (Linux). */
export async function systemProxy(
  { platform, env, childEnv, signal }: Pick<Context, 'platform' | 'env' | 'childEnv' | 'signal'>,
  run: typeof outputOf = outputOf,
): Promise<SystemProxy | undefined> {
  const question = QUESTIONS[platform];
  if (question === undefined) return undefined;
  try {
    const printed = await run(question.program(env), question.args, {
      env: childEnv(),
      signal,
      timeoutMs: LIMIT_MS,
    });
    const found = question.read(printed);
    return found.server === undefined && found.script === undefined ? undefined : found;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** @returns what to set so that codemie goes the way that browsers go. */
export function proxyAdvice({ server, script }: SystemProxy): Advice {
  if (server !== undefined)
    return {
      fix: `export HTTPS_PROXY=http://${server}`,
      hint: `The network settings of this computer name a proxy, ${server}, and HTTPS_PROXY isn't set.`,
    };
  return {
    hint: `The network settings of this computer name a proxy script, ${script}. codemie doesn't run such scripts: open it in a browser, and set HTTPS_PROXY to the proxy that it names.`,
  };
}

/** Lines such as `  HTTPSProxy : proxy.example.com`. */
function fromScutil(printed: string): SystemProxy {
  const value = (name: string): string | undefined =>
    new RegExp(`^\\s*${name} : (\\S+)\\s*$`, 'm').exec(printed)?.[1];
  const server = [value('HTTPSProxy'), value('HTTPSPort')].filter((part) => part !== undefined).join(':');
  return {
    ...(value('HTTPSEnable') === '1' ? checked('server', server) : {}),
    ...(value('ProxyAutoConfigEnable') === '1' ? checked('script', value('ProxyAutoConfigURLString')) : {}),
  };
}

/** Lines such as `    ProxyServer    REG_SZ    proxy.example.com:8080`, or one proxy for each protocol: `http=…;https=…`. */
function fromRegistry(printed: string): SystemProxy {
  const value = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s+REG_\\w+\\s+(\\S+)\\s*$`, 'm').exec(printed)?.[1];
  const servers = value('ProxyServer') ?? '';
  const server = /(?:^|;)https=([^;]+)/.exec(servers)?.[1] ?? servers;
  return {
    ...(value('ProxyEnable') === '0x1' ? checked('server', server.replace(/^http:\/\//, '')) : {}),
    ...checked('script', value('AutoConfigURL')),
  };
}

/** Only what can be pasted into a shell. */
const FORMS = { server: /^[\w.-]+(:\d{1,5})?$/, script: /^(?:https?|file):\/\/[\w./:%~?=&-]+$/ };

function checked(name: 'server' | 'script', value: string | undefined): SystemProxy {
  return value !== undefined && FORMS[name].test(value) ? { [name]: value } : {};
}
