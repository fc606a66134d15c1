/**
 * The floors of the house, lowest first: a room imports only from floors below its own, and rooms on one floor do not import
 * each other. CONTRIBUTING.md shows the same list.
 */
const floors = [
  ['system'],
  ['net', 'terminal'],
  ['context.ts'],
  ['config', 'audit'],
  ['secrets'],
  ['credentials', 'sandbox'],
  ['platform-api'],
  ['sign-in', 'gateway', 'agents'],
  ['setup', 'doctor'],
  ['commands'],
  ['main.ts'],
];
const pattern = (rooms) => `^src/(${rooms.map((room) => room.replace('.', '\\.')).join('|')})(/|$)`;

const rules = floors.flatMap((rooms, floor) =>
  rooms.flatMap((room) => {
    const forbidden = [...floors.slice(floor + 1).flat(), ...rooms.filter((other) => other !== room)];
    if (forbidden.length === 0) return [];
    const name = `${room.replace('.ts', '')}-looks-up`;
    return [{ name, severity: 'error', from: { path: pattern([room]) }, to: { path: pattern(forbidden) } }];
  }),
);

module.exports = {
  forbidden: [
    ...rules,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'commands-alone',
      comment: 'commands never import each other; shared work sinks to a room below',
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
