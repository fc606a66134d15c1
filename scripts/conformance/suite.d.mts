export interface Suite {
  readonly node: string;
  readonly main: string;
}
export function installSuite(say?: (line: string) => void): Suite | { readonly reason: string };
export function requiredScenarios(suite: Suite, revision: string): readonly string[];
export function runScenario(
  suite: Suite,
  what: {
    readonly scenario: string;
    readonly revision: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<{ readonly isPassed: boolean; readonly report: string }>;
