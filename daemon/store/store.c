#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "daemon/store/reads.h"
#include "daemon/store/store.h"
#include "daemon/store/tables.h"

enum { PATH_BYTES = 4096, READERS_MAX = 16 };

struct store {
    struct tables tables;
    struct reads reads;
    char *dir;
    int lock_fd;
    size_t map_bytes;
    size_t map_bytes_max;
    uint64_t lseq; /* committed */
    _Atomic int failed;
    store_convert_fn convert;
    void *convert_ctx;
    store_fault_fn fault;
    void *fault_ctx;
};

static enum err fault(const struct store *store, enum store_fault point)
{
    return store->fault == NULL ? ERR_OK : store->fault(store->fault_ctx, point);
}

/* ------------------------------------------------------------------------- open, close -- */

static enum err dir_open(int *fd, const char *dir)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return errno == ENOSPC ? ERR_NO_SPACE : ERR_SYSTEM;
    *fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *fd < 0 ? ERR_SYSTEM : ERR_OK;
}

/* The lock is the kernel's and ends with the process, however it ends. */
static enum err lock(struct store *store)
{
    char path[PATH_BYTES];

    if (snprintf(path, sizeof(path), "%s/lock", store->dir) >= (int)sizeof(path))
        return ERR_SYSTEM;
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0) return errno == ENOSPC ? ERR_NO_SPACE : ERR_SYSTEM;
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? ERR_LOCKED : ERR_SYSTEM;
    return ERR_OK;
}

static void env_close(struct store *store)
{
    if (store->tables.env != NULL) mdb_env_close(store->tables.env);
    store->tables.env = NULL;
}

static enum err env_open(struct store *store)
{
    struct tables *tables = &store->tables;
    MDB_envinfo info;
    int dead;
    int rc = mdb_env_create(&tables->env);

    if (rc != 0) {
        tables->env = NULL;
        return tables_err(tables, rc);
    }
    rc = mdb_env_set_mapsize(tables->env, store->map_bytes);
    if (rc == 0) rc = mdb_env_set_maxdbs(tables->env, TABLES_COUNT);
    if (rc == 0) rc = mdb_env_set_maxreaders(tables->env, READERS_MAX);
    if (rc == 0) rc = mdb_env_open(tables->env, store->dir, MDB_NOTLS, 0600);
    if (rc == 0) rc = mdb_reader_check(tables->env, &dead);
    enum err err = rc == 0 ? tables_open(tables, store->convert, store->convert_ctx)
                           : tables_err(tables, rc);
    if (err == ERR_OK) {
        mdb_env_info(tables->env, &info); /* a map that had grown stays grown */
        store->map_bytes = info.me_mapsize;
        return ERR_OK;
    }
    env_close(store);
    return err;
}

static enum err load_lseq(struct store *store)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->tables.env, NULL, MDB_RDONLY, &txn);

    if (rc == 0) {
        rc = tables_lseq(&store->tables, txn, &store->lseq);
        mdb_txn_abort(txn);
    }
    return tables_err(&store->tables, rc);
}

enum err store_open(struct store **out, const struct store_options *options)
{
    struct store *store = mem_zalloc(sizeof(*store));
    int dir_fd = -1;

    store->dir = mem_strdup(options->dir);
    store->map_bytes = options->map_bytes > 0 ? options->map_bytes : STORE_MAP_BYTES;
    store->map_bytes_max = options->map_bytes_max;
    store->convert = options->convert;
    store->convert_ctx = options->convert_ctx;
    store->fault = options->fault;
    store->fault_ctx = options->fault_ctx;
    store->lock_fd = -1;
    reads_init(&store->reads, &store->tables);

    enum err err = dir_open(&dir_fd, store->dir);
    if (err == ERR_OK) err = lock(store);
    if (err == ERR_OK) err = env_open(store);
    if (err == ERR_OK) err = load_lseq(store);
    /* LMDB syncs the file's bytes; that the file has a name is the folder's. */
    if (err == ERR_OK && fsync(dir_fd) != 0) err = ERR_IO;
    if (dir_fd >= 0) close(dir_fd);
    if (err != ERR_OK) {
        store_close(store);
        return err;
    }
    *out = store;
    return ERR_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) return;
    reads_shut(&store->reads);
    env_close(store);
    reads_reopen(&store->reads);
    reads_fini(&store->reads);
    if (store->lock_fd >= 0) close(store->lock_fd);
    free(store->dir);
    free(store);
}

