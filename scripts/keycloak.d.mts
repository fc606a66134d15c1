import type { ChildProcess } from 'node:child_process';

export const KEYCLOAK_VERSION: string;
export const BUILT: string;
export function startKeycloak(
  home: string,
  account: { readonly username: string; readonly password: string },
  more?: readonly string[],
): Promise<{ readonly url: string; readonly port: number; readonly child: ChildProcess }>;
