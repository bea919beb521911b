//! Where what syncs much is kept in a test: in memory, where there is room for it.

use std::path::PathBuf;

/// The file system in memory.
const MEMORY: &str = "/dev/shm";
/// How large it must be, in KiB: containers often have one of 64 MiB, which a run fills.
const ROOM_KIB: u64 = 1 << 20;

/// A folder to make folders in.
#[must_use]
pub fn base() -> PathBuf {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    if has_room(&mounts) { PathBuf::from(MEMORY) } else { std::env::temp_dir() }
}

/// Without a size it may grow to half of the machine's memory (tmpfs(5)).
fn has_room(mounts: &str) -> bool {
    let place = |line: &&str| line.split(' ').nth(1) == Some(MEMORY);
    let Some(mount) = mounts.lines().rfind(place) else { return false };
    let size = mount.split([' ', ',']).find_map(|option| option.strip_prefix("size="));
    let kib = |size: &str| size.strip_suffix('k').and_then(|kib| kib.parse::<u64>().ok());
    size.is_none_or(|size| kib(size).is_some_and(|kib| kib >= ROOM_KIB))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_system_in_memory_is_not_used() {
        let mounted =
            |options: &str| format!("proc /proc proc rw 0 0\nshm /dev/shm tmpfs rw,nosuid{options} 0 0\n");
        assert!(has_room(&mounted("")) && has_room(&mounted(",size=25165824k")));
        assert!(!has_room(&mounted(",size=65536k")) && !has_room("proc /proc proc rw 0 0\n"));
    }
}
