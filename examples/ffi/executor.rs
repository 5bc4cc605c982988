//! `executor.c` in Rust: a queue of tasks that are written in TypeScript, and the loop that runs them.
//!
//!     rustc --edition 2021 -O --crate-type cdylib -o libexecutor.so examples/ffi/executor.rs
//!     deno run --allow-ffi examples/ffi/executor.ts ./libexecutor.so
//!
//! The structs are those of `async_task.h`, as far as they are needed: what comes later in them may be left out.
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// A task that is ready to run; used up by `run`, `run_batch` and `drop`.
type Task = u64;

/// How many tasks `run_batch` runs at most: `ASYNC_TASK_BATCH`.
const BATCH: usize = 256;

#[repr(C)]
#[derive(Clone, Copy)]
#[allow(dead_code)]
pub struct Table {
    run: extern "C" fn(Task) -> i32,
    schedule: extern "C" fn(Task) -> i32,
    drop: extern "C" fn(u64) -> i32,
    wake: extern "C" fn(u64) -> i32,
    tag: extern "C" fn(Task) -> i64,
    tag_utf8: extern "C" fn(Task, *mut u8, i32) -> i32,
    waker: extern "C" fn(Task) -> u64,
    batch: extern "C" fn() -> *mut Task,
    run_batch: extern "C" fn(u32) -> i32,
}

thread_local! {
    static TABLE: Cell<Option<Table>> = const { Cell::new(None) };
    static QUEUE: RefCell<VecDeque<Task>> = const { RefCell::new(VecDeque::new()) };
}

/// Takes the functions, or, given null, forgets them.
///
/// # Safety
/// `table` is null, or what `TaskTable.pointers` is.
#[no_mangle]
pub unsafe extern "C" fn async_task_load(table: *const Table) {
    TABLE.set(table.as_ref().copied());
}

/// Queues a task. Tasks call it as well, when they are woken while they run.
#[no_mangle]
pub extern "C" fn executor_push(task: Task) -> i32 {
    QUEUE.with_borrow_mut(|queue| queue.push_back(task));
    0
}

/// Runs `limit` tasks at most, some hundred at a time. Returns how many are left.
#[no_mangle]
pub extern "C" fn executor_run_batched(limit: u32) -> u32 {
    let left = || QUEUE.with_borrow(|queue| queue.len());
    let Some(table) = TABLE.get() else { return left() as u32 };
    let mut limit = limit as usize;
    while limit > 0 && left() > 0 {
        let size = left().min(limit).min(BATCH);
        // The queue is nobody's while the tasks run, as they push.
        let tasks: Vec<Task> = QUEUE.with_borrow_mut(|queue| queue.drain(..size).collect());
        unsafe { (table.batch)().copy_from_nonoverlapping(tasks.as_ptr(), size) };
        (table.run_batch)(size as u32);
        limit -= size;
    }
    left() as u32
}

/// Drops all tasks.
#[no_mangle]
pub extern "C" fn executor_clear() {
    let Some(table) = TABLE.get() else { return };
    for task in QUEUE.take() {
        (table.drop)(task);
    }
}
