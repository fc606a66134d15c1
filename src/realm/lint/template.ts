import type { FileFinding } from '../../change/change.ts';
import { pythonDifferences } from '../render/python-differences.ts';

/** The one rule for templates. What they render to is checked as a realm file. */
export const TEMPLATE_RULE = {
  id: 'template-python',
  severity: 'warning',
  what: "In a `.j2` file: Python's Jinja2 renders this differently, without an error.",
  advice: 'As the finding says; the operator guide lists the differences.',
} as const;

/** @param name as the person gave it. */
export function lintTemplate(name: string, text: string): readonly FileFinding[] {
  return pythonDifferences(text).map(({ line, message, advice }) => ({
    rule: TEMPLATE_RULE.id,
    severity: TEMPLATE_RULE.severity,
    file: name,
    path: '',
    line,
    message: `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`,
    advice,
  }));
}
