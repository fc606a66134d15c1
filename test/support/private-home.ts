import { join } from 'node:path';
import type { PrivateHome } from '../../src/agents/adapters/adapter.ts';

/** The private home of a run, with links to these names in the user's own folder. */
export function privateHome(
  own: string,
  links: readonly string[],
  more: Partial<PrivateHome> = {},
): PrivateHome {
  return {
    folder: '.gemini',
    own,
    settings: {},
    overridden: [],
    address: 'http://127.0.0.1:1234',
    withHomePaths: [],
    links: Object.fromEntries(links.map((name) => [name, join(own, name)])),
    keep: [],
    ...more,
  };
}
