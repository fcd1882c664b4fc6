/*
 * bench_floor: what this machine needs for the same work without Kith around it.
 *
 *   bench_floor DIR RECORDS BYTES [RUN]   one JSON object on stdout, times in seconds; NAME_cpu
 *                                      is the processor's part of NAME
 *
 * fsync_*     one page appended to a file and fdatasync, FSYNCS times
 * hash aead signature lmdb durable
 *             RECORDS envelopes as a receiver sees them: the channel's AEAD, a hash of the
 *             header and one of the payload, one signature a run (of 256, or RUN), and LMDB: the
 *             log, its id index and its chain index, a commit a mebibyte
 * open json sqlite readable
 *             the envelope's own AEAD, jansson, and one row with its FTS5 entry in SQLite (WAL,
 *             500 a transaction); `readable` has `durable` in it
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <lmdb.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/rng.h"
#include "proto/crypto/words.h"

enum {
    FSYNCS = 200,
    HEADER = 316,
    RUN = 256, /* a run, unless told */
    GROUP_BYTES = 1024 * 1024,
    ROWS = 500,
    BYTES_MAX = 4000,
};

static void must(int good, const char *what)
{
    if (good) return;
    (void)fprintf(stderr, "bench_floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

struct took {
    double wall, cpu;
};

static double clock_s(clockid_t id)
{
    struct timespec at;
    (void)clock_gettime(id, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static struct took now(void)
{
    return (struct took){clock_s(CLOCK_MONOTONIC), clock_s(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct took since(struct took from)
{
    struct took at = now();
    return (struct took){at.wall - from.wall, at.cpu - from.cpu};
}

static void add(struct took *sum, struct took part)
{
    sum->wall += part.wall;
    sum->cpu += part.cpu;
}

static int by_size(const void *x, const void *y)
{
    const double *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void say(const char *name, double value)
{
    (void)printf("\"%s\": %.9f, ", name, value);
}

static void measure_fsync(const char *dir)
{
    static uint8_t page[4096];
    double took[FSYNCS], all = clock_s(CLOCK_MONOTONIC);
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/fsync", dir);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    must(fd >= 0, path);
    for (int i = 0; i < FSYNCS; i++) {
        double from = clock_s(CLOCK_MONOTONIC);
        must(write(fd, page, sizeof(page)) == (ssize_t)sizeof(page), "write");
        must(fdatasync(fd) == 0, "fdatasync");
        took[i] = clock_s(CLOCK_MONOTONIC) - from;
    }
    all = clock_s(CLOCK_MONOTONIC) - all;
    (void)close(fd);
    qsort(took, FSYNCS, sizeof(took[0]), by_size);
    say("fsync_mean", all / FSYNCS);
    say("fsync_p50", took[FSYNCS / 2]);
    say("fsync_p99", took[FSYNCS * 99 / 100]);
}

/* ------------------------------------------------------------------- the work of a receiver --
 */

struct work {
    unsigned records, bytes, run;
    uint8_t header[HEADER];
    uint8_t plain[BYTES_MAX + 512], sealed[BYTES_MAX + 512], wire[BYTES_MAX + 1024];
    size_t padded;
};

static void make(struct work *work)
{
    randombytes_buf(work->header, HEADER);
    randombytes_buf(work->plain, sizeof(work->plain));
    work->padded = (work->bytes / 256 + 1) * 256;
}

static struct took measure_hash(const struct work *work)
{
    uint8_t out[32];
    struct took from = now();
    for (unsigned i = 0; i < work->records; i++) {
        (void)crypto_generichash(out, 32, work->header, HEADER, NULL, 0);
        (void)crypto_generichash(out, 32, work->plain, work->padded + 16, NULL, 0);
    }
    return since(from);
}

static struct took measure_aead(struct work *work)
{
    const uint8_t key[32] = {1}, nonce[12] = {2};
    unsigned long long n;
    (void)crypto_aead_chacha20poly1305_ietf_encrypt(
        work->wire, &n, work->plain, work->padded + 150, NULL, 0, NULL, nonce, key);
    struct took from = now();
    for (unsigned i = 0; i < work->records; i++)
        must(crypto_aead_chacha20poly1305_ietf_decrypt(work->sealed, NULL, NULL, work->wire, n,
                                                       NULL, 0, nonce, key) == 0,
             "aead");
    return since(from);
}

static struct took measure_signatures(const struct work *work)
{
    uint8_t pk[32], sk[64], sig[64];
    (void)crypto_sign_keypair(pk, sk);
    (void)crypto_sign_detached(sig, NULL, work->header, 252, sk);
    struct took from = now();
    for (unsigned i = 0; i < work->records; i += work->run)
        must(crypto_sign_verify_detached(sig, work->header, 252, pk) == 0, "signature");
    return since(from);
}

static void put(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_n, const void *value,
                size_t n, unsigned flags)
{
    MDB_val k = {key_n, (void *)(uintptr_t)key}, v = {n, (void *)(uintptr_t)value};
    must(mdb_put(txn, dbi, &k, &v, flags) == 0, "mdb_put");
}

static void be64(uint8_t *out, uint64_t v)
{
    for (int i = 7; i >= 0; i--, v >>= 8)
        out[i] = (uint8_t)v;
}

static struct took measure_lmdb(const struct work *work, const char *dir)
{
    static const char *const names[] = {"log", "ids", "chains"};
    char path[512];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi[3];
    uint8_t id[32], place[56] = {0}, lseq[8], value[BYTES_MAX + 1024];
    size_t n = 1 + HEADER + work->padded + 16, group = 0;

    (void)snprintf(path, sizeof(path), "%s/lmdb", dir);
    must(mkdir(path, 0700) == 0, path);
    must(mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 4) == 0, "lmdb");
    must(mdb_env_set_mapsize(env, (size_t)work->records * 8192 + (64 << 20)) == 0, "lmdb map");
    must(mdb_env_open(env, path, 0, 0600) == 0, "lmdb open");
    must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "lmdb begin");
    for (int i = 0; i < 3; i++)
        must(mdb_dbi_open(txn, names[i], MDB_CREATE, &dbi[i]) == 0, "dbi");
    memcpy(value, work->plain, n);
    struct took from = now();
    for (unsigned i = 1; i <= work->records; i++) {
        be64(lseq, i);
        memcpy(place + 48, lseq, 8);
        randombytes_buf_deterministic(
            id, 32, (const uint8_t[32]){(uint8_t)i, (uint8_t)(i >> 8), (uint8_t)(i >> 16)});
        put(txn, dbi[0], lseq, 8, value, n, MDB_APPEND);
        put(txn, dbi[1], id, 32, lseq, 8, 0);
        put(txn, dbi[2], place, 56, value, 40, 0);
        group += n;
        if (group < GROUP_BYTES && i < work->records) continue;
        must(mdb_txn_commit(txn) == 0, "commit");
        group = 0;
        must(mdb_txn_begin(env, NULL, 0, &txn) == 0, "lmdb begin");
    }
    struct took took = since(from);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return took;
}

/* -------------------------------------------------------------------- the work of a reader --
 */

static struct took measure_open(struct work *work)
{
    const uint8_t key[32] = {1}, nonce[24] = {2};
    unsigned long long n;
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(work->wire, &n, work->plain, work->padded,
                                                     work->header, 216, NULL, nonce, key);
    struct took from = now();
    for (unsigned i = 0; i < work->records; i++)
        must(crypto_aead_xchacha20poly1305_ietf_decrypt(work->sealed, NULL, NULL, work->wire, n,
                                                        work->header, 216, nonce, key) == 0,
             "aead");
    return since(from);
}

/* A body as the benchmark's records have it; returns where its text begins. */
static const char *body_of(struct rng *rng, unsigned bytes, unsigned number, char *out)
{
    static const char hex[] =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    int at = snprintf(out, BYTES_MAX,
                      "{\"record\":\"%.32s\",\"owner\":\"%s\",\"type\":\"idea\",\"v\":1,"
                      "\"edit\":\"%.32s\",\"parents\":[],\"lamport\":1,\"person\":\"Team\","
                      "\"at\":\"2026-03-01T09:30:00Z\",\"sections\":{\"head\":{\"title\":"
                      "\"Idea mark%u\",\"description\":\"",
                      hex, hex, hex, number);
    const char *text = out + at;
    while ((unsigned)at + 5 < bytes) {
        for (const char *w = words[rng_below(rng, WORDS_COUNT)]; *w != '\0'; w++)
            if ((unsigned)at + 5 < bytes) out[at++] = *w;
        out[at++] = ' ';
    }
    (void)snprintf(out + at, 8, "\"}}}");
    return text;
}

static struct took measure_json(const struct work *work)
{
    struct rng rng = {.state = 90};
    char body[BYTES_MAX + 64];
    struct took took = {0, 0};
    for (unsigned i = 0; i < work->records; i++) {
        (void)body_of(&rng, work->bytes, i, body);
        struct took from = now();
        json_t *json = json_loadb(body, strlen(body), JSON_REJECT_DUPLICATES, NULL);
        must(json != NULL, "json");
        json_decref(json);
        add(&took, since(from));
    }
    return took;
}

static void sql(sqlite3 *db, const char *text)
{
    must(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, text);
}

static struct took measure_sqlite(const struct work *work, const char *dir)
{
    struct rng rng = {.state = 90};
    char path[512], body[BYTES_MAX + 64], title[32];
    sqlite3 *db;
    sqlite3_stmt *row, *search;
    struct took took = {0, 0};

    (void)snprintf(path, sizeof(path), "%s/floor.sqlite", dir);
    must(sqlite3_open(path, &db) == SQLITE_OK, path);
    sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE records(id INTEGER PRIMARY KEY, title TEXT, body TEXT);"
            "CREATE VIRTUAL TABLE search USING fts5(title, words);");
    must(sqlite3_prepare_v2(db, "INSERT INTO records VALUES(?,?,?)", -1, &row, NULL) ==
                 SQLITE_OK &&
             sqlite3_prepare_v2(db, "INSERT INTO search(rowid,title,words) VALUES(?,?,?)", -1,
                                &search, NULL) == SQLITE_OK,
         "prepare");
    for (unsigned i = 0; i < work->records; i++) {
        const char *text = body_of(&rng, work->bytes, i, body);
        (void)snprintf(title, sizeof(title), "Idea mark%u", i);
        struct took from = now();
        if (i % ROWS == 0) sql(db, "BEGIN");
        sqlite3_stmt *const two[] = {row, search};
        for (int k = 0; k < 2; k++) {
            (void)sqlite3_bind_int64(two[k], 1, i + 1);
            (void)sqlite3_bind_text(two[k], 2, title, -1, SQLITE_STATIC);
            (void)sqlite3_bind_text(two[k], 3, k == 0 ? body : text, -1, SQLITE_STATIC);
            must(sqlite3_step(two[k]) == SQLITE_DONE && sqlite3_reset(two[k]) == SQLITE_OK,
                 "row");
        }
        if (i % ROWS == ROWS - 1 || i + 1 == work->records) sql(db, "COMMIT");
        add(&took, since(from));
    }
    (void)sqlite3_finalize(row);
    (void)sqlite3_finalize(search);
    must(sqlite3_close(db) == SQLITE_OK, "close");
    return took;
}

int main(int argc, char **argv)
{
    static struct work work;

    if (argc < 4 || argc > 5 || sodium_init() < 0) {
        (void)fprintf(stderr, "usage: bench_floor DIR RECORDS BYTES [RUN]\n");
        return 2;
    }
    work.records = (unsigned)strtoul(argv[2], NULL, 10);
    work.bytes = (unsigned)strtoul(argv[3], NULL, 10);
    work.run = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : RUN;
    must(work.records > 0 && work.run > 0 && work.bytes >= 600 && work.bytes < BYTES_MAX, "sizes");
    make(&work);
    (void)printf("{");
    measure_fsync(argv[1]);
    const struct {
        const char *name;
        struct took took;
    } parts[] = {
        {"hash", measure_hash(&work)},
        {"aead", measure_aead(&work)},
        {"signature", measure_signatures(&work)},
        {"lmdb", measure_lmdb(&work, argv[1])},
        {"open", measure_open(&work)},
        {"json", measure_json(&work)},
        {"sqlite", measure_sqlite(&work, argv[1])},
    };
    struct took sum = {0, 0};
    for (int i = 0; i < 7; i++) {
        say(parts[i].name, parts[i].took.wall);
        add(&sum, parts[i].took);
        if (i != 3 && i != 6) continue; /* what a carrier does, and what a reader does */
        say(i == 3 ? "durable" : "readable", sum.wall);
        say(i == 3 ? "durable_cpu" : "readable_cpu", sum.cpu);
    }
    (void)printf("\"records\": %u, \"bytes\": %u}\n", work.records, work.bytes);
    return 0;
}
