/** Chromium through its DevTools protocol: as much of it as a test of a page needs. */
import { chromiumArgs, removeSoon } from "./browser.ts";

interface Answer {
  id?: number;
  method?: string;
  result?: Record<string, unknown>;
  error?: { message: string };
  params?: { exceptionDetails?: { text: string; exception?: { description?: string } } };
}

const TIMEOUT = 30_000;

/** A page in a Chromium of its own. */
export class Page {
  /** What was thrown in the page and not caught there. */
  readonly errors: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting: Map<number, PromiseWithResolvers<Record<string, unknown>>> = new Map();
  #id = 0;

  private constructor(child: Deno.ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
  }

  /** Starts the browser and shows it `url`. */
  static async open(program: string, url: string): Promise<Page> {
    const profile = await Deno.makeTempDir({ prefix: "devtools-" });
    const child = new Deno.Command(program, {
      args: [...chromiumArgs(profile), "--remote-debugging-port=0", "--window-size=800,900", "about:blank"],
      env: { HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const socket = new WebSocket(await until(() => addressOf(profile)));
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const page = new Page(child, profile, socket);
    await page.send("Page.enable");
    await page.send("Runtime.enable");
    await page.send("Page.navigate", { url });
    await page.until("document.readyState === 'complete'");
    return page;
  }

  /** Calls a method of the protocol. */
  send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#id;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return answer.promise;
  }

  /** The value of an expression in the page. */
  async evaluate<R>(expression: string): Promise<R> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }) as { result: { value: R }; exceptionDetails?: { text: string } };
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${exceptionDetails.text}`);
    return result.value;
  }

  /** Resolves when an expression in the page is true. */
  async until(expression: string): Promise<void> {
    await until(async () => await this.evaluate<boolean>(expression) ? true : undefined);
  }

  /** Clicks the element with this id, as a mouse does. */
  async click(id: string): Promise<void> {
    const { x, y } = await this.evaluate<{ x: number; y: number }>(`(() => {
      const { x, y, width, height } = document.getElementById("${id}").getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    })()`);
    const where = { x, y, button: "left", clickCount: 1 };
    await this.send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
    await this.send("Input.dispatchMouseEvent", { type: "mousePressed", ...where });
    await this.send("Input.dispatchMouseEvent", { type: "mouseReleased", ...where });
  }

  /** Ends the browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    const isClosed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await isClosed;
    this.#child.kill();
    await this.#child.status;
    await removeSoon(this.#profile);
  }

  #hear({ id, method, result, error, params }: Answer): void {
    if (method === "Runtime.exceptionThrown") {
      const details = params!.exceptionDetails!;
      this.errors.push(details.exception?.description ?? details.text);
    }
    if (id === undefined) return;
    const answer = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    if (error === undefined) answer.resolve(result!);
    else answer.reject(new Error(error.message));
  }
}

/** Where the first page of the browser can be spoken to, once there is one. */
async function addressOf(profile: string): Promise<string | undefined> {
  try {
    const [port] = (await Deno.readTextFile(`${profile}/DevToolsActivePort`)).split("\n");
    const pages = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
    return pages.find(({ type }: { type: string }) => type === "page")?.webSocketDebuggerUrl;
  } catch {
    return undefined;
  }
}

/** What `fn` gives as soon as that is something. */
export async function until<R>(fn: () => Promise<R | undefined>): Promise<R> {
  const end = performance.now() + TIMEOUT;
  while (performance.now() < end) {
    const value = await fn();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`it was not there after ${TIMEOUT} ms`);
}
