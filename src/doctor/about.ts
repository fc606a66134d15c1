import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { type Env, isCi } from '../system/env.ts';
import type { DoctorContext } from './check.ts';

/** What support asks first. */
export interface About {
  readonly codemie: string;
  readonly node: string;
  /** Operating system and processor. */
  readonly system: string;
  /** The shell, and what else changes how programs run here: `ssh`, `wsl`, `container`, `ci`. */
  readonly runsIn: readonly string[];
  /** Null if the settings can't be read. */
  readonly profile: string | null;
  readonly url: string | null;
  readonly store: string | null;
}

export function aboutOf(patient: DoctorContext): About {
  const { context } = patient;
  return {
    codemie: CODEMIE_VERSION,
    node: process.versions.node,
    system: `${context.platform} ${process.arch}`,
    runsIn: runsIn(context),
    ...chosen(patient),
  };
}

function chosen({ selection }: DoctorContext): Pick<About, 'profile' | 'url' | 'store'> {
  try {
    const { profileName, origin, profile } = selection();
    return { profile: profileName, url: origin ?? null, store: profile?.credential?.store ?? null };
  } catch {
    return { profile: null, url: null, store: null };
  }
}

function runsIn({ env }: Pick<Context, 'env'>): readonly string[] {
  const isSet = (name: keyof Env): boolean => (env[name] ?? '') !== '';
  const shell = env['SHELL'] ?? '';
  return [
    ...(shell === '' ? [] : [basename(shell)]),
    ...(isSet('SSH_CONNECTION') ? ['ssh'] : []),
    ...(isSet('WSL_DISTRO_NAME') ? ['wsl'] : []),
    ...(isSet('KUBERNETES_SERVICE_HOST') || isSet('container') ? ['container'] : []),
    ...(isCi(env) ? ['ci'] : []),
  ];
}
