/** What other parts may use of executors, and users may not. */
export { checkCloseOptions, Closing } from "./closing.ts";
export { Conditions } from "./conditions.ts";
export { checkName, checkTime } from "./options.ts";
