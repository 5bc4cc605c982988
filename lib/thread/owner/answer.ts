/** What a job is answered that calls its owner. */
import { encode } from "../wire/codec.ts";
import { pack, type Parcel } from "../wire/copy.ts";
import type { Arrived, Loose } from "../wire/mailbox.ts";
import { ANSWER } from "../wire/messages.ts";

/** Calls `fn` with the arguments of a call; a letter with what it gives, or throws. */
export async function answer(
  id: number,
  args: Arrived,
  fn: (args: readonly unknown[]) => unknown,
): Promise<{ head: unknown[]; loose: Loose[] }> {
  let isOk = true;
  let parcel: Parcel;
  try {
    if ("error" in args) throw args.error;
    parcel = pack(await fn(args.value as unknown[]), []);
  } catch (error) {
    isOk = false;
    parcel = pack(encode(error), []);
  }
  const { value, isSafe } = parcel;
  return { head: [ANSWER, id, isOk, isSafe, isSafe ? value : undefined], loose: isSafe ? [] : [parcel] };
}
