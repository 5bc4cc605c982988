/** What is printed, and on a terminal below it what is running. */
const encoder = new TextEncoder();
const ERASE = "\r\x1b[K";

export class Status implements Disposable {
  readonly #isShown = Deno.stdout.isTerminal();
  readonly #running = new Map<string, number>();
  readonly #timer = setInterval(() => this.#show(), 1000);

  begin(name: string): void {
    this.#running.set(name, performance.now());
    this.#show();
  }

  end(name: string, text: string): void {
    this.#running.delete(name);
    this.print(text);
    this.#show();
  }

  print(text: string): void {
    this.#erase();
    console.log(text);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#erase();
  }

  #show(): void {
    if (!this.#isShown) return;
    const now = performance.now();
    const running = Array.from(
      this.#running,
      ([name, start]) => `${name} ${Math.round((now - start) / 1000)} s`,
    );
    this.#write(`${ERASE}... ${running.join(", ")}`.slice(0, (Deno.consoleSize().columns || 80) - 1));
  }

  #erase(): void {
    if (this.#isShown) this.#write(ERASE);
  }

  #write(text: string): void {
    Deno.stdout.writeSync(encoder.encode(text));
  }
}
