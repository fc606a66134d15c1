import { join } from 'node:path';
import type { Context } from '../../context.ts';

/**
 * Where private homes are created (private-home.ts). A file of its own, so that agents without a home do not load the
 * rest.
 */
export const homesOf = ({ home }: Pick<Context, 'home'>): string => join(home, 'agent-homes');
