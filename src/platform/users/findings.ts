import type { Finding } from '../../change/change.ts';

export function unknownRole(role: string): Finding {
  return {
    rule: 'admin-role-unknown',
    severity: 'warning',
    path: `role ${role}`,
    message: `The realm has no role "${role}".`,
    advice: 'Name the role of your admins with --admin-role (ADMIN_ROLE_NAME).',
  };
}
