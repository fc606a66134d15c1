import type { TriedVersions } from './adapters/adapter.ts';

/** How a version compares with the tested ones; `unknown` for a tag such as `latest`. */
export type VersionStatus = 'tried' | 'older' | 'newer' | 'unknown';

export function versionStatusOf(version: string, { oldest, newest }: TriedVersions): VersionStatus {
  const own = numbers(version);
  if (own === undefined) return 'unknown';
  if (compare(own, numbers(oldest) ?? []) < 0) return 'older';
  return compare(own, numbers(newest) ?? []) > 0 ? 'newer' : 'tried';
}

/** A prerelease (`-rc.1`) does not count as tested. */
function numbers(version: string): readonly number[] | undefined {
  return /^\d+(\.\d+){0,3}$/.test(version) ? version.split('.').map(Number) : undefined;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
