/** Every export can be imported by URL: no import map, no permission, an empty cache. */
import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
const { exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))) as {
  exports: Record<string, string>;
};

/** What a program says that imports `urls`, run by a Deno that knows nothing. */
async function importing(origin: string, urls: string[]): Promise<string> {
  const cache = await Deno.makeTempDir();
  const code = [
    ...urls.map((url, index) => `import * as module${index} from "${url}";`),
    `console.log([${urls.map((_url, index) => `Object.keys(module${index}).length > 0`)}].join());`,
    `const [task, handle] = module0.spawn(async ({ tag }) => (await null, tag), (task) => void task.run(), "tag");`,
    `task.run();`,
    `console.log(await handle);`,
  ].join("\n");
  const file = `${cache}/main.js`;
  await Deno.writeTextFile(file, code);
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--no-lock", `--allow-import=${origin}`, file],
      env: { DENO_DIR: cache, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      cwd: cache,
    }).output();
    return new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test("every export can be imported from a web server", async () => {
  const requested: string[] = [];
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    requested.push(pathname);
    const file = await Deno.readTextFile(new URL(`.${pathname}`, root));
    return new Response(file, { headers: { "content-type": "application/typescript" } });
  });
  const origin = `127.0.0.1:${server.addr.port}`;
  const urls = Object.values(exports).map((path) => new URL(path, `http://${origin}/`).href);
  assertEquals(await importing(origin, urls), `${urls.map(() => true).join()}\ntag\n`);
  assertEquals(new Set(requested).size, requested.length);
});
