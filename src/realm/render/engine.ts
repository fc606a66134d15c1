import { CodemieError, usageError } from '../../system/errors.ts';
import type { JsonObject } from '../model/values.ts';
import { guarded, MISSING_FILTER } from './guarded.ts';
import { pythonJson } from './python-json.ts';

/** A template with the name that errors give. */
export interface Template {
  readonly name: string;
  readonly text: string;
}

/** Renders templates; each call is on its own. */
export interface Engine {
  /** @throws REALM_TEMPLATE that names the template, the line, and a variable that is not defined. */
  render(template: Template, values: JsonObject): string;
}

/** By the ending of a name, minijinja decides whether to escape what is printed. This one has no ending. */
const NAME = 'template';

/** Loads minijinja, which takes 50 ms: only for commands that render. */
export async function loadEngine(): Promise<Engine> {
  const { Environment } = await import('minijinja-js');
  return {
    render: ({ name, text }, values) => {
      const environment = new Environment();
      // An error thrown in a filter would break minijinja.
      const missing: number[] = [];
      try {
        environment.keepTrailingNewline = true;
        environment.undefinedBehavior = 'strict';
        // Errors then say where in a line they are.
        environment.debug = true;
        environment.enablePyCompat();
        environment.addFilter('tojson', pythonJson);
        environment.addFilter(MISSING_FILTER, (use: number) => {
          missing.push(use);
          return '';
        });
        // Python reads the line ends of Windows as its own.
        const source = text.replace(/\r\n?/g, '\n');
        const rendered = environment.renderNamedStr(NAME, source, values);
        const guard = guarded(source);
        environment.renderNamedStr(NAME, guard.text, values);
        const first = guard.uses[missing[0] ?? -1];
        if (first === undefined) return rendered;
        throw undefinedVariable(name, first.line, first.name);
      } catch (error) {
        if (error instanceof CodemieError) throw error;
        throw templateError(name, String(error instanceof Error ? error.message : error));
      } finally {
        release(environment);
      }
    },
  };
}

/** After a breakdown inside, such as a text of gigabytes, it cannot be released; the breakdown is the error to report. */
function release(environment: { free(): void }): void {
  try {
    environment.free();
  } catch {
    // The memory goes with the program.
  }
}

/**
 * @param report what minijinja says: the reason with the line, and in debug mode that line with a mark below, after seven
 *   characters of its own.
 */
function templateError(name: string, report: string) {
  const [first = '', ...rest] = report.split('\n');
  const [, reason = first, line = '?'] = /^(.*) \(in template:(\d+)\)$/.exec(first) ?? [];
  const mark = rest.findIndex((text) => /^ {5}i +\^+/.test(text));
  const source = rest[mark - 1]?.slice(7) ?? '';
  const start = (rest[mark]?.indexOf('^') ?? 7) - 7;
  const length = /\^+/.exec(rest[mark] ?? '')?.[0].length ?? 0;
  const marked = mark < 1 ? '' : wholeName(source, start, start + length);
  if (reason === 'undefined value' && marked !== '') return undefinedVariable(name, line, marked);
  const at = marked === '' ? '' : ` at "${marked}"`;
  return usageError(`${name}, line ${line}: ${reason}${at}.`, undefined, 'REALM_TEMPLATE');
}

/** The mark may leave out the beginning of a name with points. */
export function wholeName(source: string, start: number, end: number): string {
  let from = Math.min(start, source.length);
  while (from > 0 && /[\w.[\]"']/.test(source.charAt(from - 1))) from -= 1;
  return source.slice(from, end);
}

/** The error for a name that neither the stage nor the template defines. */
export function undefinedVariable(name: string, line: number | string, variable: string) {
  return usageError(
    `${name}, line ${line}: ${variable} is not defined.`,
    { hint: 'Define it in the file of stages, or write its name as it is there.' },
    'REALM_TEMPLATE',
  );
}
