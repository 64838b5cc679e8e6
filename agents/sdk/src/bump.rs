//! The allocator of every agent: memory is handed out upwards and never taken back. An instance lives for one turn, so
//! what it frees it would never use again; and the initial memory is used before any is grown, which keeps the host
//! from changing page protections on each turn.

#![allow(unsafe_code)]

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32,
    cell::Cell,
    ptr,
};

/// WebAssembly counts memory in pages of this size.
const PAGE_BYTES: usize = 64 * 1024;

unsafe extern "C" {
    /// Where the linker's own data ends. Only its address means anything.
    static __heap_base: u8;
}

struct Bump {
    /// First free byte; 0 before the first allocation.
    next: Cell<usize>,
    /// First byte behind the memory that exists.
    end: Cell<usize>,
}

// SAFETY: the target has one thread.
unsafe impl Sync for Bump {}

#[global_allocator]
static BUMP: Bump = Bump { next: Cell::new(0), end: Cell::new(0) };

impl Bump {
    /// `size` bytes from a multiple of `align` on, or null if memory cannot grow that far.
    fn take(&self, size: usize, align: usize) -> *mut u8 {
        if self.next.get() == 0 {
            self.next.set(&raw const __heap_base as usize);
            self.end.set(wasm32::memory_size(0) * PAGE_BYTES);
        }
        let Some(start) = self.next.get().checked_next_multiple_of(align) else { return ptr::null_mut() };
        let Some(end) = start.checked_add(size) else { return ptr::null_mut() };
        if end > self.end.get() {
            let pages = (end - self.end.get()).div_ceil(PAGE_BYTES);
            if wasm32::memory_grow(0, pages) == usize::MAX {
                return ptr::null_mut();
            }
            self.end.set(self.end.get() + pages * PAGE_BYTES);
        }
        self.next.set(end);
        start as *mut u8
    }
}

// SAFETY: `take` gives each byte of linear memory behind the linker's data out once, aligned as asked, or null; what
// `realloc` keeps in place is the latest allocation, which nothing lies behind.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= layout.size() {
            return old;
        }
        // The latest allocation, a growing string for instance, grows where it is.
        if old as usize + layout.size() == self.next.get() {
            let grown = self.take(size - layout.size(), 1);
            return if grown.is_null() { grown } else { old };
        }
        let new = self.take(size, layout.align());
        if !new.is_null() {
            // SAFETY: the caller vouches for `layout.size()` bytes at `old`; `new` has more and was just made.
            unsafe { ptr::copy_nonoverlapping(old, new, layout.size()) };
        }
        new
    }
}
