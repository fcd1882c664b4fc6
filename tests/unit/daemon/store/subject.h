/*
 * subject.h: the two who keep the contract of daemon/core/store.h, LMDB and the simulator's
 * store in memory, behind one face; envelopes to put into them; and everything they hold as
 * text.
 */
#ifndef TESTS_STORE_SUBJECT_H
#define TESTS_STORE_SUBJECT_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/store/store.h"
#include "proto/base/limits.h"
#include "proto/base/text.h"
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "tests/support/tests.h"

/* The twin belongs to tests/sim, whose library needs boxes that this test does not. */
#include "tests/sim/ram_reads.c"
#include "tests/sim/ram_store.c"

/* ------------------------------------------------------------------------ the subjects -- */

struct subject {
    char dir[64];
    struct store *store;
    struct ram_store *ram;
    struct store_read read;
};

static inline void lmdb_open(struct subject *s)
{
    const struct store_options options = {.dir = s->dir, .map_bytes = 256 * 1024};
    assert_ok(store_open(&s->store, &options));
}

static inline int setup_lmdb(void **state)
{
    struct subject *s = mem_zalloc(sizeof(*s));
    snprintf(s->dir, sizeof(s->dir), "/tmp/kith-store-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    lmdb_open(s);
    *state = s;
    return 0;
}

static inline int setup_ram(void **state)
{
    struct subject *s = mem_zalloc(sizeof(*s));
    s->ram = ram_store_new();
    *state = s;
    return 0;
}

static inline int teardown(void **state)
{
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
    struct subject *s = *state;
    char path[128];

    store_read_fini(&s->read);
    store_close(s->store);
    ram_store_free(s->ram);
    for (size_t i = 0; i < 3 && s->dir[0] != '\0'; i++) {
        snprintf(path, sizeof(path), "%s/%s", s->dir, files[i]);
        unlink(path);
    }
    if (s->dir[0] != '\0') assert_int_equal(rmdir(s->dir), 0);
    free(s);
    return 0;
}

static inline const struct store_reader *reader(struct subject *s)
{
    return s->ram != NULL ? ram_store_get_reader(s->ram) : store_get_reader(s->store);
}

static inline const struct log_reader *log_of(struct subject *s)
{
    return s->ram != NULL ? ram_store_get_log(s->ram) : store_get_log(s->store);
}

/* A group of batches; errs gets each one's fate. Returns the last local sequence. */
static inline void commit_group(struct subject *s, struct store_batch *batches, size_t n)
{
    struct ram_store_result result;

    if (s->ram == NULL) {
        store_commit(s->store, batches, n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        ram_store_submit(s->ram, i + 1, batches[i].writes, batches[i].n);
    assert_int_equal(ram_store_pending(s->ram), n);
    for (size_t i = 0; i < n; i++) {
        assert_true(ram_store_sync(s->ram, &result));
        assert_int_equal(result.batch, i + 1);
        batches[i].err = result.err;
        batches[i].lseq = result.lseq;
    }
    assert_false(ram_store_sync(s->ram, &result));
}

static inline enum err commit(struct subject *s, const struct write *writes, size_t n,
                              uint64_t *lseq)
{
    struct store_batch batch = {.batch = 1, .writes = writes, .n = n};
    commit_group(s, &batch, 1);
    if (batch.err == ERR_OK && lseq != NULL) *lseq = batch.lseq;
    return batch.err;
}

/* What was not committed is gone; what was is there. */
static inline void reopen(struct subject *s)
{
    const struct write lost = {
        .kind = WRITE_SETTING, .key = slice_of("lost", 4), .payload = slice_of("x", 1)};
    if (s->ram != NULL) {
        ram_store_submit(s->ram, 99, &lost, 1);
        ram_store_crash(s->ram);
        assert_int_equal(ram_store_pending(s->ram), 0);
        return;
    }
    store_close(s->store);
    lmdb_open(s);
}

static inline void read_request(struct subject *s, const struct read_request *request,
                                const struct read_entry **entries, size_t *n, bool *more)
{
    if (s->ram != NULL) {
        assert_ok(ram_store_read(s->ram, request, entries, n, more));
        return;
    }
    store_read_fini(&s->read);
    assert_ok(store_read(s->store, request, &s->read));
    *entries = s->read.entries;
    *n = s->read.n;
    *more = s->read.more;
}

/* --------------------------------------------------------------------------- envelopes -- */

struct made {
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope_id id;
    struct chain chain;
    uint64_t seq;
    struct slice payload;
};

/* The seq-th envelope of a device's chain; tag 0 makes a statement. */
static inline struct made make(struct arena *arena, unsigned device, unsigned tag, uint64_t seq,
                               size_t payload_n)
{
    struct made made = {.seq = seq};
    struct envelope e = {.kind = tag == 0 ? ENVELOPE_STATEMENT : ENVELOPE_RECORD, .seq = seq};
    uint8_t *payload = arena_alloc(arena, payload_n);

    for (size_t i = 0; i < payload_n; i++)
        payload[i] = (uint8_t)(device + tag + seq + i);
    made.payload = slice_of(payload, payload_n);
    memset(e.network.b, 7, sizeof(e.network.b));
    memset(e.device.b, (int)device, sizeof(e.device.b));
    memset(e.tag.b, (int)tag, sizeof(e.tag.b));
    if (seq > 1) memset(e.prev.b, (int)seq, sizeof(e.prev.b));
    if (tag != 0) {
        memset(e.key_id.b, 3, sizeof(e.key_id.b));
        memset(e.commit, 4, sizeof(e.commit));
    }
    e.payload_len = (uint32_t)payload_n;
    envelope_payload_hash(&e.payload_hash, made.payload);
    envelope_encode(made.header, &e);
    envelope_id(&made.id, made.header);
    made.chain = envelope_chain(&e);
    return made;
}

static inline struct write put(const struct made *made)
{
    return (struct write){.kind = WRITE_ENVELOPE,
                          .header = slice_of(made->header, sizeof(made->header)),
                          .payload = made->payload};
}

static inline struct write erase(const struct made *made)
{
    return (struct write){.kind = WRITE_ERASE, .chain = made->chain, .seq = made->seq};
}

static inline struct write local(const uint8_t id[32], const char *body)
{
    return (struct write){
        .kind = WRITE_LOCAL, .key = slice_of(id, 32), .payload = slice_of(body, strlen(body))};
}

static inline struct write setting(const char *key, const char *value)
{
    return (struct write){.kind = WRITE_SETTING,
                          .key = slice_of(key, strlen(key)),
                          .payload = slice_of(value, value == NULL ? 0 : strlen(value))};
}

/* ----------------------------------------------------------------- everything, as text -- */

static inline void say(struct buf *out, const char *what, struct slice bytes)
{
    buf_put_str(out, what);
    size_t at = out->len;
    buf_extend(out, bytes.n * 2 + 1);
    text_hex((char *)out->data + at, bytes.p, bytes.n);
    out->len--;
}

static inline void say_number(struct buf *out, const char *what, uint64_t v)
{
    char text[21];
    buf_put_str(out, what);
    buf_put_str(out, text_decimal(text, v));
}

static inline void dump_head(void *arg, const struct chain *chain, const struct place *head)
{
    say(arg, "\nhead ", slice_of(chain, sizeof(*chain)));
    say_number(arg, " ", head->seq);
    say(arg, " ", slice_of(head->id.b, 32));
}

static inline void dump_envelope(void *arg, struct slice header_bytes, struct slice payload)
{
    say(arg, "\nenvelope ", header_bytes);
    say(arg, " ", payload);
}

static inline void dump_statement(void *arg, struct slice header_bytes, struct slice payload,
                                  bool vouched)
{
    dump_envelope(arg, header_bytes, payload);
    if (vouched) buf_put_str(arg, " vouched");
}

static inline void dump_setting(void *arg, struct slice key, struct slice value)
{
    say(arg, "\nsetting ", key);
    say(arg, " ", value);
}

static inline bool dump_log(void *arg, const struct log_entry *entry)
{
    say_number(arg, "\nlog ", entry->lseq);
    say_number(arg, " ", entry->kind);
    say_number(arg, " ", entry->erased);
    say(arg, " ", entry->header);
    say(arg, " ", entry->payload);
    if (entry->kind == LOG_LOCAL) say(arg, " ", slice_of(entry->revision.b, 32));
    return true;
}

static inline void dump_read(struct subject *s, const struct read_request *request,
                             struct buf *out)
{
    const struct read_entry *entries;
    size_t n;
    bool more;

    read_request(s, request, &entries, &n, &more);
    for (size_t i = 0; i < n; i++) {
        say_number(out, "\nread ", entries[i].lseq);
        say_number(out, " ", entries[i].erased);
        say(out, " ", entries[i].header);
        say(out, " ", entries[i].payload);
        say(out, " ", slice_of(entries[i].revision.b, 32));
    }
    say_number(out, " more ", more);
}

static inline void dump(struct subject *s, struct buf *out)
{
    const struct store_reader *r = reader(s);
    const struct log_reader *l = log_of(s);
    struct chain chain = {0};

    r->each_head(r->ctx, dump_head, out);
    buf_put_str(out, "\nstatements");
    r->each_statement(r->ctx, dump_statement, out);
    buf_put_str(out, "\nbeacons");
    r->each_beacon(r->ctx, dump_envelope, out);
    r->each_setting(r->ctx, "", dump_setting, out);
    say_number(out, "\nlast ", l->last(l->ctx));
    assert_ok(l->read(l->ctx, 0, 1000000, dump_log, out));
    for (unsigned device = 1; device <= 3; device++) {
        for (unsigned tag = 0; tag < 3; tag++) {
            memset(chain.device.b, (int)device, sizeof(chain.device.b));
            memset(chain.tag.b, (int)tag, sizeof(chain.tag.b));
            const struct read_request run = {
                .kind = READ_RUN, .chain = chain, .seq = 2, .count = 4, .bytes_max = 1500};
            dump_read(s, &run, out);
            struct stored stored;
            for (uint64_t seq = 0; seq < 20; seq++) {
                if (!r->at(r->ctx, &chain, seq, &stored)) continue;
                say_number(out, "\nat ", stored.lseq);
                say_number(out, " ", stored.payload_held);
            }
        }
    }
    const struct read_request locals = {.kind = READ_LOCAL, .seq = 3, .count = 5};
    dump_read(s, &locals, out);
}

#endif
