/*
 * fault.c: a library to preload: the disk as it is on a bad day. It minds one file, the one
 * whose path ends in $KITH_FAULT_FILE.
 *
 *   KITH_FAULT=CALL:N    the N-th CALL (sync or write) on the file fails with EIO, once
 *   KITH_FAULT=CALL:N+   so does every later one
 *   KITH_RECORD=PATH     every write and sync on the file is noted there, for replays of what a
 *                        power cut leaves: "W" offset 8 length 8 bytes, "S"; native byte order.
 *                        A write to a descriptor opened with O_DSYNC is a write and a sync.
 *
 * System calls are made directly: a sanitizer's own wrappers may not be ready this early.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call { CALL_SYNC, CALL_WRITE, CALL_COUNT };

static const char *const names[CALL_COUNT] = {"sync:", "write:"};
static atomic_long counts[CALL_COUNT];

static int ours(int fd)
{
    static const char digits[] = "0123456789";
    const char *file = getenv("KITH_FAULT_FILE");
    char link[32] = "/proc/self/fd/", text[16], path[4096];
    size_t at = strlen(link), n = 0;

    if (file == NULL || fd < 0) return 0;
    do {
        text[n++] = digits[fd % 10];
        fd /= 10;
    } while (fd > 0);
    while (n > 0)
        link[at++] = text[--n];
    link[at] = 0;
    long got = syscall(SYS_readlink, link, path, sizeof(path));
    size_t len = strlen(file);
    return got >= (long)len && memcmp(path + got - len, file, len) == 0;
}

static int fails(enum call call)
{
    const char *fault = getenv("KITH_FAULT");
    long at = atomic_fetch_add(&counts[call], 1) + 1;
    char *end;

    if (fault == NULL || strncmp(fault, names[call], strlen(names[call])) != 0) return 0;
    long n = strtol(fault + strlen(names[call]), &end, 10);
    if (at != n && !(at > n && *end == '+')) return 0;
    errno = EIO;
    return 1;
}

static void note(char kind, const struct iovec *parts, int n, off_t offset)
{
    static int log = -1;
    static atomic_flag busy = ATOMIC_FLAG_INIT;
    const char *path = getenv("KITH_RECORD");
    uint64_t head[2] = {(uint64_t)offset, 0};

    if (path == NULL) return;
    while (atomic_flag_test_and_set(&busy)) {
    }
    if (log < 0)
        log = (int)syscall(SYS_openat, AT_FDCWD, path,
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)syscall(SYS_write, log, &kind, 1);
    for (int i = 0; i < n; i++)
        head[1] += parts[i].iov_len;
    if (kind == 'W') (void)syscall(SYS_write, log, head, sizeof(head));
    for (int i = 0; i < n; i++)
        (void)syscall(SYS_write, log, parts[i].iov_base, parts[i].iov_len);
    atomic_flag_clear(&busy);
}

static void note_write(int fd, const struct iovec *parts, int n, off_t offset, long done)
{
    if (done <= 0) return; /* LMDB takes a short write for a failed one */
    note('W', parts, n, offset);
    if (syscall(SYS_fcntl, fd, F_GETFL) & O_DSYNC) note('S', NULL, 0, 0);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    int mind = ours(fd);

    if (mind && fails(CALL_WRITE)) return -1;
    long done = syscall(SYS_pwrite64, fd, bytes, n, offset);
    if (mind) note_write(fd, &part, 1, offset, done);
    return done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int n, off_t offset)
{
    int mind = ours(fd);

    if (mind && fails(CALL_WRITE)) return -1;
    long done = syscall(SYS_pwritev, fd, parts, n, offset, 0L);
    if (mind) note_write(fd, parts, n, offset, done);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
    int mind = ours(fd);
    off_t offset = mind ? (off_t)syscall(SYS_lseek, fd, 0L, SEEK_CUR) : 0;

    if (mind && fails(CALL_WRITE)) return -1;
    long done = syscall(SYS_writev, fd, parts, n);
    if (mind) note_write(fd, parts, n, offset, done);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    struct iovec part = {(void *)(uintptr_t)bytes, n};

    return writev(fd, &part, 1);
}

static int sync_of(long number, int fd)
{
    int mind = ours(fd);

    if (mind && fails(CALL_SYNC)) return -1;
    int rc = (int)syscall(number, fd);
    if (mind && rc == 0) note('S', NULL, 0, 0);
    return rc;
}

int fsync(int fd)
{
    return sync_of(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_of(SYS_fdatasync, fd);
}

/* Programs built with 64-bit offsets call these; they are the same here. */
ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t offset)
{
    return pwrite(fd, bytes, n, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int n, off_t offset);
ssize_t pwritev64(int fd, const struct iovec *parts, int n, off_t offset)
{
    return pwritev(fd, parts, n, offset);
}
