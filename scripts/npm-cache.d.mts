export function installFromNpm(
  wanted: {
    readonly name: string;
    readonly packages: readonly string[];
    readonly cache?: string;
    readonly runsScripts?: boolean;
    readonly anySystem?: boolean;
  },
  say?: (line: string) => void,
): { readonly folder: string } | { readonly reason: string };

export function lastLine(text: string | undefined): string;
