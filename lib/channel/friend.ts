/** What other parts may use of channels, and users may not: channels whose halves are on two threads. */
export { type Link, ReceiverHalf, SenderHalf } from "./half.ts";
