export const POSTGRES_VERSIONS: readonly ['18', '15'];
export function findPostgres(version: string): { readonly home: string } | { readonly reason: string };
export function startPostgres(
  home: string,
  folder: string,
  options: {
    readonly password: string;
    readonly settings?: Readonly<Record<string, string | number>>;
    readonly files?: Readonly<Record<string, string>>;
  },
): Promise<{ readonly port: number; readonly socket: string }>;
export function stopPostgres(folder: string): Promise<void>;
