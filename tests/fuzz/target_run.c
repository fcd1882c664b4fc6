/*
 * Runs: a chain is made, packed into messages, spoilt on its way, and received. What the
 * receiver may keep is always a beginning of what was sent, and all of it when nothing was
 * spoilt.
 */
#include "proto/crypto/sign.h"
#include "proto/wire/run.h"
#include "tests/fuzz/fuzz.h"

enum { CHAIN_MAX = 20, MESSAGES_MAX = 2 * CHAIN_MAX };

struct sender {
    struct env env;
    struct device_sk sk;
    struct envelope_signer signer, founder;
    struct space_tag tag;
    struct epoch_key key;
    struct key_id key_ids[2];
    struct run_item items[CHAIN_MAX];
    struct buf payloads[CHAIN_MAX];
    size_t n;
    struct buf messages[MESSAGES_MAX];
    size_t n_messages;
};

static void sender_init(struct sender *s)
{
    struct device_pk pk;
    uint8_t seed[SIGN_SEED_BYTES];
    s->env = fuzz_env();
    fuzz_count(seed, sizeof(seed), 1);
    sign_device_keypair(&pk, &s->sk, seed);
    fuzz_count(s->signer.network.b, 32, 2);
    s->signer.sk = s->founder.sk = &s->sk;
    fuzz_count(s->tag.b, 16, 3);
    fuzz_count(s->key.b, 32, 4);
    fuzz_count(s->key_ids[0].b, 32, 5);
    fuzz_count(s->key_ids[1].b, 32, 6);
}

/* The chain: one byte of the input an envelope. */
static void sender_make(struct sender *s, struct fuzz_in *in)
{
    bool statements = fuzz_u8(in) % 2 == 1;
    size_t n = 1 + fuzz_below(in, CHAIN_MAX);
    struct place head = {.seq = fuzz_u8(in)};
    if (head.seq > 0) fuzz_count(head.id.b, 32, 9);
    for (; s->n < n; s->n++) {
        struct run_item *item = &s->items[s->n];
        struct buf *payload = &s->payloads[s->n];
        uint8_t how = fuzz_u8(in);
        struct slice body = fuzz_take(in, how & 15);
        uint8_t large[6000] = {0};
        enum err err;
        if ((how & 16) != 0) body = slice_of(large, sizeof(large));
        if (statements) {
            err = envelope_make_statement(
                item->header, head.seq == 0 && (how & 64) != 0 ? &s->founder : &s->signer,
                &head, body);
            buf_put(payload, body.p, body.n);
        } else {
            struct envelope_epoch epoch = {.id = s->key_ids[(how & 32) != 0], .key = &s->key};
            err = envelope_seal_record(item->header, payload, &s->signer, &s->tag, &head,
                                       &epoch, &s->env, body);
        }
        FUZZ_CHECK(err == ERR_OK);
        struct envelope envelope;
        FUZZ_CHECK(envelope_decode(&envelope, slice_of(item->header, sizeof(item->header))) ==
                   ERR_OK);
        if (!statements && (how & 64) != 0) envelope.kind = (uint8_t)(7 + how % 3);
        envelope_sign(&envelope, &s->sk);
        if ((how & 192) == 192) envelope.signature[3] ^= 1; /* a later one must cover it */
        envelope_encode(item->header, &envelope);
        envelope_id(&item->id, item->header);
        item->erased = (how & 128) != 0;
        item->payload = item->erased ? (struct slice){0} : buf_slice(payload);
        head = (struct place){.seq = head.seq + 1, .id = item->id};
    }
}

/* Signatures that were bad from the start (a receiver may then keep less than could be kept).
 */
static bool all_good(const struct sender *s)
{
    return envelope_verify_signature(s->items[s->n - 1].header);
}

static void sender_pack(struct sender *s, size_t stop_after)
{
    struct run_packer packer = {0};
    FUZZ_CHECK(run_fit(s->items, s->n) == s->n);
    FUZZ_CHECK(run_packer_init(&packer, s->items, s->n) == ERR_OK);
    while (s->n_messages < MESSAGES_MAX &&
           run_packer_next(&packer, &s->messages[s->n_messages])) {
        s->n_messages++;
        if (s->n_messages == stop_after) run_packer_stop(&packer);
    }
}

/* Receives; returns how many may be kept. */
static enum err receive(struct sender *s, struct run_unpacker *unpacker, bool *complete)
{
    struct arena arena = {0};
    enum err err = ERR_OK;
    bool begun = false;
    *complete = false;
    for (size_t i = 0; i < s->n_messages && err == ERR_OK; i++) {
        struct wire_message message;
        err = wire_decode(&message, &arena, buf_slice(&s->messages[i]));
        if (err != ERR_OK) break;
        if (message.type == WIRE_RUN && !begun) {
            run_unpacker_begin(unpacker, &s->signer.network, &message.run);
            begun = true;
        } else if (message.type == WIRE_ITEMS && begun) {
            err = run_unpacker_items(unpacker, &message.items);
        } else if (message.type == WIRE_RUN_END && begun) {
            err = run_unpacker_finish(unpacker, RUN_COMPLETE, message.run_end.count);
            *complete = err == ERR_OK;
            begun = false;
        }
    }
    if (begun) {
        enum err cut = run_unpacker_finish(unpacker, RUN_CUT, 0);
        if (err == ERR_OK) err = cut;
    }
    arena_fini(&arena);
    return err;
}

