// Writes docs/reference/commands.md from the program's own tables; with --check it only says whether it is current.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'docs', 'reference', 'commands.md');
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

/** Every error code of the source, with the names of the exits it ends with. */
function errorCodes() {
  const found = new Map();
  const add = (code, exits) => found.set(code, new Set([...(found.get(code) ?? []), ...exits]));
  const stringsIn = (node) => {
    const own = ts.isStringLiteral(node) ? [node.text] : [];
    ts.forEachChild(node, (child) => void own.push(...stringsIn(child)));
    return own;
  };
  const codesIn = (node) =>
    node === undefined ? [] : stringsIn(node).filter((text) => /^[A-Z]+(_[A-Z]+)*$/.test(text));
  const visit = (node) => {
    if (ts.isObjectLiteralExpression(node)) {
      const field = (name) => node.properties.find((entry) => entry.name?.getText() === name);
      const exit = field('exit');
      // A port that is taken (src/net/listen.ts) names none; an exit that is handed on says nothing here.
      const exits =
        exit === undefined ? ['failed'] : exit.initializer === undefined ? [] : stringsIn(exit.initializer);
      for (const code of codesIn(field('code')?.initializer)) add(code, exits);
    }
    if (ts.isCallExpression(node) && node.expression.getText() === 'usageError') {
      const [code = 'USAGE'] = codesIn(node.arguments[2]);
      add(code, ['usage']);
    }
    ts.forEachChild(node, visit);
  };
  for (const path of readdirSync(join(root, 'src'), { recursive: true }).filter((name) =>
    name.endsWith('.ts'),
  ))
    visit(
      ts.createSourceFile(path, readFileSync(join(root, 'src', path), 'utf8'), ts.ScriptTarget.Latest, true),
    );
  return found;
}

function page({ COMMANDS, GLOBAL_OPTIONS }, { VARIABLES }, { EXIT_CODES }) {
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
      `| \`${variable.name}\` | ${variable.meaning}${variable.sensitive ? ' (secret: never shown, never given to an agent)' : ''} | ${variable.default ?? ''} |`,
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
    '| exit | codes |',
    '|---|---|',
  );
  const codes = [...errorCodes()].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const { code: exit, name } of EXIT_CODES) {
    const own = codes.filter(([, exits]) => exits.has(name)).map(([code]) => `\`${code}\``);
    if (own.length > 0) lines.push(`| ${exit} | ${own.join(', ')} |`);
  }
  lines.push('');
  return lines.join('\n');
}

try {
  const spec = await load('src/commands/spec.ts');
  const table = await load('src/commands/table.ts');
  const text = page(
    { ...table, ...spec },
    await load('src/config/environment.ts'),
    await load('src/system/exit-codes.ts'),
  );
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('docs/reference/commands.md is out of date: run npm run docs');
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
