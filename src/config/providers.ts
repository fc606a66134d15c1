import type { Profile } from './profile.ts';

/** The wire formats agents and providers speak. */
export type Dialect = 'anthropic' | 'openai' | 'gemini';

/** A provider of models that is spoken to with an API key and is no CodeMie platform. */
export interface KeyProvider {
  readonly name: string;
  readonly title: string;
  /** Where its API begins; a person names it for those that have no one address. */
  readonly baseUrl?: string;
  readonly dialects: readonly Dialect[];
  /** The header its keys travel in. */
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

/** Providers that the existing CLI knows and we do not speak to. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  bedrock: 'Amazon Bedrock',
  ollama: 'Ollama',
  azure: 'Azure OpenAI',
  'azure-openai': 'Azure OpenAI',
  gemini: 'Google Gemini',
  vertex: 'Google Vertex AI',
  'anthropic-subscription': 'a subscription of Anthropic',
};

/** What profiles call a CodeMie platform. */
export const PLATFORM_PROVIDERS: readonly string[] = ['ai-run-sso', 'bearer-auth'];

/** @returns the title of a profile's provider when it is one we cannot speak to; one that names a platform is of that platform. */
export function unsupportedProviderOf(profile: Profile | undefined): string | undefined {
  const name = profile?.provider;
  if (!name || profile?.codeMieUrl || PLATFORM_PROVIDERS.includes(name) || keyProvider(name) !== undefined)
    return undefined;
  return Object.hasOwn(UNSUPPORTED, name) ? UNSUPPORTED[name] : `the provider "${name.slice(0, 60)}"`;
}

/** @returns the key provider of a name, or undefined for a CodeMie platform and for names we do not know. */
export function keyProvider(name: string | undefined): KeyProvider | undefined {
  return KEY_PROVIDERS.find((provider) => provider.name === name);
}

/** @returns the key provider a profile is for, or undefined when it is for a CodeMie platform. */
export function keyProviderOf(profile: Profile | undefined): KeyProvider | undefined {
  if (profile?.authMethod === 'sso' || profile?.authMethod === 'jwt') return undefined;
  return keyProvider(profile?.provider);
}
