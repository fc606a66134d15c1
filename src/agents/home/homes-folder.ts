import { join } from 'node:path';
import type { Context } from '../../context.ts';

/** Where private homes stand (private-home.ts). An agent that needs none does without the code that makes them. */
export const homesOf = ({ home }: Pick<Context, 'home'>): string => join(home, 'agent-homes');
