/** The floors of the house: imports only go down. One row per room that may not see another. */
const floors = [
  ['system'],
  ['net', 'terminal'],
  ['context.ts'],
  ['config', 'audit'],
  ['credentials'],
  ['sign-in', 'codemie'],
  ['gateway', 'setup', 'doctor', 'mcp', 'platform', 'realm', 'sandbox'],
  ['agents'],
  ['commands'],
  ['main.ts'],
];
const pattern = (rooms) => `^src/(${rooms.map((room) => room.replace('.', '\\.')).join('|')})(/|$)`;
/** Rooms of one floor that may see each other: sign-in asks the platform's client who signed in; setup ends with a check. */
const allowed = [
  ['sign-in', 'codemie'],
  ['doctor', 'agents'],
];

const rules = [];
floors.forEach((rooms, floor) => {
  for (const room of rooms) {
    const above = floors.slice(floor + 1).flat();
    const beside = rooms.filter((other) => other !== room);
    const forbidden = [...above, ...beside].filter(
      (other) => !allowed.some(([from, to]) => from === room && to === other),
    );
    if (forbidden.length > 0) {
      rules.push({
        name: `${room}-looks-up`,
        severity: 'error',
        from: { path: pattern([room]) },
        to: { path: pattern(forbidden) },
      });
    }
  }
});

module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
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
