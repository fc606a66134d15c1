/** The role that a path needs, by what the path is about. The first match counts. */
const ROLES: readonly (readonly [RegExp, view: string, manage: string])[] = [
  [/^\/partial-export/, 'manage-realm', 'manage-realm'],
  [
    /^\/organizations/,
    'view-organizations (manage-realm on older servers)',
    'manage-organizations (manage-realm on older servers)',
  ],
  // No smaller role will do.
  [/^\/workflows/, 'realm-admin', 'realm-admin'],
  [/^\/clients\/[^/]+\/authz/, 'view-authorization', 'manage-authorization'],
  [/^\/clients\/[^/]+\/service-account-user/, 'view-clients', 'manage-clients'],
  [
    /^\/(?:clients|client-scopes|default-(?:default|optional)-client-scopes)/,
    'view-clients',
    'manage-clients',
  ],
  [/^\/identity-provider/, 'view-identity-providers', 'manage-identity-providers'],
  [/^\/(?:users\/profile)/, 'view-realm', 'manage-realm'],
  [/^\/(?:users|groups|group-by-path)/, 'view-users', 'manage-users'],
  [/^\/(?:events|admin-events)/, 'view-events', 'manage-events'],
];

/** @returns the role of `realm-management` (or of `REALM-realm` in master) that allows a request. */
export function permissionFor(method: string, path: string): string {
  const [, view = 'view-realm', manage = 'manage-realm'] = ROLES.find(([shape]) => shape.test(path)) ?? [];
  return method === 'GET' ? view : manage;
}
