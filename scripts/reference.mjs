// Writes docs/reference/commands.md and realm-rules.md from the program's own tables; with --check it only checks whether
// the files are current.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs', 'reference');
const scratch = join(root, 'node_modules', '.cache', `reference-${process.pid}`);

async function load(path) {
  const bundle = await rolldown({
    cwd: root,
    input: path,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith(root),
  });
  mkdirSync(scratch, { recursive: true });
  const file = join(scratch, `${path.replaceAll('/', '-')}.mjs`);
  await bundle.write({ file, format: 'esm', codeSplitting: false });
  await bundle.close();
  return import(pathToFileURL(file).href);
}

function page({ COMMANDS, GLOBAL_OPTIONS }, { VARIABLES }, { EXIT_CODES }, { ERROR_CODES }) {
  const lines = [
    '# Reference',
    '',
    'Generated from the program by `npm run docs`; do not edit.',
    '',
    '- [Commands](#commands)',
    '- [Environment variables](#environment-variables)',
    '- [Exit codes](#exit-codes)',
    '- [Error codes](#error-codes)',
    '- JSON shapes: [schemas/](schemas/)',
    '- [Rules of `codemie realm lint`](realm-rules.md)',
    '- [Rules of `codemie platform check`](platform-rules.md)',
    '',
    '## Commands',
    '',
    `Every command also takes ${GLOBAL_OPTIONS.map((option) => `\`--${option.name}\``).join(', ')}.`,
  ];
  for (const spec of COMMANDS) {
    const args = (spec.args ?? []).map((arg) =>
      arg.optional ? `[${arg.name}${arg.variadic ? '…' : ''}]` : `<${arg.name}>`,
    );
    lines.push(
      '',
      `### codemie ${[...spec.path, ...args].join(' ')}`,
      '',
      spec.description ?? `${spec.summary[0].toUpperCase()}${spec.summary.slice(1)}.`,
    );
    if (spec.options.length > 0) lines.push('', '| flag | meaning | default |', '|---|---|---|');
    for (const option of spec.options) {
      const flag = `${option.short ? `-${option.short}, ` : ''}--${option.name}${option.value ? ` <${option.value}>` : ''}`;
      const choices = option.choices ? ` (${option.choices.join(', ')})` : '';
      lines.push(`| \`${flag}\` | ${option.summary}${choices} | ${option.default ?? ''} |`);
    }
    lines.push('', '```sh');
    for (const example of spec.examples) lines.push(`${example.command}    # ${example.does}`);
    lines.push('```');
  }
  lines.push('', '## Environment variables', '', '| variable | meaning | default |', '|---|---|---|');
  for (const variable of VARIABLES) {
    lines.push(
      `| \`${variable.name}\` | ${variable.meaning}${variable.secret ? ' (secret: never shown, never given to an agent)' : ''} | ${variable.default ?? ''} |`,
    );
  }
  lines.push('', '## Exit codes', '', '| code | meaning |', '|---|---|');
  for (const row of EXIT_CODES) lines.push(`| ${row.code} | ${row.meaning} |`);
  lines.push(
    '',
    'A launched agent’s own exit code passes through unchanged; a death by signal is 128 + its number.',
    '',
    '## Error codes',
    '',
    'In brackets behind an error’s sentence, and as `error.code` with `--json`. They stay; sentences may change.',
    '',
    '| code | exit | meaning |',
    '|---|---|---|',
  );
  const exits = new Map(EXIT_CODES.map(({ name, code }) => [name, code]));
  for (const [code, { exit, meaning }] of Object.entries(ERROR_CODES).sort(([a], [b]) => (a < b ? -1 : 1)))
    lines.push(`| \`${code}\` | ${exits.get(exit)} | ${meaning} |`);
  lines.push('');
  return lines.join('\n');
}

function rulesPage(command, about, rules) {
  const cell = (text) => text.replaceAll('|', '\\|');
  return [
    `# Rules of \`${command}\``,
    '',
    'Generated from the program by `npm run docs`; do not edit.',
    '',
    ...about,
    '',
    '| rule | severity | what goes wrong | what to do |',
    '|---|---|---|---|',
    ...rules.map(
      ({ id, severity, what, advice }) => `| \`${id}\` | ${severity} | ${cell(what)} | ${cell(advice)} |`,
    ),
    '',
  ].join('\n');
}

try {
  const spec = await load('src/commands/spec.ts');
  const table = await load('src/commands/table.ts');
  const { RULES } = await load('src/realm/lint/rules.ts');
  const { TEMPLATE_RULE } = await load('src/realm/lint/template.ts');
  const platform = await load('src/platform/check/rules.ts');
  const { SUPPRESSION_RULE } = await load('src/platform/check/suppress.ts');
  const pages = {
    'commands.md': page(
      { ...table, ...spec },
      await load('src/config/meanings.ts'),
      await load('src/system/exit-codes.ts'),
      await load('src/system/error-codes.ts'),
    ),
    'realm-rules.md': rulesPage(
      'codemie realm lint',
      [
        'An error is what Keycloak refuses, or accepts although something will not work. A warning is worth a look.',
      ],
      [...RULES, TEMPLATE_RULE],
    ),
    'platform-rules.md': rulesPage(
      'codemie platform check',
      [
        'An error keeps the platform from starting, or makes it do something else than the file says. A warning is worth a look.',
        '',
        'To ignore a finding, write a comment on its line or directly above it, with the rule and a reason. A date is optional; the',
        'comment counts until the end of that month or day. In a list of variables, it may stand above the entry.',
        '',
        '```yaml',
        '# codemie: ignore defaults-dropped until 2027-01 because we run on AWS alone',
        'extraEnv:',
        '  - name: IDP_PROVIDER',
        '    value: keycloak',
        '```',
      ],
      [...platform.RULES, SUPPRESSION_RULE],
    ),
  };
  for (const [name, text] of Object.entries(pages)) {
    const target = join(folder, name);
    if (!process.argv.includes('--check')) writeFileSync(target, text);
    else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
      console.error(`docs/reference/${name} is out of date: run npm run docs`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
