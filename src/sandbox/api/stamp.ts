/** @returns a date as the platform's tables keep it: UTC, microseconds, no zone. */
export function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000`;
}