/* --------------------------------------------------------------------- growth, failure -- */

/* What the file could become: what it is, and what the disk has left. */
static uint64_t disk_bytes(const struct store *store)
{
    mdb_filehandle_t fd;
    struct statvfs fs;
    struct stat st;

    if (mdb_env_get_fd(store->tables.env, &fd) != 0 || fstat(fd, &st) != 0 ||
        fstatvfs(fd, &fs) != 0)
        return UINT64_MAX;
    return (uint64_t)st.st_size + (uint64_t)fs.f_bavail * fs.f_frsize;
}

/*
 * Whether the disk has more left than the log may take. The rest is the view's: it follows the
 * log, and a log that takes the last block leaves people with lists that never come up to date.
 */
static bool has_room(const struct store *store)
{
    mdb_filehandle_t fd;
    struct statvfs fs;

    if (mdb_env_get_fd(store->tables.env, &fd) != 0 || fstatvfs(fd, &fs) != 0) return true;
    uint64_t left = (uint64_t)fs.f_blocks * fs.f_frsize / STORE_LEFT_SHARE;
    if (left > STORE_LEFT_MAX) left = STORE_LEFT_MAX;
    return (uint64_t)fs.f_bavail * fs.f_frsize >= left;
}

/* Doubles the map, between transactions, with every reader out. */
static enum err grow(struct store *store)
{
    enum { GRAIN = 1024 * 1024 };
    uint64_t bytes = (uint64_t)store->map_bytes * 2;
    uint64_t disk = disk_bytes(store) / GRAIN * GRAIN;
    enum err err = fault(store, STORE_FAULT_GROW);

    if (err != ERR_OK) return err;
    if (bytes > disk) bytes = disk;
    if (store->map_bytes_max > 0 && bytes > store->map_bytes_max) bytes = store->map_bytes_max;
    if (bytes <= store->map_bytes || bytes > SIZE_MAX / 2) return ERR_NO_SPACE;
    reads_shut(&store->reads);
    int rc = mdb_env_set_mapsize(store->tables.env, (size_t)bytes);
    if (rc == 0) store->map_bytes = (size_t)bytes;
    reads_reopen(&store->reads);
    return tables_err(&store->tables, rc);
}

/*
 * A failed write of LMDB's meta page poisons the environment for readers too, so it is opened
 * anew at once: what was committed before stays readable, and only that.
 */
static void fail(struct store *store, enum err err)
{
    atomic_store(&store->failed, (int)err);
    reads_shut(&store->reads);
    env_close(store);
    if (env_open(store) != ERR_OK) store->tables.env = NULL;
    reads_reopen(&store->reads);
}

enum err store_failed(const struct store *store)
{
    return (enum err)atomic_load(&((struct store *)(uintptr_t)store)->failed);
}

static enum err prove(struct store *store)
{
    MDB_txn *txn;
    enum err err = fault(store, STORE_FAULT_RETRY);

    if (err != ERR_OK) return err;
    if (!has_room(store)) return ERR_NO_SPACE;
    int rc = mdb_txn_begin(store->tables.env, NULL, 0, &txn);
    if (rc != 0) return tables_err(&store->tables, rc);
    rc = tables_prove(&store->tables, txn);
    if (rc == 0) return tables_err(&store->tables, mdb_txn_commit(txn));
    mdb_txn_abort(txn);
    return rc == MDB_MAP_FULL ? grow(store) : tables_err(&store->tables, rc);
}

enum err store_retry(struct store *store)
{
    enum err err = ERR_OK;

    if (store_failed(store) == ERR_OK) return ERR_OK;
    reads_shut(&store->reads);
    env_close(store);
    err = env_open(store);
    if (err == ERR_OK) err = load_lseq(store);
    reads_reopen(&store->reads);
    if (err == ERR_OK) err = prove(store);
    if (err == ERR_OK)
        atomic_store(&store->failed, ERR_OK);
    else
        fail(store, err);
    return err;
}

/* ------------------------------------------------------------------------------ commit -- */

enum outcome { OUTCOME_DONE, OUTCOME_AGAIN, OUTCOME_FAILED };

