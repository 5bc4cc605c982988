/** 200 requests at once, of a client in another process: none of them sees another's store, or another's trace. */
import { assertEquals } from "@std/assert";
import { runDeno, withFolder } from "../programs.ts";
import { bundle } from "../tools/bundle.ts";
import { runtimes } from "../tools/runtimes.ts";

/** How often a request looks about. */
const LOOKS = 47;

/** Starts a server, and lets the client loose on it. */
async function serve(program: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  const options = { args, env: { NO_COLOR: "1", ...env }, stdin: "null", stdout: "piped" } as const;
  await using server = new Deno.Command(program, options).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = (await reader.read()).value!.trim();
  const client = new URL("client.ts", import.meta.url).href;
  const { stdout, stderr } = await runDeno(["run", "--no-lock", "--allow-net=127.0.0.1", client, port]);
  await reader.cancel();
  assertEquals(stderr, "");
  assertEquals(JSON.parse(stdout), { requests: 400, looks: 400 * LOOKS, wrong: 0, first: [] });
}

/** The arguments for a file beside this one. */
function denoRun(file: string): string[] {
  const flags = ["--no-lock", "--no-check", "--allow-net=127.0.0.1", "--allow-env"];
  const config = new URL("../../deno.json", import.meta.url).pathname;
  return ["run", `--config=${config}`, ...flags, new URL(file, import.meta.url).href];
}

Deno.test("requests of Deno.serve see their own store", () => serve(Deno.execPath(), denoRun("server.ts")));

Deno.test("requests of Deno.serve see their own trace", () =>
  serve(Deno.execPath(), denoRun("server.ts"), {
    OTEL_DENO: "true",
    OTEL_TRACES_EXPORTER: "none",
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
  }));

Deno.test("requests of node:http see their own store on Deno", () =>
  serve(Deno.execPath(), denoRun("node_server.ts")));

for (const { name, find } of runtimes.filter(({ name }) => /^(Node|Bun)/.test(name))) {
  const program = find();
  Deno.test({
    name: `requests of node:http see their own store on ${name}`,
    ignore: program === undefined,
    fn: () =>
      withFolder(async (folder) => {
        const code = `import "./tests/context/node_server.ts";`;
        await Deno.writeTextFile(`${folder}/server.mjs`, await bundle(code, ["--external:node:*"]));
        await serve(program!, [`${folder}/server.mjs`]);
      }),
  });
}
