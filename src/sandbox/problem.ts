/** An error as the platform words it. */
export function problem(message: string, details: string, help = ''): unknown {
  return { error: { message, details, help } };
}
