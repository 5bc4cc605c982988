/** Threads whose code, and whose jobs, come from a web server. */
import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);

Deno.test("jobs run when everything is imported by URL, with an empty cache", async () => {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const file = await Deno.readTextFile(new URL(`.${new URL(request.url).pathname}`, root));
    return new Response(file, { headers: { "content-type": "application/typescript" } });
  });
  const origin = `127.0.0.1:${server.addr.port}`;
  const cache = await Deno.makeTempDir();
  const file = `${cache}/main.js`;
  await Deno.writeTextFile(
    file,
    `
    import { TaskHandle } from "http://${origin}/lib/thread/mod.ts";
    import { countPrimes } from "http://${origin}/examples/jobs.ts";
    console.log(await TaskHandle.spawn(countPrimes, [0, 1000]));
    console.log(TaskHandle.spawn(countPrimes, [0, 100]).wait());
  `,
  );
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--no-lock", `--allow-import=${origin}`, file],
      env: { DENO_DIR: cache, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      cwd: cache,
      signal: AbortSignal.timeout(30_000),
    }).output();
    const error = new TextDecoder().decode(stderr).replaceAll(/^Download .*\n/gm, "");
    assertEquals({ printed: new TextDecoder().decode(stdout), error }, { printed: "168\n25\n", error: "" });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
