import type { Context } from '../context.ts';

type Place = Pick<Context, 'env' | 'platform'> & { readonly hasDisplay: boolean };

interface Reason {
  readonly applies: (place: Place) => boolean;
  readonly why: string;
}

const set = (name: string) => (place: Place) => (place.env[name] ?? '') !== '';
const hidden = (name: string) => (place: Place) => !place.hasDisplay && set(name)(place);

/** Places where no browser is tried, first match first (T24). */
const REASONS: readonly Reason[] = [
  { applies: ({ env }) => env['CODESPACES'] === 'true', why: "you're in a codespace" },
  { applies: hidden('SSH_CONNECTION'), why: "you're in an SSH session" },
  { applies: hidden('SSH_TTY'), why: "you're in an SSH session" },
  { applies: hidden('CI'), why: 'this is a CI job; consider CODEMIE_JWT_TOKEN instead' },
  { applies: hidden('REMOTE_CONTAINERS'), why: "you're in a container" },
  { applies: hidden('container'), why: "you're in a container" },
  { applies: hidden('KUBERNETES_SERVICE_HOST'), why: "you're in a container" },
  {
    applies: ({ platform, hasDisplay, env }) =>
      platform === 'linux' && !hasDisplay && env['WSL_DISTRO_NAME'] === undefined,
    why: 'there is no display',
  },
];

/** @returns why no browser is tried from here, or undefined to try one. A BROWSER that is set always counts. */
export function noBrowserReason({ env, platform }: Pick<Context, 'env' | 'platform'>): string | undefined {
  const chosen = env['BROWSER'] ?? '';
  if (chosen === 'none') return 'BROWSER is set to none';
  if (chosen !== '') return undefined;
  const hasDisplay = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((value) => (value ?? '') !== '');
  return REASONS.find((reason) => reason.applies({ env, platform, hasDisplay }))?.why;
}
