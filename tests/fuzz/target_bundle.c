/*
 * Bundles: a file that was made is read back message by message; a spoilt, cut or foreign one
 * gives an error and, before it, only a beginning of what went in.
 */
#include "proto/crypto/dh.h"
#include "proto/wire/bundle.h"
#include "tests/fuzz/fuzz.h"

enum { MESSAGES_MAX = 16 };

struct made {
    struct env env;
    struct bundle_header header;
    struct epoch_key key;
    struct box_sk box;
    struct buf file;
    struct buf messages[MESSAGES_MAX];
    size_t n;
};

static bool make(struct made *made, struct fuzz_in *in, uint8_t flags)
{
    bool to_device = (flags & 1) != 0;
    made->env = fuzz_env();
    fuzz_count(made->header.network.b, 32, 1);
    fuzz_count(made->key.b, 32, 2);
    fuzz_count(made->box.b, 32, 3);
    made->header.mode = to_device ? BUNDLE_DEVICE : BUNDLE_NETWORK;
    if (to_device && (flags & 2) == 0) {
        dh_public(made->header.recipient.b, made->box.b);
    } else if (!to_device) {
        fuzz_count(made->header.key_id.b, 32, 4);
    } /* else a recipient of small order */
    struct bundle_writer writer = {0};
    enum err err = bundle_writer_init(&writer, &made->file, &made->header,
                                      to_device ? NULL : &made->key, &made->env);
    if (err != ERR_OK) {
        FUZZ_CHECK(to_device && (flags & 2) != 0);
        bundle_writer_fini(&writer);
        return false;
    }
    size_t n = fuzz_below(in, MESSAGES_MAX);
    for (; made->n < n; made->n++) {
        struct buf *message = &made->messages[made->n];
        uint8_t bytes = fuzz_u8(in);
        if (bytes >= 250) { /* several chunks in few bytes of input */
            fuzz_count(buf_extend(message, 60000), 60000, bytes);
        } else {
            struct slice part = fuzz_take(in, bytes);
            buf_put(message, part.p, part.n);
            if (part.n == 0) buf_put_u8(message, bytes);
        }
        bundle_writer_add(&writer, &made->file, buf_slice(message));
    }
    bundle_writer_finish(&writer, &made->file);
    bundle_writer_fini(&writer);
    return true;
}

/* Reads in pieces; how many messages came whole. */
static enum err read_all(const struct made *made, size_t piece, bool right_key, size_t *got)
{
    struct bundle_header header;
    struct slice file = buf_slice(&made->file);
    *got = 0;
    if (file.n < BUNDLE_HEADER_BYTES) {
        FUZZ_CHECK(bundle_header_decode(&header, file) != ERR_OK);
        return ERR_MALFORMED;
    }
    struct slice head = slice_of(file.p, BUNDLE_HEADER_BYTES);
    enum err err = bundle_header_decode(&header, head);
    if (err != ERR_OK) return err;
    struct epoch_key key = made->key;
    struct box_sk box = made->box;
    if (!right_key) key.b[0] ^= 1, box.b[0] ^= 8;
    struct bundle_reader reader = {0};
    bool to_device = header.mode == BUNDLE_DEVICE;
    err = bundle_reader_init(&reader, head, to_device ? NULL : &key, to_device ? &box : NULL);
    file = slice_of(file.p + BUNDLE_HEADER_BYTES, file.n - BUNDLE_HEADER_BYTES);
    while (err == ERR_OK) {
        struct slice message;
        while ((err = bundle_reader_next(&reader, &message)) == ERR_OK && message.n > 0) {
            FUZZ_CHECK(*got < made->n);
            FUZZ_CHECK(slice_eq(message, buf_slice(&made->messages[*got])));
            ++*got;
        }
        if (err != ERR_OK || file.n == 0) break;
        size_t n = file.n < piece ? file.n : piece;
        bundle_reader_feed(&reader, slice_of(file.p, n));
        file = slice_of(file.p + n, file.n - n);
    }
    if (err == ERR_OK) err = bundle_reader_finish(&reader);
    bundle_reader_fini(&reader);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    struct made made = {0};
    uint8_t flags = fuzz_u8(&in), piece = fuzz_u8(&in);
    bool raw = (flags & 4) != 0, spoilt = false, right_key = (flags & 8) == 0;
    if (raw) {
        struct slice file = fuzz_rest(&in);
        made.key.b[0] = 1;
        buf_put(&made.file, file.p, file.n);
    } else if (!make(&made, &in, flags)) {
        buf_fini(&made.file);
        return 0;
    } else {
        uint8_t cut = fuzz_u8(&in);
        if (cut > 0 && cut <= 40) made.file.len -= made.file.len * cut / 40, spoilt = true;
        if (cut > 250) buf_put_u8(&made.file, cut), spoilt = true;
        if (fuzz_spoil(&in, made.file.data, made.file.len)) spoilt = true;
    }
    size_t got;
    enum err err = read_all(&made, piece == 0 ? SIZE_MAX : (size_t)piece * 7, right_key, &got);
    if (!raw && !spoilt && right_key) FUZZ_CHECK(err == ERR_OK && got == made.n);
    if (raw || !right_key) FUZZ_CHECK(err != ERR_OK && got == 0);
    for (size_t i = 0; i < MESSAGES_MAX; i++)
        buf_fini(&made.messages[i]);
    buf_fini(&made.file);
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    for (uint8_t flags = 0; flags < 16; flags++) {
        for (uint8_t n = 0; n < 4; n++) {
            uint8_t seed[24] = {flags, (uint8_t)(n * 50), n, 3, 'a', 'b', 'c', 251, 2, 'd',
                                'e'};
            put(ctx, slice_of(seed, 11));
            seed[11] = 0;
            seed[12] = 0;
            seed[13] = (uint8_t)(n * 60);
            seed[14] = 1;
            put(ctx, slice_of(seed, 15));
            seed[11] = (uint8_t)(n * 10);
            put(ctx, slice_of(seed, 12));
        }
    }
    struct made made = {0};
    struct fuzz_in none = fuzz_in_of((const uint8_t *)"\1\3abc", 5);
    FUZZ_CHECK(make(&made, &none, 0));
    struct buf raw = {0};
    buf_put(&raw, "\4", 2);
    buf_put(&raw, made.file.data, made.file.len);
    put(ctx, buf_slice(&raw));
    raw.data[2 + 5] = 2; /* the other mode */
    put(ctx, buf_slice(&raw));
    buf_fini(&raw);
    buf_fini(&made.messages[0]);
    buf_fini(&made.file);
}
