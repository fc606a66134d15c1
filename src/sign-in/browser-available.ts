import type { Context } from '../context.ts';
import { hasDisplay } from '../system/has-display.ts';

type Place = Pick<Context, 'env' | 'platform'>;

interface Reason {
  readonly applies: (place: Place) => boolean;
  readonly why: string;
}

const set = (name: string) => (place: Place) => (place.env[name] ?? '') !== '';
const hidden = (name: string) => (place: Place) => !hasDisplay(place.env) && set(name)(place);

/** Environments without a browser. The first match counts (T24). */
const REASONS: readonly Reason[] = [
  { applies: ({ env }) => env['CODESPACES'] === 'true', why: "you're in a codespace" },
  { applies: hidden('SSH_CONNECTION'), why: "you're in an SSH session" },
  { applies: hidden('SSH_TTY'), why: "you're in an SSH session" },
  { applies: hidden('CI'), why: 'this is a CI job; consider CODEMIE_JWT_TOKEN instead' },
  { applies: hidden('REMOTE_CONTAINERS'), why: "you're in a container" },
  { applies: hidden('container'), why: "you're in a container" },
  { applies: hidden('KUBERNETES_SERVICE_HOST'), why: "you're in a container" },
  {
    applies: ({ platform, env }) =>
      platform === 'linux' && !hasDisplay(env) && env['WSL_DISTRO_NAME'] === undefined,
    why: 'there is no display',
  },
];

/** @returns why codemie should not try to open a browser, or undefined if it should. BROWSER takes precedence over everything else. */
export function noBrowserReason({ env, platform }: Pick<Context, 'env' | 'platform'>): string | undefined {
  const chosen = env['BROWSER'] ?? '';
  if (chosen === 'none') return 'BROWSER is set to none';
  if (chosen !== '') return undefined;
  return REASONS.find((reason) => reason.applies({ env, platform }))?.why;
}
