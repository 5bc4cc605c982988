/** A server of `Deno.serve`, which prints its port: `deno run server.ts`. With `OTEL_DENO`, who is who says the trace. */
import { AsyncLocalStorage } from "node:async_hooks";
import { handle } from "./requests.ts";

const storage = new AsyncLocalStorage<number>();
const isTraced = Deno.env.has("OTEL_DENO");
const { trace } = isTraced ? await import("@opentelemetry/api") : { trace: undefined };
let id = 0;

/** The store, and the trace that this is part of. */
function who(): string {
  const span = trace?.getActiveSpan()?.spanContext();
  return isTraced ? `${storage.getStore()} ${span?.traceId}` : `${storage.getStore()}`;
}

const onListen = ({ port }: { port: number }): void => console.log(port);

Deno.serve({ port: 0, hostname: "127.0.0.1", onListen }, async () => {
  const answer = await storage.run(++id, () => handle(id, who));
  const traced = trace === undefined || trace.getActiveSpan() !== undefined;
  return Response.json(traced ? answer : { looks: 0, wrong: ["there is no span"] });
});
