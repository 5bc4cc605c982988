/** A server of `node:http`, which prints its port. */
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import { handle } from "./requests.ts";

const storage = new AsyncLocalStorage<number>();
let id = 0;

const server = createServer((_request, response) => {
  storage.run(++id, async () => {
    const answer = await handle(id, () => storage.getStore());
    response.end(JSON.stringify(answer));
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
