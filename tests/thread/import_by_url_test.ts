/** Threads whose code, and whose jobs, come from a web server. */
import { assertEquals } from "@std/assert";
import { Web } from "../web.ts";

Deno.test("jobs run when everything is imported by URL, with an empty cache", async () => {
  await using web = new Web();
  const { stdout, stderr } = await web.run(`
    import { TaskHandle } from "${web.url("lib/thread/mod.ts")}";
    import { countPrimes } from "${web.url("examples/jobs.ts")}";
    console.log(await TaskHandle.spawn(countPrimes, [0, 1000]));
    console.log(TaskHandle.spawn(countPrimes, [0, 100]).wait());`);
  assertEquals({ stdout, stderr }, { stdout: "168\n25\n", stderr: "" });
});
