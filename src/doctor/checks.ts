import type { Check } from './check.ts';
import { account } from './checks/account.ts';
import { agent } from './checks/agent.ts';
import { choices } from './checks/choices.ts';
import { clock } from './checks/clock.ts';
import { config } from './checks/config.ts';
import { credential } from './checks/credential.ts';
import { environment } from './checks/environment.ts';
import { home } from './checks/home.ts';
import { identityProvider } from './checks/identity-provider.ts';
import { loopback } from './checks/loopback.ts';
import { mcp } from './checks/mcp.ts';
import { modelRoutes } from './checks/model-routes.ts';
import { network } from './checks/network.ts';
import { platform } from './checks/platform.ts';
import { runtime } from './checks/runtime.ts';
import { secretStore } from './checks/secret-store.ts';
import { tls } from './checks/tls.ts';

/** Every check, causes before effects: the first failure in this order explains the later ones. */
export const CHECKS: readonly Check[] = [
  runtime,
  home,
  config,
  environment,
  secretStore,
  network,
  tls,
  clock,
  platform,
  identityProvider,
  credential,
  account,
  choices,
  modelRoutes,
  loopback,
  agent,
  mcp,
];
