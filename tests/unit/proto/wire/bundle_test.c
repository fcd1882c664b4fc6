#include "proto/wire/bundle.h"

#include <stdlib.h>

#include "proto/base/cursor.h"
#include "proto/crypto/dh.h"
#include "tests/unit/proto/wire/samples.h"

/* A file's bytes, and the messages that went in. */
struct file {
    struct buf bytes;
    struct slice messages[64];
    size_t n;
};

struct keys {
    struct bundle_header header[2]; /* for the network, for a device */
    struct epoch_key epoch;
    struct box_sk box;
};

static void keys_init(struct keys *k, struct samples *s)
{
    *k = (struct keys){.epoch = s->keys[0]};
    vectors_count(k->box.b, 32, 0x11);
    k->header[0] = (struct bundle_header){
        .mode = BUNDLE_NETWORK, .network = s->signer.network, .key_id = s->key_ids[0]};
    k->header[1] = (struct bundle_header){.mode = BUNDLE_DEVICE, .network = s->signer.network};
    dh_public(k->header[1].recipient.b, k->box.b);
}

static void write_file(struct file *file, struct samples *s, const struct keys *k,
                       unsigned mode, const size_t *sizes, size_t n)
{
    struct bundle_writer writer;
    *file = (struct file){.n = n};
    assert_ok(bundle_writer_init(&writer, &file->bytes, &k->header[mode],
                                 mode == 0 ? &k->epoch : NULL, &s->env));
    for (size_t i = 0; i < n; i++) {
        file->messages[i] = samples_bytes(s, sizes[i]);
        bundle_writer_add(&writer, &file->bytes, file->messages[i]);
    }
    bundle_writer_finish(&writer, &file->bytes);
}

/* Reads with a step of that many bytes; *got counts the messages that came whole and right. */
static enum err read_file(const struct file *file, const struct keys *k, struct slice bytes,
                          size_t step, size_t *got)
{
    struct bundle_reader reader;
    *got = 0;
    if (bytes.n < BUNDLE_HEADER_BYTES) {
        struct bundle_header header;
        return bundle_header_decode(&header, bytes);
    }
    enum err err =
        bundle_reader_init(&reader, slice_of(bytes.p, BUNDLE_HEADER_BYTES), &k->epoch, &k->box);
    if (err != ERR_OK) return err;
    size_t at = BUNDLE_HEADER_BYTES;
    while (err == ERR_OK && at < bytes.n) {
        size_t n = bytes.n - at < step ? bytes.n - at : step;
        bundle_reader_feed(&reader, slice_of(bytes.p + at, n));
        at += n;
        struct slice message = {0};
        while ((err = bundle_reader_next(&reader, &message)) == ERR_OK && message.n > 0) {
            assert_true(*got < file->n);
            assert_true(slice_eq(file->messages[*got], message));
            ++*got;
        }
    }
    if (err == ERR_OK) err = bundle_reader_finish(&reader);
    bundle_reader_fini(&reader);
    return err;
}

static void test_a_bundle_gives_back_its_messages(void **state)
{
    (void)state;
    static const size_t many[] = {1, 500, 65532, 4, LIMIT_MESSAGE_BYTES, 64000, 64000, 7};
    static const size_t exact[] = {BUNDLE_CHUNK_BYTES - 4}; /* the last chunk is full */
    static const size_t over[] = {BUNDLE_CHUNK_BYTES - 3};
    struct samples s;
    struct keys k;
    samples_init(&s, 61);
    keys_init(&k, &s);
    for (unsigned mode = 0; mode < 2; mode++) {
        static const struct {
            const size_t *sizes;
            size_t n;
        } rows[] = {{many, 8}, {exact, 1}, {over, 1}, {many, 0}};
        for (size_t i = 0; i < 4; i++) {
            struct file file;
            struct bundle_header header;
            size_t got;
            write_file(&file, &s, &k, mode, rows[i].sizes, rows[i].n);
            struct slice bytes = buf_slice(&file.bytes);
            assert_ok(bundle_header_decode(&header, slice_of(bytes.p, BUNDLE_HEADER_BYTES)));
            assert_int_equal(k.header[mode].mode, header.mode);
            assert_true(network_id_eq(&s.signer.network, &header.network));
            assert_true(key_id_eq(&k.header[mode].key_id, &header.key_id));
            assert_true(box_pk_eq(&k.header[mode].recipient, &header.recipient));
            static const size_t steps[] = {1, 1000, 65536, 1000000};
            for (size_t j = i == 0; j < 4; j++) {
                assert_ok(read_file(&file, &k, bytes, steps[j], &got));
                assert_int_equal(rows[i].n, got);
            }
            buf_fini(&file.bytes);
        }
    }
    samples_fini(&s);
}

