/** The clock of workerd, where a native timer is lost with the request that has set it. */
import { assertEquals } from "@std/assert";
import { bundle } from "../tools/bundle.ts";
import { runtimes } from "../tools/runtimes.ts";

const workerd = runtimes.find(({ name }) => name === "workerd")!;

/** Requests that sleep for as many ms as their path says, and how their sleeps went. */
const CODE = `
  import { runCases } from "./tests/everywhere/cases.ts";
  import { equal } from "./tests/everywhere/assert.ts";
  import { sleep, systemClock } from "./lib/time/mod.ts";

  export async function fetch(request) {
    const ms = Number(new URL(request.url).pathname.slice(1));
    const late = new Promise((resolve) => setTimeout(resolve, 1_000, "late"));
    return new Response(await Promise.race([sleep(ms).then(() => "in time"), late]));
  }

  export const run = (self) => {
    const request = async (ms) => await (await self.fetch("http://localhost/" + ms)).text();
    return runCases({ requests: {
      "sleep beside each other": async () => {
        equal(await Promise.all([50, 20, 200, 200].map(request)), ["in time", "in time", "in time", "in time"]);
      },
      "sleep after each other": async () => {
        equal([await request(10), await request(10), systemClock.size], ["in time", "in time", 0]);
      },
    } });
  };`;

Deno.test({
  name: "sleeps of several requests all end",
  ignore: workerd.find() === undefined,
  fn: async () => {
    const report = await workerd.run(await workerd.install(), { "bundle.js": await bundle(CODE) });
    assertEquals(report, { passed: 2, failed: [], skipped: {} });
  },
});
