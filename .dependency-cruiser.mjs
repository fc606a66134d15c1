import { floorRules } from './scripts/floors.mjs';

export default {
  forbidden: [
    ...floorRules(),
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'commands-alone',
      comment: 'commands never import each other; shared work moves down to a room',
      severity: 'error',
      from: { path: '^src/commands/([^/]+)/' },
      to: { path: '^src/commands/([^/]+)/', pathNot: '^src/commands/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
