/** The functions of an exported job, and the handles of it that C has. */
import type { Job, ThreadPool } from "../thread/mod.ts";
import type { ResultType } from "./c_result.ts";
import type { CData, CType } from "./c_type.ts";
import { FunctionTable } from "./function_table.ts";
import { JobFunctions } from "./job_functions.ts";

/** What such a table is told. */
export interface JobTableOptions {
  readonly name: string;
  readonly result: ResultType;
  readonly parameters?: readonly (CType | CData)[];
  readonly tag?: unknown;
  readonly pool?: ThreadPool;
}

/** What C is told of the functions of a job. */
const notes = (name: string): string => `
/* ${name}_poll, ${name}_wait and ${name}_wait_timeout give the result, or NULL and an error; or NULL and no error, while
   the job runs. ${name}_wait frees the handle, and so does ${name}_wait_timeout, unless the time is up before. Ctrl-C
   ends a wait on the thread of JavaScript, where somebody listens to it: with an error, and the handle stays.
   ${name}_on_finish calls back once, from the event loop of JavaScript: when the job has ended, its handle was
   destroyed, or its table closed. A result is freed with ${name}_result_destroy, and not with free(). */
`;

/** A table of a job's functions, and the handles that C has. */
export class JobTable extends FunctionTable {
  readonly #functions: JobFunctions;

  constructor(job: Job<unknown[], unknown>, options: JobTableOptions) {
    const functions = new JobFunctions(job, options);
    const { name } = options;
    const before = functions.results.definition + notes(name);
    super(name, functions.first(), { before, more: functions.more(), isWaiting: true });
    this.#functions = functions;
    functions.onPark = () => this.ref();
    functions.onUnpark = () => this.unref();
  }

  /** The jobs that C has forgotten are cancelled, and whoever in C waits for one is told. */
  override close(): void {
    super.close();
    this.#functions.clear();
  }

  /** What `JSON.stringify` makes of it: what that makes of a table, and how many jobs C has. */
  override toJSON(): object {
    return { ...super.toJSON(), jobs: this.#functions.size };
  }
}
