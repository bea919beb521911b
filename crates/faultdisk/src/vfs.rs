//! A VFS of SQLite that hands every call to the one of the system, and tells [`Watched`] of it.
//!
//! The rules it keeps are those of <https://sqlite.org/c3ref/vfs.html> and `io_methods.html`: a file is memory of
//! `szOsFile` bytes that SQLite gives; ours stands at its beginning, that of the system behind it.
#![allow(unsafe_code, reason = "SQLite asks a disk for functions of C; nothing outside this file needs it")]

use crate::disk::{Name, Watched, name_of};
use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Our VFS; SQLite sees its first field.
#[repr(C)]
struct Disk {
    vfs: sqlite3_vfs,
    system: *mut sqlite3_vfs,
    watched: Arc<Watched>,
}

/// Our part of an open file; SQLite sees its first field. The system's part follows it.
#[repr(C)]
struct Opened {
    methods: *const sqlite3_io_methods,
    watched: Arc<Watched>,
    /// `None` for a file without a name.
    name: Option<Name>,
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 2 has the shared memory of the log, and no mapped files.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Registers a disk under a name of its own; it stays for the life of the process.
pub(crate) fn register(watched: Arc<Watched>) -> io::Result<CString> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = CString::new(format!("faultdisk-{number}")).map_err(io::Error::other)?;
    // SAFETY: asks for the default VFS, which is the system's and lives as long as the process.
    let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
    if system.is_null() {
        return Err(io::Error::other("SQLite has no VFS of the system"));
    }
    // SAFETY: it is not null, and nobody writes to it after SQLite has begun.
    let mut vfs = unsafe { *system };
    // Files are opened and removed by us; everything else is the system's and asks nothing of its VFS but what is copied.
    vfs.pNext = ptr::null_mut();
    vfs.zName = name.clone().into_raw();
    vfs.szOsFile += size_of::<Opened>() as c_int;
    vfs.xOpen = Some(open);
    vfs.xDelete = Some(delete);
    let disk = Box::leak(Box::new(Disk { vfs, system, watched }));
    // SAFETY: the VFS and its name were leaked, so that they live as long as SQLite may ask for them.
    match unsafe { ffi::sqlite3_vfs_register(&raw mut disk.vfs, 0) } {
        ffi::SQLITE_OK => Ok(name),
        code => Err(io::Error::other(format!("SQLite answers {code}"))),
    }
}

/// Last part of the path that SQLite gives; `None` for a temporary file.
///
/// # Safety
/// `name` is null or a string of C.
unsafe fn last_part(name: *const c_char) -> Option<Name> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as promised.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    Some(name_of(Path::new(OsStr::from_bytes(bytes))))
}

/// The system's part of a file.
///
/// # Safety
/// `file` was given to our `xOpen`.
unsafe fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: SQLite gave room for both parts.
    unsafe { file.cast::<Opened>().add(1).cast() }
}

/// Calls a method of the system's part; a method that it does not have is no use of a disk.
macro_rules! system {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let inner = inner($file);
        match (*(*inner).pMethods).$method {
            Some(method) => method(inner $(, $argument)*),
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives the VFS that was registered, and a file with room for both parts.
    unsafe {
        let disk = &*vfs.cast::<Disk>();
        let named = last_part(name);
        let system = inner(file);
        (*file).pMethods = ptr::null();
        (*system).pMethods = ptr::null();
        let before = length_on_disk(name);
        let result = match (*disk.system).xOpen {
            Some(open) => open(disk.system, name, system, flags, out),
            None => ffi::SQLITE_CANTOPEN,
        };
        if result != ffi::SQLITE_OK {
            return result;
        }
        if let Some(named) = &named {
            let with_folder = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
            disk.watched.opened(named, before.is_none(), with_folder, before.unwrap_or(0));
        }
        let opened = Opened { methods: &raw const METHODS, watched: disk.watched.clone(), name: named };
        ptr::write(file.cast::<Opened>(), opened);
        ffi::SQLITE_OK
    }
}

/// How long a file is; `None` when there is none.
///
/// # Safety
/// `name` is null or a string of C.
unsafe fn length_on_disk(name: *const c_char) -> Option<u64> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as promised.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes();
    std::fs::metadata(Path::new(OsStr::from_bytes(bytes))).ok().map(|about| about.len())
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, with_folder: c_int) -> c_int {
    // SAFETY: SQLite gives the VFS that was registered, and a name.
    unsafe {
        let disk = &*vfs.cast::<Disk>();
        let delete = || match (*disk.system).xDelete {
            Some(delete) => delete(disk.system, name, with_folder),
            None => ffi::SQLITE_IOERR_DELETE,
        };
        match last_part(name) {
            Some(named) => disk.watched.removes(&named, with_folder != 0, delete),
            None => delete(),
        }
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file that our `xOpen` has opened, once.
    unsafe {
        let result = system!(file, xClose);
        ptr::drop_in_place(file.cast::<Opened>());
        result
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, amount: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives a file of ours and room for `amount` bytes.
    unsafe {
        let watched = &(*file.cast::<Opened>()).watched;
        watched.reads(|| system!(file, xRead, to, amount, at))
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, amount: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives a file of ours and `amount` bytes.
    unsafe {
        let opened = &*file.cast::<Opened>();
        let Some(name) = &opened.name else { return system!(file, xWrite, from, amount, at) };
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(amount).unwrap_or(0));
        opened.watched.writes(name, u64::try_from(at).unwrap_or(0), bytes, |some| {
            system!(file, xWrite, some.as_ptr().cast(), some.len() as c_int, at)
        })
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: i64) -> c_int {
    // SAFETY: SQLite gives a file of ours.
    unsafe {
        let opened = &*file.cast::<Opened>();
        let Some(name) = &opened.name else { return system!(file, xTruncate, length) };
        let to = u64::try_from(length).unwrap_or(0);
        opened.watched.cuts(name, to, || system!(file, xTruncate, length))
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite gives a file of ours.
    unsafe {
        let opened = &*file.cast::<Opened>();
        let Some(name) = &opened.name else { return system!(file, xSync, flags) };
        opened.watched.syncs(name, || system!(file, xSync, flags))
    }
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, size: *mut i64) -> c_int {
    // SAFETY: SQLite gives a file of ours.
    unsafe { system!(file, xFileSize, size) }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xLock, level) }
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xUnlock, level) }
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xCheckReservedLock, out) }
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xFileControl, what, argument) }
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xDeviceCharacteristics) }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xShmMap, page, size, extend, out) }
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xShmLock, offset, n, flags) }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: as above.
    unsafe {
        let inner = inner(file);
        if let Some(barrier) = (*(*inner).pMethods).xShmBarrier {
            barrier(inner);
        }
    }
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, remove: c_int) -> c_int {
    // SAFETY: as above.
    unsafe { system!(file, xShmUnmap, remove) }
}
