import { type Config, DEFAULT_PROFILE } from '../config/profile.ts';
import { requireName } from '../config/profiles.ts';
import type { KeyProvider } from '../config/providers.ts';
import { originOfProfile } from '../config/selection.ts';
import { option } from '../config/sign-in-again.ts';
import type { Context } from '../context.ts';
import type { Origin } from '../net/origin.ts';
import { SIGN_IN, usageError } from '../system/errors.ts';
import { withoutEnd } from '../system/trim-end.ts';

interface Place {
  readonly origin: Origin;
  readonly keyProvider?: KeyProvider | undefined;
}

/**
 * Chooses the profile for a sign-in without `--profile`. If the current profile is for another address, it is left alone, and
 * the sign-in uses the only profile for this address or creates a new one, whose name it asks for.
 *
 * @param first the profile that commands use by default.
 * @throws PROFILE_AMBIGUOUS (2) if several profiles are for the address and there is no terminal to ask on.
 */
export async function chooseProfile(
  context: Context,
  config: Config,
  first: string,
  place: Place,
): Promise<string> {
  const { origin } = place;
  const own = originOfProfile(config.profiles[first]);
  if (own === undefined || own === origin) return first;
  const others = Object.values(config.profiles)
    .filter((profile) => originOfProfile(profile) === origin)
    .map(({ name }) => name);
  const [only] = others;
  if (others.length > 1) return oneOf(context, others, origin);
  const name = only ?? (await newName(context, config, first, own, place));
  context.terminal.say(
    `Profile "${first}" is for ${own}, so this sign-in uses ${only === undefined ? 'the new ' : ''}profile "${name}".`,
  );
  return name;
}

async function oneOf({ terminal }: Context, names: readonly string[], origin: Origin): Promise<string> {
  if (!terminal.interactive) {
    throw usageError(
      `Several profiles use ${origin}: ${names.join(', ')}. Choose one with --profile.`,
      { fix: `${SIGN_IN}${option('profile', names[0])} --url ${origin}` },
      'PROFILE_AMBIGUOUS',
    );
  }
  const prompts = await terminal.prompts();
  return prompts.select({
    flag: '--profile',
    message: `Which profile for ${origin}?`,
    choices: names.map((name) => ({ value: name, name })),
  });
}

async function newName(
  { terminal }: Context,
  config: Config,
  first: string,
  own: Origin,
  { origin, keyProvider }: Place,
): Promise<string> {
  const preset = freeName(config, keyProvider?.name ?? hostName(origin));
  if (!terminal.interactive) return preset;
  const prompts = await terminal.prompts();
  const name = await prompts.input({
    flag: '--profile',
    message: `Profile "${first}" is for ${own}. Name for a new profile for ${origin}:`,
    default: preset,
    validate: (text) => !Object.hasOwn(config.profiles, text) || `Profile "${text}" already exists.`,
  });
  requireName(config, name);
  return name;
}

/** @returns a profile name made from the host and any non-default port: `codemie.example.com`, `localhost-8080`. */
function hostName(origin: Origin): string {
  const name = withoutEnd(new URL(origin).host.replace(/[^\w.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, ''), '-');
  return name.slice(0, 60) || DEFAULT_PROFILE;
}

function freeName(config: Config, wanted: string): string {
  let name = wanted;
  for (let count = 2; Object.hasOwn(config.profiles, name); count += 1) name = `${wanted}-${count}`;
  return name;
}