/* Applies a batch in the transaction. */
static enum err apply(struct store *store, MDB_txn *txn, struct store_batch *batch,
                      struct tables_run *run, enum err *refused)
{
    for (size_t i = 0; i < batch->n; i++) {
        enum err err = fault(store, STORE_FAULT_WRITE);
        if (err != ERR_OK) return err;
        int rc = tables_apply(&store->tables, txn, &batch->writes[i], run, refused);
        if (rc == MDB_MAP_FULL) {
            *refused = ERR_BUSY; /* not the batch's fault: once more on a larger map */
            return ERR_OK;
        }
        if (rc != 0) return tables_err(&store->tables, rc);
        if (*refused != ERR_OK) return ERR_OK;
    }
    batch->lseq = run->lseq;
    return ERR_OK;
}

/*
 * One transaction over all batches that were not refused. LMDB can undo a transaction but not a
 * part of it (nested transactions are where its bugs live), so when a batch is refused those
 * before it start over; that is rare, for the node checks before it writes.
 */
static enum outcome attempt(struct store *store, struct store_batch *batches, size_t n,
                            enum err *err)
{
    struct tables_run run = {.lseq = store->lseq};
    enum err refused = ERR_OK;
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->tables.env, NULL, 0, &txn);

    *err = tables_err(&store->tables, rc);
    if (rc != 0) return OUTCOME_FAILED;
    for (size_t i = 0; i < n; i++) {
        if (batches[i].err != ERR_OK) continue;
        *err = apply(store, txn, &batches[i], &run, &refused);
        if (*err == ERR_OK && refused == ERR_OK) continue;
        mdb_txn_abort(txn);
        if (*err != ERR_OK) return OUTCOME_FAILED;
        if (refused != ERR_BUSY) {
            for (size_t k = i; k < n; k++)
                batches[k].err = refused; /* what comes after may rest on it */
            return OUTCOME_AGAIN;
        }
        *err = grow(store);
        return *err == ERR_OK ? OUTCOME_AGAIN : OUTCOME_FAILED;
    }
    rc = tables_finish(&store->tables, txn, &run);
    if (rc == 0 && run.lseq != store->lseq) rc = tables_set_lseq(&store->tables, txn, run.lseq);
    *err = rc == 0 ? fault(store, STORE_FAULT_COMMIT) : ERR_OK;
    if (rc == 0 && *err == ERR_OK)
        rc = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    if (rc == MDB_MAP_FULL) {
        *err = grow(store);
        return *err == ERR_OK ? OUTCOME_AGAIN : OUTCOME_FAILED;
    }
    if (rc != 0) *err = tables_err(&store->tables, rc);
    if (*err != ERR_OK) return OUTCOME_FAILED;
    store->lseq = run.lseq;
    return OUTCOME_DONE;
}

void store_commit(struct store *store, struct store_batch *batches, size_t n)
{
    enum err err = store_failed(store);
    enum outcome outcome = err == ERR_OK ? OUTCOME_AGAIN : OUTCOME_FAILED;
    bool failed_before = err != ERR_OK;

    for (size_t i = 0; i < n; i++)
        batches[i].err = ERR_OK;
    if (outcome == OUTCOME_AGAIN && !has_room(store)) {
        err = ERR_NO_SPACE;
        outcome = OUTCOME_FAILED;
    }
    while (outcome == OUTCOME_AGAIN)
        outcome = attempt(store, batches, n, &err);
    if (outcome == OUTCOME_DONE) return;
    for (size_t i = 0; i < n; i++) {
        if (batches[i].err == ERR_OK) batches[i].err = err;
    }
    if (!failed_before) fail(store, err);
}

/* ------------------------------------------------------------------------------- reads -- */

const struct store_reader *store_get_reader(struct store *store)
{
    return &store->reads.reader;
}

const struct log_reader *store_get_log(struct store *store)
{
    return &store->reads.log;
}

enum err store_read(struct store *store, const struct read_request *request,
                    struct store_read *out)
{
    return reads_request(&store->reads, request, out);
}

void store_read_fini(struct store_read *read)
{
    free(read->entries);
    arena_fini(&read->arena);
    memset(read, 0, sizeof(*read));
}

struct store_size store_get_size(struct store *store)
{
    struct store_size size = {.map_bytes = store->map_bytes};
    MDB_envinfo info;

    pthread_rwlock_rdlock(&store->reads.lock);
    if (store->tables.env != NULL && mdb_env_info(store->tables.env, &info) == 0)
        size.used_bytes = ((uint64_t)info.me_last_pgno + 1) * 4096;
    pthread_rwlock_unlock(&store->reads.lock);
    return size;
}