static void test_a_cut_bundle_says_so(void **state)
{
    (void)state;
    static const size_t sizes[] = {300, 70000 - 4000, 900, 66000};
    struct samples s;
    struct keys k;
    struct file file;
    size_t got;
    samples_init(&s, 62);
    keys_init(&k, &s);
    write_file(&file, &s, &k, 0, sizes, 4);
    for (size_t n = 0; n < file.bytes.len; n += n < 300 ? 1 : 1 + rng_below(&s.rng, 2000)) {
        assert_err(ERR_MALFORMED,
                   read_file(&file, &k, slice_of(file.bytes.data, n), 65536, &got));
    }
    /* What came before the cut was given out: the first chunk holds the first message. */
    assert_err(
        ERR_MALFORMED,
        read_file(&file, &k, slice_of(file.bytes.data, file.bytes.len - 1), 65536, &got));
    assert_true(got >= 1);
    buf_put_u8(&file.bytes, 0);
    assert_err(ERR_MALFORMED, read_file(&file, &k, buf_slice(&file.bytes), 65536, &got));
    buf_fini(&file.bytes);
    samples_fini(&s);
}

static void test_a_changed_bundle_does_not_open(void **state)
{
    (void)state;
    static const size_t sizes[] = {300, 20};
    struct samples s;
    struct keys k;
    struct file file;
    size_t got;
    samples_init(&s, 63);
    keys_init(&k, &s);
    for (unsigned mode = 0; mode < 2; mode++) {
        write_file(&file, &s, &k, mode, sizes, 2);
        for (size_t at = 0; at < file.bytes.len; at++) {
            uint8_t before = file.bytes.data[at];
            file.bytes.data[at] ^= (uint8_t)(1 + rng_below(&s.rng, 255));
            enum err err = read_file(&file, &k, buf_slice(&file.bytes), 65536, &got);
            assert_true(err == ERR_MALFORMED || err == ERR_VERSION || err == ERR_DECRYPT);
            assert_int_equal(0, got);
            file.bytes.data[at] = before;
        }
        buf_fini(&file.bytes);
    }
    samples_fini(&s);
}

/* Chunks in another order, twice, or from another bundle under the same epoch. */
static void test_chunks_keep_their_places(void **state)
{
    (void)state;
    static const size_t sizes[] = {60000, 60000, 60000, 60000};
    enum { CHUNK = 1 + 4 + BUNDLE_CHUNK_BYTES + 16 };
    struct samples s;
    struct keys k;
    struct file file, other;
    size_t got;
    samples_init(&s, 64);
    keys_init(&k, &s);
    write_file(&file, &s, &k, 0, sizes, 4);
    write_file(&other, &s, &k, 0, sizes, 4);
    const uint8_t *chunks = file.bytes.data + BUNDLE_HEADER_BYTES;
    for (unsigned what = 0; what < 4; what++) {
        struct buf bytes = {0};
        buf_put(&bytes, file.bytes.data, file.bytes.len);
        uint8_t *first = bytes.data + BUNDLE_HEADER_BYTES;
        if (what == 0) memcpy(first, chunks + CHUNK, CHUNK);
        if (what == 1) memcpy(first + CHUNK, chunks, CHUNK);
        if (what == 2) memcpy(first, other.bytes.data + BUNDLE_HEADER_BYTES, CHUNK);
        if (what == 3) first[CHUNK] = 1; /* claims to be the last */
        assert_err(ERR_DECRYPT, read_file(&file, &k, buf_slice(&bytes), 65536, &got));
        buf_fini(&bytes);
    }
    buf_fini(&file.bytes);
    buf_fini(&other.bytes);
    samples_fini(&s);
}

static void test_another_key_does_not_open_it(void **state)
{
    (void)state;
    static const size_t sizes[] = {10};
    struct samples s;
    struct keys k;
    struct bundle_reader reader;
    samples_init(&s, 65);
    keys_init(&k, &s);
    struct box_sk other_box = k.box;
    struct epoch_key other_epoch = k.epoch;
    other_box.b[3] ^= 1;
    other_epoch.b[3] ^= 1;
    for (unsigned mode = 0; mode < 2; mode++) {
        struct file file;
        write_file(&file, &s, &k, mode, sizes, 1);
        struct slice header = slice_of(file.bytes.data, BUNDLE_HEADER_BYTES);
        assert_err(ERR_DECRYPT, bundle_reader_init(&reader, header, &other_epoch, &other_box));
        assert_err(ERR_DECRYPT, bundle_reader_init(&reader, header, NULL, NULL));
        buf_fini(&file.bytes);
    }
    /* A small-order recipient is refused. */
    struct bundle_writer writer;
    struct buf out = {0};
    k.header[1].recipient = (struct box_pk){{0}};
    assert_err(ERR_HANDSHAKE, bundle_writer_init(&writer, &out, &k.header[1], NULL, &s.env));
    assert_int_equal(0, out.len);
    samples_fini(&s);
}

