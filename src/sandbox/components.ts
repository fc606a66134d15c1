import type { Mode } from './api/mode.ts';

interface Component {
  readonly id: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Entries of `GET /v1/config`, besides those that depend on the platform's setup. */
const SHOWN: readonly (readonly [string, string?])[] = [
  ['youtubeChannel', 'Videos'],
  ['userGuide', 'Documentation'],
  ['userGuideOld', 'Older documentation'],
  ['learningCourses', 'Courses'],
  ['adminActions'],
  ['customerSupport', 'Support'],
  ['mcpConnect'],
  ['skills', 'Skills'],
  ['likeForm'],
  ['defaultConversationAssistant'],
  ['workflowDocumentation', 'Documentation'],
  ['googleDocsDocumentation', 'Documentation'],
  ['workflowYamlDocumentation', 'Documentation'],
  ['applications:sandbox-notes', 'Sandbox notes'],
  ['applications:sandbox-board', 'Sandbox board'],
  ['aiAdoption', 'Adoption'],
  ['aiChampionsLeaderboard', 'Leaderboard'],
  ['features:webSearch', 'Web Search'],
  ['features:dynamicCodeInterpreter', 'Code Interpreter'],
  ['features:generatedAssistantIcons', 'Generated icons'],
  ['features:userAbilityToCreateProject'],
  ['features:providersDatasourceImport', 'Import of data sources'],
  ['features:costCenters'],
  ['features:favorites', 'Favorites'],
  ['features:pinnedAssistants', 'Pinned assistants'],
  ['features:favoritesPage', 'Page of favorites'],
  ['features:requestHedging'],
  ['features:workflowAI', 'Workflow generator'],
  ['features:interactiveElements'],
  ['features:personalLiteLLMIntegrations', 'Personal integrations'],
  ['features:budgetManagement', 'Budget Management'],
  ['mcpAuthTimeoutSeconds'],
];

/** The body of `GET /v1/config`. It omits disabled entries. */
export function components(mode: Mode, origin: string): readonly Component[] {
  const shown = SHOWN.map(([id, name]) =>
    name === undefined ? entry(id) : entry(id, { name, description: `${name} of the sandbox` }),
  );
  return [
    ...shown,
    ...(mode.idp === 'local' ? [] : [entry('features:enterpriseEdition')]),
    ...(mode.userManagement ? [entry('features:userManagement')] : []),
    entry('idpProvider', { value: mode.idp }),
    entry('mcpAuthOrigin', { value: origin }),
  ];
}

function entry(id: string, settings: Readonly<Record<string, unknown>> = {}): Component {
  return { id, settings: { enabled: true, availableForExternal: true, ...settings } };
}
