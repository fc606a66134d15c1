import type { LaunchInput, UserEnvironment } from '../../src/agents/adapters/adapter.ts';
import type { Model } from '../../src/platform-api/shapes.ts';

/** What a run hands to an agent, without a task. */
export const FEED: LaunchInput = {
  gatewayUrl: 'http://127.0.0.1:1234',
  key: 'key-of-this-run',
  models: { main: 'm', haiku: 'h', sonnet: 's', opus: 'o' },
  task: undefined,
  rest: [],
};

/** The list of a platform with these models. */
export const listOf = (...ids: readonly string[]): readonly Model[] =>
  ids.map((id) => ({ id, label: id, isDefault: false }));

/** A user with exactly these files: text, or a value that is written as JSON. */
export function userWith(
  contents: Record<string, unknown> = {},
  env: UserEnvironment['env'] = {},
): UserEnvironment {
  return {
    env,
    cwd: '/repo',
    userHome: '/home/ada',
    platform: 'linux',
    namesIn: () => [],
    exists: (path) => Object.hasOwn(contents, path),
    isFile: (path) => Object.hasOwn(contents, path),
    readFile: (path) => {
      if (!Object.hasOwn(contents, path)) throw new Error(`no file ${path}`);
      const content = contents[path];
      return typeof content === 'string' ? content : JSON.stringify(content);
    },
  };
}
