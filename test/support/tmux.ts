import { spawnSync } from 'node:child_process';
import type { Machine } from './program.ts';

/** A real terminal on a machine: a shell in tmux, used like a user would. */
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

  /** The process id of its shell. */
  get pid(): number {
    return Number(this.#tmux('display-message', '-p', '-t', 'main', '#{pane_pid}'));
  }

  get screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-200', '-t', 'main');
  }

  /** Records everything that programs send to the terminal from now on in a file. */
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

  /** Types without Enter: some programs take a line that arrives with its Enter for pasted text. */
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

  /** Hangs up, as when the window is closed. */
  hangUp(): void {
    this.#tmux('kill-pane', '-t', 'main');
  }

  close(): void {
    this.#tmux('kill-server');
  }
}
