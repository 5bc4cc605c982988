/** What other parts may use of time, and users may not. */
export { KnownDeadline, nearest } from "./current_deadline.ts";
