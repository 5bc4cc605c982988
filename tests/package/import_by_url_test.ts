/** Every export can be imported by URL: no import map, no permission, an empty cache. */
import { assertEquals } from "@std/assert";
import { Web } from "../web.ts";

const { exports } = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url))) as {
  exports: Record<string, string>;
};

Deno.test("every export can be imported from a web server", async () => {
  await using web = new Web();
  const urls = Object.values(exports).map((path) => web.url(path));
  const { stdout, stderr } = await web.run([
    ...urls.map((url, index) => `import * as module${index} from "${url}";`),
    `console.log([${urls.map((_url, index) => `Object.keys(module${index}).length > 0`)}].join());`,
    `const [task, handle] = module0.spawn(async ({ tag }) => (await null, tag), (task) => void task.run(), "tag");`,
    `task.run();`,
    `console.log(await handle);`,
  ].join("\n"));
  assertEquals(stdout || stderr, `${urls.map(() => true).join()}\ntag\n`);
  assertEquals(new Set(web.requested).size, web.requested.length);
});