static void check_kept(const struct sender *s, const struct run_unpacker *unpacker, bool spoilt)
{
    for (size_t i = 0; i < run_unpacker_good(unpacker); i++) {
        const struct run_item *item = run_unpacker_item(unpacker, i);
        struct envelope_id id;
        envelope_id(&id, item->header);
        FUZZ_CHECK(envelope_id_eq(&id, &item->id));
        struct envelope envelope;
        FUZZ_CHECK(envelope_decode(&envelope, slice_of(item->header, sizeof(item->header))) ==
                   ERR_OK);
        if (!item->erased) {
            FUZZ_CHECK(envelope_check_payload(&envelope, item->payload) == ERR_OK);
        }
        if (!spoilt) {
            FUZZ_CHECK(memcmp(item->header, s->items[i].header, sizeof(item->header)) == 0);
            FUZZ_CHECK(slice_eq(item->payload, s->items[i].payload));
        }
    }
    size_t good = run_unpacker_good(unpacker);
    if (good > 0) {
        FUZZ_CHECK(envelope_verify_signature(run_unpacker_item(unpacker, good - 1)->header));
    }
}

static void sender_fini(struct sender *s)
{
    for (size_t i = 0; i < CHAIN_MAX; i++)
        buf_fini(&s->payloads[i]);
    for (size_t i = 0; i < MESSAGES_MAX; i++)
        buf_fini(&s->messages[i]);
    free(s);
}

/* Items that do not hang together, or too many of them, are refused before anything is sent. */
static void check_refused(struct sender *s, struct fuzz_in *in)
{
    struct run_packer packer = {0};
    if (s->n < 2) return;
    size_t at = 1 + fuzz_below(in, s->n - 1);
    struct run_item kept = s->items[at];
    s->items[at] = s->items[at - 1];
    FUZZ_CHECK(run_fit(s->items, s->n) <= at);
    FUZZ_CHECK(run_packer_init(&packer, s->items, s->n) == ERR_ORDER);
    s->items[at] = kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_in in = fuzz_in_of(data, n);
    struct sender *s = mem_zalloc(sizeof(*s));
    struct run_unpacker unpacker = {0};
    bool complete;
    sender_init(s);
    uint8_t stop = fuzz_u8(&in);
    sender_make(s, &in);
    check_refused(s, &in);
    sender_pack(s, stop < 32 ? stop : 0);
    bool spoilt = false;
    while (fuzz_more(&in)) { /* which message, where, how; or its loss */
        uint8_t which = fuzz_u8(&in);
        struct buf *message = &s->messages[which % s->n_messages];
        uint16_t at = fuzz_u16(&in);
        uint8_t mask = fuzz_u8(&in);
        if (message->len == 0 || mask == 0) continue;
        spoilt = true;
        if (mask == 255) {
            message->len = at % message->len;
        } else {
            message->data[at % message->len] ^= mask;
        }
    }
    enum err err = receive(s, &unpacker, &complete);
    if (!spoilt) {
        bool stopped = stop > 0 && stop < 32;
        if (!stopped && all_good(s)) {
            FUZZ_CHECK(err == ERR_OK && complete && run_unpacker_good(&unpacker) == s->n);
        }
        FUZZ_CHECK(err == ERR_OK || err == ERR_SIGNATURE);
    }
    check_kept(s, &unpacker, spoilt);
    run_unpacker_fini(&unpacker);
    sender_fini(s);
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    for (uint8_t kind = 0; kind < 2; kind++) {
        for (uint8_t n = 0; n < 8; n++) {
            for (uint8_t how = 0; how < 16; how++) {
                uint8_t seed[40] = {(uint8_t)(how == 3 ? 2 : 99), kind, n, how & 1};
                for (size_t i = 0; i < 8; i++)
                    seed[4 + i] = (uint8_t)(((how * (i + 1)) & 15) << 4);
                size_t bytes = 4 + (size_t)n + 2; /* then the place of check_refused */
                if (how > 8) {                    /* spoil something too */
                    seed[bytes++] = how;
                    seed[bytes++] = 0;
                    seed[bytes++] = (uint8_t)(n * 20);
                    seed[bytes++] = how == 9 ? 255 : 1;
                }
                put(ctx, slice_of(seed, bytes));
            }
        }
    }
}