static void test_a_message_over_the_bound_is_refused(void **state)
{
    (void)state;
    struct samples s;
    struct keys k;
    struct file file;
    struct bundle_writer writer;
    size_t got;
    samples_init(&s, 66);
    keys_init(&k, &s);
    for (unsigned what = 0; what < 2; what++) {
        file = (struct file){0};
        assert_ok(bundle_writer_init(&writer, &file.bytes, &k.header[0], &k.epoch, &s.env));
        buf_put_u32(&writer.plain, what == 0 ? LIMIT_MESSAGE_BYTES + 1 : 0);
        buf_put_str(&writer.plain, "some bytes of it");
        bundle_writer_finish(&writer, &file.bytes);
        assert_err(ERR_MALFORMED, read_file(&file, &k, buf_slice(&file.bytes), 65536, &got));
        buf_fini(&file.bytes);
    }
    samples_fini(&s);
}

static void test_runs_travel_in_a_bundle(void **state)
{
    (void)state;
    struct samples s;
    struct keys k;
    struct bundle_writer writer;
    struct bundle_reader reader;
    struct buf bytes = {0}, message = {0};
    struct run_packer packer;
    struct run_unpacker u = {0};
    samples_init(&s, 67);
    keys_init(&k, &s);
    struct run_item *items = samples_chain(&s, 100, 2000);
    assert_ok(bundle_writer_init(&writer, &bytes, &k.header[0], &k.epoch, &s.env));
    assert_ok(run_packer_init(&packer, items, 100));
    while (run_packer_next(&packer, &message)) {
        bundle_writer_add(&writer, &bytes, buf_slice(&message));
        message.len = 0;
    }
    bundle_writer_finish(&writer, &bytes);

    assert_ok(
        bundle_reader_init(&reader, slice_of(bytes.data, BUNDLE_HEADER_BYTES), &k.epoch, NULL));
    bundle_reader_feed(
        &reader, slice_of(bytes.data + BUNDLE_HEADER_BYTES, bytes.len - BUNDLE_HEADER_BYTES));
    struct slice got;
    bool ended = false;
    for (;;) {
        struct wire_message m;
        assert_ok(bundle_reader_next(&reader, &got));
        if (got.n == 0) break;
        assert_ok(wire_decode(&m, &s.arena, got));
        if (m.type == WIRE_RUN) run_unpacker_begin(&u, &s.signer.network, &m.run);
        if (m.type == WIRE_ITEMS) assert_ok(run_unpacker_items(&u, &m.items));
        if (m.type == WIRE_RUN_END) {
            assert_ok(run_unpacker_finish(&u, RUN_COMPLETE, m.run_end.count));
            ended = true;
        }
    }
    assert_ok(bundle_reader_finish(&reader));
    assert_true(ended);
    assert_int_equal(100, run_unpacker_good(&u));
    assert_true(envelope_id_eq(&items[99].id, &run_unpacker_item(&u, 99)->id));
    bundle_reader_fini(&reader);
    run_unpacker_fini(&u);
    buf_fini(&message);
    buf_fini(&bytes);
    samples_fini(&s);
}

static void test_bundles_are_the_published_ones(void **state)
{
    (void)state;
    static const size_t sizes[] = {5, 30};
    struct samples s;
    struct keys k;
    json_t *list = json_array();
    samples_init(&s, 68);
    keys_init(&k, &s);
    for (unsigned mode = 0; mode < 2; mode++) {
        struct file file;
        write_file(&file, &s, &k, mode, sizes, 2);
        json_t *row = json_object(), *messages = json_array();
        vectors_put(row, "network_id", s.signer.network.b, 32);
        if (mode == 0) vectors_put(row, "epoch_key", k.epoch.b, 32);
        if (mode == 1) vectors_put(row, "box_sk", k.box.b, 32);
        for (size_t i = 0; i < file.n; i++) {
            json_array_append_new(messages,
                                  vectors_hex(file.messages[i].p, file.messages[i].n));
        }
        json_object_set_new(row, "messages", messages);
        vectors_put(row, "file", file.bytes.data, file.bytes.len);
        json_array_append_new(list, row);
        buf_fini(&file.bytes);
    }
    vectors_check("vectors/run/bundles.json", list);
    samples_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bundle_gives_back_its_messages),
        cmocka_unit_test(test_a_cut_bundle_says_so),
        cmocka_unit_test(test_a_changed_bundle_does_not_open),
        cmocka_unit_test(test_chunks_keep_their_places),
        cmocka_unit_test(test_another_key_does_not_open_it),
        cmocka_unit_test(test_a_message_over_the_bound_is_refused),
        cmocka_unit_test(test_runs_travel_in_a_bundle),
        cmocka_unit_test(test_bundles_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
