import type { Account } from './account.ts';

/** What decides which models a person may use. */
export type ModelUser = Pick<Account, 'roles'>;

/** One model in `GET /v1/llm_models`, and the roles that may use it. */
interface SandboxModel {
  readonly name: string;
  readonly deployment: string;
  readonly label: string;
  readonly provider: string;
  /** Categories for which it is the default. */
  readonly defaultFor: readonly string[];
  readonly roles: readonly string[];
}

const ALL_ROLES = ['developer', 'researcher'];
const RESEARCH = ['researcher'];

/** Names, order and default match a fresh installation: neither the default nor the first model is a Claude. */
const MODELS: readonly SandboxModel[] = [
  azure('gpt-4.1', '2025-04-14', 'GPT-4.1', ALL_ROLES, ['global']),
  azure('gpt-4.1-mini', '2025-04-14', 'GPT-4.1 mini', ALL_ROLES),
  azure('gpt-5-2025-08-07', '', 'GPT-5', ALL_ROLES),
  azure('gpt-5-mini-2025-08-07', '', 'GPT-5 mini', ALL_ROLES),
  azure('gpt-5-nano-2025-08-07', '', 'GPT-5 nano', ALL_ROLES),
  azure('o3-mini', '2025-01-31', 'o3 mini', RESEARCH),
  azure('o1', '2024-12-17', 'o1', RESEARCH),
  azure('o3-2025-04-16', '', 'o3', RESEARCH),
  azure('o4-mini-2025-04-16', '', 'o4-mini', RESEARCH),
  bedrock('claude-4-5-haiku', 'claude-haiku-4-5-20251001-v1:0', 'Claude 4.5 Haiku', ALL_ROLES),
  bedrock('claude-4-5-sonnet', 'claude-sonnet-4-5-20250929-v1:0', 'Claude 4.5 Sonnet', ALL_ROLES),
  bedrock('claude-sonnet-4-6', 'claude-sonnet-4-6', 'Claude Sonnet 4.6', ALL_ROLES, ['code']),
  bedrock('claude-opus-4-5-20251101', 'claude-opus-4-5-20251101-v1:0', 'Claude Opus 4.5', RESEARCH),
  bedrock('claude-opus-4-6-20260205', 'claude-opus-4-6-v1', 'Claude Opus 4.6', RESEARCH),
  vertex('gemini-3-flash', '-preview', 'Gemini 3 Flash', ALL_ROLES),
  vertex('gemini-3.1-pro', '-preview', 'Gemini 3.1 Pro', RESEARCH),
  vertex('gemini-3.1-flash-image', '', 'Gemini 3.1 Flash Image', RESEARCH),
  azure('deepseek-r1', '', 'DeepSeek R1', RESEARCH),
];

/** Models of `/v1/embeddings`; the list of chat models does not include them. */
const EMBEDDINGS: readonly string[] = ['ada-002', 'gecko', 'titan'];

function azure(
  name: string,
  date: string,
  label: string,
  roles: readonly string[],
  defaultFor: readonly string[] = [],
): SandboxModel {
  const deployment = `codemie-${name}${date === '' ? '' : `-${date}`}`;
  return { name, deployment, label, provider: 'azure_openai', defaultFor, roles };
}

function bedrock(
  name: string,
  deployed: string,
  label: string,
  roles: readonly string[],
  defaultFor: readonly string[] = [],
): SandboxModel {
  return { name, deployment: `us.anthropic.${deployed}`, label, provider: 'aws_bedrock', defaultFor, roles };
}

function vertex(name: string, suffix: string, label: string, roles: readonly string[]): SandboxModel {
  return { name, deployment: `${name}${suffix}`, label, provider: 'google_vertexai', defaultFor: [], roles };
}

/** @returns the names of the models that the user's roles allow. */
export function modelNames(user: ModelUser): readonly string[] {
  return modelsOf(user).map(({ name }) => name);
}

/** @returns whether the user may call a model, given its name or its deployment's name. */
export function mayUse(user: ModelUser, name: string): boolean {
  if (EMBEDDINGS.includes(name)) return user.roles.length > 0;
  return modelsOf(user).some((model) => name === model.name || name === model.deployment);
}

/** The body of `GET /v1/llm_models`; `include_all` does not change it. */
export function modelList(user: ModelUser): readonly Record<string, unknown>[] {
  return modelsOf(user).map((model) => ({
    base_name: model.name,
    deployment_name: model.deployment,
    label: model.label,
    multimodal: true,
    enabled: true,
    supports_image_generation: model.name.endsWith('-image'),
    provider: model.provider,
    default: model.defaultFor.includes('global'),
    default_for_categories: model.defaultFor,
    cost: { input: 2e-6, output: 8e-6, cache_read_input_token_cost: 5e-7 },
    max_output_tokens: 32_768,
    features: {
      streaming: true,
      tools: true,
      temperature: true,
      parallel_tool_calls: false,
      system_prompt: true,
      max_tokens: false,
      top_p: true,
    },
    forbidden_for_web: false,
  }));
}

function modelsOf(user: ModelUser): readonly SandboxModel[] {
  return MODELS.filter((model) => model.roles.some((role) => user.roles.includes(role)));
}
