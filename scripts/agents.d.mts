export function installAgent(
  name: 'claude' | 'opencode',
  say?: (line: string) => void,
): { readonly bin: string; readonly folder: string } | { readonly reason: string };
