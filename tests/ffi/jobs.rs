//! A library in Rust that knows the table of a job by its first part, as it is documented, and nothing of headers.
use std::os::raw::c_int;

#[repr(C)]
pub struct Stats {
    mean: f64,
    count: u32,
    is_negative: bool,
    total: i64,
}

#[repr(C)]
#[allow(dead_code)]
pub struct Errors {
    last_error_length: extern "C" fn() -> c_int,
    last_error_length_utf16: extern "C" fn() -> c_int,
    error_message_utf8: extern "C" fn(*mut u8, c_int) -> c_int,
    error_message_utf16: extern "C" fn(*mut u16, c_int) -> c_int,
    clear_last_error: extern "C" fn(),
}

#[repr(C)]
#[allow(dead_code)]
pub struct Table {
    spawn: extern "C" fn(f64, f64) -> u64,
    poll: extern "C" fn(u64) -> *mut Stats,
    wait: extern "C" fn(u64) -> *mut Stats,
    cancel: extern "C" fn(u64),
    cancelled: extern "C" fn(u64) -> c_int,
    handle_destroy: extern "C" fn(u64),
    result_destroy: extern "C" fn(*mut Stats),
    errors: Errors,
}

impl Errors {
    fn take(&self) -> Option<String> {
        let length = (self.last_error_length)();
        let mut bytes = vec![0; length as usize];
        if (self.error_message_utf8)(bytes.as_mut_ptr(), length) != length || bytes.pop() != Some(0) {
            return None;
        }
        (self.clear_last_error)();
        String::from_utf8(bytes).ok()
    }
}

/// Runs `count` jobs at a time. Every fifth of them fails. Returns how many went as they should.
///
/// # Safety
/// `table` is what the `pointers` of the job's table are.
#[no_mangle]
pub unsafe extern "C" fn run_jobs(table: *const Table, count: u32) -> u32 {
    let table = &*table;
    let handles: Vec<u64> = (0..count).map(|i| (table.spawn)(i as f64, (i % 5) as f64)).collect();
    let mut right = 0;
    for (i, handle) in (0..count).zip(handles) {
        let result = (table.wait)(handle);
        right += match (result.as_ref(), i % 5) {
            (None, 0) => u32::from(table.errors.take().as_deref() == Some("größer als 0 🦕: b war null")),
            (Some(stats), b) if b > 0 => {
                let sum = i as i64 + b as i64;
                u32::from(
                    stats.mean == sum as f64 / 2.0
                        && stats.count == 2
                        && !stats.is_negative
                        && stats.total == sum
                        && (table.errors.last_error_length)() == 0,
                )
            }
            _ => 0,
        };
        (table.result_destroy)(result);
    }
    right
}
