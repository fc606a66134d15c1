import type { Profile } from './profile.ts';

/** The wire formats that agents and providers use. */
export type Dialect = 'anthropic' | 'openai' | 'gemini';

/** A model provider with an API key, as opposed to a CodeMie platform. */
export interface KeyProvider {
  readonly name: string;
  readonly title: string;
  /** The base URL of its API; the user gives it for providers without a fixed one. */
  readonly baseUrl?: string;
  readonly dialects: readonly Dialect[];
  /** The header for its key. */
  readonly keyHeader: 'authorization' | 'x-api-key';
}

export const KEY_PROVIDERS: readonly KeyProvider[] = [
  {
    name: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    dialects: ['openai'],
    keyHeader: 'authorization',
  },
  {
    name: 'anthropic',
    title: 'Anthropic',
    baseUrl: 'https://api.anthropic.com',
    dialects: ['anthropic'],
    keyHeader: 'x-api-key',
  },
  {
    name: 'litellm',
    title: 'LiteLLM',
    dialects: ['openai', 'anthropic', 'gemini'],
    keyHeader: 'authorization',
  },
  {
    name: 'openai-compatible',
    title: 'an OpenAI-compatible provider',
    dialects: ['openai'],
    keyHeader: 'authorization',
  },
  {
    name: 'anthropic-compatible',
    title: 'an Anthropic-compatible provider',
    dialects: ['anthropic'],
    keyHeader: 'x-api-key',
  },
];

/** Providers that the existing CLI knows and we do not support. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  bedrock: 'Amazon Bedrock',
  ollama: 'Ollama',
  azure: 'Azure OpenAI',
  'azure-openai': 'Azure OpenAI',
  gemini: 'Google Gemini',
  vertex: 'Google Vertex AI',
  'anthropic-subscription': 'an Anthropic subscription',
};

/** The provider names of a CodeMie platform in profiles. */
export const PLATFORM_PROVIDERS: readonly string[] = ['ai-run-sso', 'bearer-auth'];

/**
 * @returns the title of a profile's provider if we do not support it. A profile with a platform's URL belongs to that
 * platform.
 */
export function unsupportedProviderOf(profile: Profile | undefined): string | undefined {
  const name = profile?.provider;
  if (!name || profile?.codeMieUrl || PLATFORM_PROVIDERS.includes(name) || keyProvider(name) !== undefined)
    return undefined;
  return Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : `the provider "${name.slice(0, 60)}"`;
}

/** @returns the key provider with this name; undefined for a CodeMie platform and for unknown names. */
export function keyProvider(name: string | undefined): KeyProvider | undefined {
  return KEY_PROVIDERS.find((provider) => provider.name === name);
}

/** @returns the key provider of a profile; undefined if the profile is for a CodeMie platform. */
export function keyProviderOf(profile: Profile | undefined): KeyProvider | undefined {
  if (profile?.authMethod === 'sso' || profile?.authMethod === 'jwt') return undefined;
  return keyProvider(profile?.provider);
}
