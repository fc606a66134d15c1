import type { Check } from './check.ts';
import { agent } from './checks/agent.ts';
import { clock } from './checks/clock.ts';
import { config } from './checks/config.ts';
import { credential } from './checks/credential.ts';
import { environment } from './checks/environment.ts';
import { loopback } from './checks/loopback.ts';
import { mcp } from './checks/mcp.ts';
import { network } from './checks/network.ts';
import { account, modelRoutes, platform } from './checks/platform.ts';
import { runtime } from './checks/runtime.ts';
import { secretStore } from './checks/secret-store.ts';
import { tls } from './checks/tls.ts';

/** Every check, causes before effects: the first failure in this order explains the later ones. */
export const CHECKS: readonly Check[] = [
  runtime,
  config,
  environment,
  secretStore,
  network,
  tls,
  clock,
  credential,
  platform,
  account,
  modelRoutes,
  loopback,
  agent,
  mcp,
];
