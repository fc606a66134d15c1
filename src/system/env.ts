export type Env = Readonly<Record<string, string | undefined>>;

export function isCi(env: Env): boolean {
  const value = env['CI'];
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}
