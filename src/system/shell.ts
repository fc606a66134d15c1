import type { Env } from './env.ts';

/** The shells that we write commands for; `posix` is sh, bash, zsh, and Git Bash on Windows. */
export type Shell = 'posix' | 'powershell' | 'cmd';

/**
 * The shell that somebody types commands into. cmd.exe has the machine's PSModulePath; only PowerShell adds the user's own
 * folder, which ends like this wherever the Documents folder is. One below Program Files is the machine's.
 */
export function shellOf(platform: NodeJS.Platform, env: Env): Shell {
  if (platform !== 'win32') return 'posix';
  if ((env['MSYSTEM'] ?? '') !== '' || /sh(?:\.exe)?$/i.test(env['SHELL'] ?? '')) return 'posix';
  const ofUser = /\\(?:Windows)?PowerShell\\Modules\\?$/i;
  const ofMachine = /^[a-z]:\\Program Files(?: \(x86\))?\\/i;
  const programs = `${env['ProgramFiles'] ?? 'C:\\Program Files'}\\`.toLowerCase();
  const modules = (env['PSModulePath'] ?? '').split(';');
  return modules.some(
    (folder) => ofUser.test(folder) && !ofMachine.test(folder) && !folder.toLowerCase().startsWith(programs),
  )
    ? 'powershell'
    : 'cmd';
}

/**
 * Rewrites the commands in a text for another shell. In the source, `fix:`, hints and examples are written for a POSIX
 * shell, and stay as they are there. Rewriting a text twice changes nothing.
 */
export function forShell(text: string, userShell: Shell): string {
  if (userShell === 'posix') return text;
  return REWRITES.reduce(
    (done, { from, ...to }) => done.replace(from, (...found) => to[userShell](found)),
    text,
  );
}

type Groups = readonly string[];
type Rewrite = Readonly<Record<Exclude<Shell, 'posix'>, (found: Groups) => string>> & {
  readonly from: RegExp;
};

const namesIn = (list = ''): readonly string[] => list.trim().split(/\s+/);

const REWRITES: readonly Rewrite[] = [
  {
    from: /\bunset ((?:[A-Z][A-Z0-9_]+|[a-z]+_[a-z_]+)(?: (?:[A-Z][A-Z0-9_]+|[a-z]+_[a-z_]+))*)(?![\w=-])/g,
    powershell: ([, list]) =>
      `Remove-Item ${namesIn(list)
        .map((name) => `Env:${name}`)
        .join(', ')}`,
    // A space before the & would become the value.
    cmd: ([, list]) =>
      namesIn(list)
        .map((name) => `set ${name}=`)
        .join('& '),
  },
  {
    from: /\bexport (\w+)=("[^"]*"|\S+)/g,
    powershell: ([, name, value = '']) => `$env:${name} = "${value.replaceAll('"', '')}"`,
    cmd: ([, name, value = '']) => `set ${name}=${value.replaceAll('"', '')}`,
  },
  {
    from: /(?<!\S)([A-Z]\w+)=(\w+) (codemie\b)/g,
    powershell: ([, name, value, program]) => `$env:${name} = "${value}"; ${program}`,
    cmd: ([, name, value, program]) => `set ${name}=${value}& ${program}`,
  },
  {
    from: /(?<=[Ss]tart with |[Aa]dd )<\/dev\/null/g,
    powershell: () => '--no-input',
    cmd: () => '--no-input',
  },
  { from: /\bCtrl-D\b/g, powershell: () => 'Ctrl-Z and Enter', cmd: () => 'Ctrl-Z and Enter' },
  {
    // PowerShell has no <.
    from: /\b(codemie[^\n<]*?) < ([\w.-]+)/g,
    powershell: ([, command, file]) => `Get-Content ${file} | ${command}`,
    cmd: ([whole = '']) => whole,
  },
  {
    from: /\b(codemie [^|\n]*?) \| jq (?:-r )?'?(\.[\w.[\]]+)'?/g,
    powershell: ([, command, path = '']) => `(${command} | ConvertFrom-Json)${path.replaceAll('[]', '')}`,
    cmd: ([whole = '']) => whole,
  },
  {
    from: /echo "(Authorization: Bearer )\$\((codemie token)\)" \| curl -H @-/g,
    powershell: ([, header, command]) => `"${header}$(${command})" | curl.exe -H "@-"`,
    cmd: ([, header, command]) => `for /f %t in ('${command}') do @echo ${header}%t| curl -H @-`,
  },
  {
    from: /echo "\$([A-Z]\w*)" \|/g,
    powershell: ([, name]) => `$env:${name} |`,
    cmd: ([, name]) => `echo %${name}%|`,
  },
  {
    from: /"\$([A-Z]\w*)"/g,
    powershell: ([, name]) => `$env:${name}`,
    cmd: ([, name]) => `%${name}%`,
  },
  {
    // Windows PowerShell 5.1 has no &&.
    from: / && (?=codemie)/g,
    powershell: () => '; ',
    cmd: () => ' && ',
  },
  {
    // PowerShell takes a bare -- for itself.
    from: /(?<=\bcodemie[^\n]*) -- /g,
    powershell: () => ' "--" ',
    cmd: () => ' -- ',
  },
  {
    // A word in single quotes, as `shellWord` writes it.
    from: /(?<=\bcodemie[^\n]* |\| jq (?:-r )?)(?:'[^'\n]*'(?:\\''[^'\n]*')*)(?=$|[\s.,;:)])/g,
    powershell: ([word = '']) => word.replaceAll("'\\''", "''"),
    cmd: ([word = '']) => `"${word.slice(1, -1).replaceAll("'\\''", "'").replaceAll('"', '\\"')}"`,
  },
  {
    // PowerShell makes a list of a,b and takes @ for itself.
    from: /(?<=\bcodemie[^\n']* )(?:@[^\s'"]+|(?!-)[\w@%+=:./-]+,[\w@%+=:,./-]+)(?=$|\s)/g,
    powershell: ([word]) => `'${word}'`,
    cmd: ([word = '']) => word,
  },
];
