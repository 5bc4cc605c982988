/** The soak of threads, for a moment; `deno task soak` takes its time, on all runtimes. */
import { assertEquals } from "@std/assert";
import { soak } from "./soaking.ts";

Deno.test({
  name: "random jobs, cancels, terminations, channels and values all settle, and leave nothing",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const { problems } = await soak(2_000, Number(Deno.env.get("SEED") ?? 1));
    assertEquals(problems.filter((problem) => !problem.startsWith("memory")), []);
  },
});
