/** What the web page shows, as far as its own variables say so. */
export interface PageFlags {
  readonly userManagement?: boolean | undefined;
  readonly budgetManagement?: boolean | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads VITE_ENABLE_USER_MANAGEMENT and VITE_ENABLE_BUDGET_MANAGEMENT as the platform's web page does up to 2.40:
 * "true" is on, every other text is off, also "True", "yes" and "1".
 */
export function pageFlagsFrom(env: Environment): PageFlags {
  const flag = (text: string | undefined): boolean | undefined =>
    text === undefined ? undefined : text === 'true';
  return {
    userManagement: flag(env['VITE_ENABLE_USER_MANAGEMENT']),
    budgetManagement: flag(env['VITE_ENABLE_BUDGET_MANAGEMENT']),
  };
}

/** What the page shows for one request. */
export interface Features {
  readonly userManagement: boolean;
  readonly budgetManagement: boolean;
  /** Whether the API manages users, whatever the page shows. */
  readonly apiManagesUsers: boolean;
}

/**
 * A variable that is set decides. Without it the page asks the API, as the platform's web page does since 2.41.
 *
 * @param components the body of `GET /v1/config`.
 */
export function featuresFrom(flags: PageFlags, components: unknown): Features {
  const list = Array.isArray(components) ? (components as readonly Component[]) : [];
  const has = (id: string): boolean => list.some((one) => one.id === id && one.settings?.enabled !== false);
  const apiManagesUsers = has('features:userManagement');
  return {
    apiManagesUsers,
    userManagement: flags.userManagement ?? apiManagesUsers,
    budgetManagement: flags.budgetManagement ?? has('features:budgetManagement'),
  };
}

interface Component {
  readonly id?: unknown;
  readonly settings?: { readonly enabled?: unknown };
}
