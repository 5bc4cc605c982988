/** The sources on a web server, and programs that import them from there. */
import { type Result, runDeno, withFolder } from "./programs.ts";

const root = new URL("../", import.meta.url);

/** Serves the repository as it is. */
export class Web implements AsyncDisposable {
  /** The paths that were asked for. */
  readonly requested: string[] = [];
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    this.requested.push(pathname);
    const file = await Deno.readTextFile(new URL(`.${pathname}`, root));
    return new Response(file, { headers: { "content-type": "application/typescript" } });
  });

  /** The host and the port. */
  get origin(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Where a file of the repository is. */
  url(path: string): string {
    return new URL(path, `http://${this.origin}/`).href;
  }

  /** Runs a program with an empty cache, and no permission but to import from here. */
  run(source: string): Promise<Result> {
    return withFolder(async (cache) => {
      const file = `${cache}/main.js`;
      await Deno.writeTextFile(file, source);
      const flags = ["--quiet", "--no-prompt", "--no-config", "--no-lock", `--allow-import=${this.origin}`];
      return await runDeno(["run", ...flags, file], { cwd: cache, env: { DENO_DIR: cache } });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}
