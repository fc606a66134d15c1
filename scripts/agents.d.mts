export function installAgent(
  name: 'claude' | 'opencode' | 'codex' | 'gemini',
  say?: (line: string) => void,
): { readonly bin: string; readonly folder: string } | { readonly reason: string };
