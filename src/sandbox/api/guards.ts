import type { Account } from './account.ts';
import { refuse } from './refusal.ts';

/** @throws Refusal (403) for others than administrators and maintainers. */
export function requireAdmin({ isAdmin }: Account): void {
  if (isAdmin) return;
  refuse(
    403,
    'Access denied',
    'This action requires administrator or maintainer privileges.',
    'If you believe you should have elevated access, please contact your system administrator or check your account settings.',
  );
}

/** @throws Refusal (403) for others than maintainers. */
export function requireMaintainer({ isMaintainer }: Account): void {
  if (isMaintainer) return;
  refuse(
    403,
    'Access denied',
    'This action requires maintainer privileges.',
    'If you believe you should have maintainer access, please contact your system administrator.',
  );
}
