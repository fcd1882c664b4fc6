#include "daemon/app/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/cursor.h"
#include "proto/base/text.h"
#include "proto/crypto/dh.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/sign.h"

enum { VERSION = 1, SUM_BYTES = 32, HEAD_BYTES = 12 };

static const char magic[8] = {'K', 'I', 'T', 'H', 'K', 'E', 'Y', '1'};

/* The public keys that the secrets give. */
static void derive(struct keyfile *keyfile, const uint8_t seed[32])
{
    sign_device_keypair(&keyfile->device_pk, &keyfile->device_sk, seed);
    dh_public(keyfile->box_pk.b, keyfile->box_sk.b);
    dh_public(keyfile->transport_pk.b, keyfile->transport_sk.b);
}

void keyfile_make(struct keyfile *out, const struct env *env)
{
    uint8_t seed[32];

    memset(out, 0, sizeof(*out));
    env_random(env, seed, sizeof(seed));
    env_random(env, out->box_sk.b, sizeof(out->box_sk.b));
    env_random(env, out->transport_sk.b, sizeof(out->transport_sk.b));
    derive(out, seed);
    mem_wipe(seed, sizeof(seed));
}

static void sum(uint8_t out[SUM_BYTES], struct slice bytes)
{
    hash_bytes(out, SUM_BYTES, slice_of(NULL, 0), "kith/1 keyfile", bytes, slice_of(NULL, 0));
}

static void put_name(struct buf *out, const char *name)
{
    buf_put_u16(out, (uint16_t)strlen(name));
    buf_put_str(out, name);
}

void keyfile_encode(const struct keyfile *keyfile, struct buf *out)
{
    uint8_t hash[SUM_BYTES];
    size_t from = out->len;

    buf_put(out, magic, sizeof(magic));
    buf_put_u16(out, VERSION);
    buf_put_u16(out, 0);
    buf_put(out, keyfile->device_sk.b, 32);
    buf_put(out, keyfile->box_sk.b, 32);
    buf_put(out, keyfile->transport_sk.b, 32);
    buf_put(out, keyfile->school.b, 32);
    buf_put(out, keyfile->root_pk.b, 32);
    buf_put(out, keyfile->recovery_pk.b, 32);
    put_name(out, keyfile->school_name);
    put_name(out, keyfile->device_name);
    sum(hash, slice_of(out->data + from, out->len - from));
    buf_put(out, hash, sizeof(hash));
}

static void get_name(struct cursor *cursor, char out[LIMIT_NAME_BYTES + 1])
{
    size_t n = cursor_count(cursor, LIMIT_NAME_BYTES, 1);
    struct slice name = cursor_take(cursor, n);

    cursor_require(cursor, text_is_utf8(name) && (n == 0 || memchr(name.p, 0, n) == NULL));
    if (!cursor->failed && n > 0) memcpy(out, name.p, n);
}

enum err keyfile_decode(struct keyfile *out, struct slice bytes)
{
    struct cursor cursor = cursor_of(bytes);
    struct keyfile keyfile = {0};
    uint8_t head[sizeof(magic)], seed[32], hash[SUM_BYTES], held[SUM_BYTES];

    cursor_copy(&cursor, head, sizeof(head));
    uint16_t version = cursor_u16(&cursor), flags = cursor_u16(&cursor);
    if (cursor.failed || memcmp(head, magic, sizeof(magic)) != 0) return ERR_MALFORMED;
    if (version != VERSION || flags != 0) return ERR_VERSION;
    if (bytes.n < HEAD_BYTES + SUM_BYTES) return ERR_MALFORMED;
    sum(hash, slice_of(bytes.p, bytes.n - SUM_BYTES));
    if (memcmp(hash, bytes.p + bytes.n - SUM_BYTES, SUM_BYTES) != 0) return ERR_HASH;
    cursor_copy(&cursor, seed, sizeof(seed));
    cursor_copy(&cursor, keyfile.box_sk.b, 32);
    cursor_copy(&cursor, keyfile.transport_sk.b, 32);
    cursor_copy(&cursor, keyfile.school.b, 32);
    cursor_copy(&cursor, keyfile.root_pk.b, 32);
    cursor_copy(&cursor, keyfile.recovery_pk.b, 32);
    get_name(&cursor, keyfile.school_name);
    get_name(&cursor, keyfile.device_name);
    cursor_copy(&cursor, held, sizeof(held));
    enum err err = cursor_done(&cursor) ? ERR_OK : ERR_MALFORMED;
    if (err == ERR_OK) {
        derive(&keyfile, seed);
        *out = keyfile;
    }
    mem_wipe(seed, sizeof(seed));
    keyfile_wipe(&keyfile);
    return err;
}

/* ---------------------------------------------------------------------------- the file -- */

enum err keyfile_load(struct keyfile *out, const char *path)
{
    uint8_t bytes[KEYFILE_BYTES_MAX + 1];
    struct stat st;
    size_t n = 0;
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0) return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return ERR_SYSTEM;
    }
    if ((st.st_mode & 077) != 0 || st.st_uid != geteuid()) {
        close(fd);
        return ERR_REFUSED;
    }
    while (n < sizeof(bytes) && (got = read(fd, bytes + n, sizeof(bytes) - n)) > 0)
        n += (size_t)got;
    close(fd);
    if (got < 0) return ERR_IO;
    enum err err =
        n > KEYFILE_BYTES_MAX ? ERR_MALFORMED : keyfile_decode(out, slice_of(bytes, n));
    mem_wipe(bytes, sizeof(bytes));
    return err == ERR_OK || err == ERR_VERSION ? err : ERR_CORRUPT;
}

static enum err disk_err(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
        return ERR_NO_SPACE;
    case EEXIST:
        return ERR_EXISTS;
    case EIO:
        return ERR_IO;
    default:
        return ERR_SYSTEM;
    }
}

static enum err write_all(int fd, struct slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n <= 0) return disk_err();
        bytes = slice_of(bytes.p + n, bytes.n - (size_t)n);
    }
    return fsync(fd) == 0 ? ERR_OK : disk_err();
}

/* That the folder names the file must be durable too. */
static enum err sync_folder(const char *path)
{
    char folder[1024];
    const char *slash = strrchr(path, '/');
    int n = slash == NULL ? snprintf(folder, sizeof(folder), ".")
                          : snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);

    if (n < 0 || n >= (int)sizeof(folder)) return ERR_SYSTEM;
    int fd = open(n == 0 ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ERR_SYSTEM;
    enum err err = fsync(fd) == 0 ? ERR_OK : disk_err();
    close(fd);
    return err;
}

enum err keyfile_save(const struct keyfile *keyfile, const char *path)
{
    char fresh[1024];
    struct buf bytes = {0};
    int n = snprintf(fresh, sizeof(fresh), "%s.new", path);

    if (n < 0 || n >= (int)sizeof(fresh)) return ERR_SYSTEM;
    (void)unlink(fresh); /* left by a crash; nobody else is here, the folder is locked */
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return disk_err();
    keyfile_encode(keyfile, &bytes);
    enum err err = write_all(fd, buf_slice(&bytes));
    close(fd);
    mem_wipe(bytes.data, bytes.len);
    buf_fini(&bytes);
    /* link, not rename: it fails rather than take the place of another key. */
    if (err == ERR_OK && link(fresh, path) != 0) err = disk_err();
    (void)unlink(fresh);
    return err == ERR_OK ? sync_folder(path) : err;
}

void keyfile_wipe(struct keyfile *keyfile)
{
    mem_wipe(keyfile, sizeof(*keyfile));
}
