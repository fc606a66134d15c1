import { spawnSync } from 'node:child_process';
import type { Machine } from './program.ts';

/** A real terminal on a machine: a shell in tmux, typed into and read from as a person would. */
export class RealTerminal {
  readonly #machine: Pick<Machine, 'env' | 'work'>;
  readonly #socket = `codemie-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(machine: Pick<Machine, 'env' | 'work'>) {
    this.#machine = machine;
    this.#tmux('new-session', '-d', '-s', 'main', '-x', '110', '-y', '50', 'sh');
  }

  #tmux(...args: string[]): string {
    const result = spawnSync('tmux', ['-L', this.#socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      cwd: this.#machine.work,
      env: { ...this.#machine.env, TMUX: undefined } as NodeJS.ProcessEnv,
    });
    return result.stdout;
  }

  /** Of its shell. */
  get pid(): number {
    return Number(this.#tmux('display-message', '-p', '-t', 'main', '#{pane_pid}'));
  }

  get screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-200', '-t', 'main');
  }

  /** Writes everything programs send to the terminal from now on into a file. */
  record(path: string): void {
    this.#tmux('pipe-pane', '-t', 'main', `cat > '${path}'`);
  }

  /** The title of its window. */
  get title(): string {
    return this.#tmux('display-message', '-p', '-t', 'main', '#{pane_title}').trim();
  }

  /** Types a line and Enter. */
  type(text: string): void {
    this.write(text);
    this.press('Enter');
  }

  /** Types and leaves it there: some programs take a line that comes with its Enter for something pasted. */
  write(text: string): void {
    this.#tmux('send-keys', '-t', 'main', '-l', text);
  }

  /** A key by tmux's name: `C-c`, `Down`. */
  press(key: string): void {
    this.#tmux('send-keys', '-t', 'main', key);
  }

  async shows(text: string | RegExp, seconds = 30): Promise<string> {
    for (let i = 0; i < seconds * 10; i += 1) {
      const now = this.screen;
      if (typeof text === 'string' ? now.includes(text) : text.test(now)) return now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`never showed ${text}; the screen was:\n${this.screen}`);
  }

  /** As when the window is closed: the terminal hangs up. */
  hangUp(): void {
    this.#tmux('kill-pane', '-t', 'main');
  }

  close(): void {
    this.#tmux('kill-server');
  }
}
