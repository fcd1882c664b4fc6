/*
 * Messages of a session: what decodes encodes to the same bytes, every type has its name, and a
 * number that need not be understood is skipped.
 */
#include "proto/wire/wire.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = {0};
    struct wire_message message;
    enum err err = wire_decode(&message, &arena, slice_of(data, n));
    if (n > 0) {
        FUZZ_CHECK(wire_type_name(data[0]) != NULL && wire_bye_text(data[n - 1]) != NULL);
    }
    if (err == ERR_OK && message.type != WIRE_UNKNOWN) {
        struct buf again = {0};
        FUZZ_CHECK((uint8_t)message.type == data[0]);
        wire_encode(&again, &message);
        FUZZ_CHECK(slice_eq(buf_slice(&again), slice_of(data, n)));
        buf_fini(&again);
    } else if (err == ERR_OK) {
        FUZZ_CHECK(data[0] < WIRE_MUST_UNDERSTAND);
    } else {
        FUZZ_CHECK(err_blame(err) == BLAME_PEER);
    }
    arena_fini(&arena);
    return 0;
}

/* ---- seeds: every message, with lists of none, one and two ---- */

/* A header that decodes, for that payload. */
static void make_header(uint8_t out[ENVELOPE_HEADER_BYTES], uint8_t kind, struct slice payload)
{
    struct envelope envelope = {.kind = kind, .seq = 1, .network = {{1}}};
    if (kind == ENVELOPE_RECORD) envelope.tag.b[0] = 1;
    envelope.payload_len = (uint32_t)payload.n;
    envelope_payload_hash(&envelope.payload_hash, payload);
    envelope_encode(out, &envelope);
}

struct parts {
    struct wire_space spaces[2];
    struct entry entries[2];
    struct wire_hold holds[2];
    struct envelope_id ids[2];
    struct wire_item items[2];
};

static void parts_init(struct parts *parts)
{
    memset(parts, 0, sizeof(*parts));
    for (uint8_t i = 0; i < 2; i++) {
        fuzz_count(parts->spaces[i].tag.b, 16, (uint8_t)(1 + i));
        fuzz_count(parts->entries[i].device.b, 32, (uint8_t)(3 + i));
        parts->entries[i].head.seq = 1U + i;
        fuzz_count(parts->holds[i].tag.b, 16, (uint8_t)(5 + i));
        parts->holds[i].seq = 9;
        fuzz_count(parts->ids[i].b, 32, (uint8_t)(7 + i));
        parts->items[i].flags = i == 0 ? WIRE_ITEM_KEYED | WIRE_ITEM_KEY_ID : WIRE_ITEM_ERASED;
        parts->items[i].payload_len = 3;
        if (i == 0) parts->items[i].payload = slice_of("abc", 3);
    }
}

static void fill_piece(struct wire_message *m, size_t n)
{
    if (m->type == WIRE_PIECE)
        m->piece = (struct wire_piece){.number = 3, .bytes = slice_of("sealed", 3 * n)};
    else
        m->piece_want = (struct wire_piece_want){.number = (uint32_t)n};
}

static void fill(struct wire_message *m, struct parts *p, size_t n)
{
    struct wire_offer offer = {.spaces = p->spaces, .n = n, .flags = (uint8_t)(n & 1)};
    struct wire_set set = {.kind = (uint8_t)n};
    if (n == WIRE_SET_SPACE) fuzz_count(set.tag.b, 16, 1);
    switch (m->type) {
    case WIRE_HELLO:
        m->hello = (struct wire_hello){1, 1, slice_of("kith 0.1.0", 10), offer};
        break;
    case WIRE_SPACES:
        m->spaces.offer = offer;
        break;
    case WIRE_BUCKETS:
        m->buckets.set = set;
        for (uint8_t b = 0; b < n; b++) {
            wire_set_bit(m->buckets.nonempty, b);
            m->buckets.digests[b][0] = 1;
        }
        break;
    case WIRE_ENTRIES:
        m->entries = (struct wire_entries){.set = set, .entries = p->entries, .n = n};
        memset(m->entries.covered, 255, sizeof(m->entries.covered));
        break;
    case WIRE_DONE:
        m->done.set = set;
        break;
    case WIRE_RUN:
        m->run = (struct wire_run){
            .kind = (uint8_t)(n == 2 ? 9 : n + 1), .seq = 1, .count = 1, .bytes = 400};
        if (n != 1) fuzz_count(m->run.tag.b, 16, 1);
        break;
    case WIRE_ITEMS:
        m->items = (struct wire_items){p->items, n > 0 ? n : 1};
        break;
    case WIRE_RUN_END:
        m->run_end.count = (uint16_t)n;
        break;
    case WIRE_CREDIT:
        m->credit.bytes = 65536;
        break;
    case WIRE_ACK:
        m->ack = (struct wire_ack){.entries = p->entries, .n = n > 0 ? n : 1};
        break;
    case WIRE_HOLDS:
        m->holds = (struct wire_holds){p->holds, n > 0 ? n : 1};
        break;
    case WIRE_BEACON:
        m->beacon.payload = slice_of("body", n);
        make_header(m->beacon.header, ENVELOPE_BEACON, m->beacon.payload);
        break;
    case WIRE_FETCH:
        m->fetch = (struct wire_fetch){.number = 7, .by = (uint8_t)(1 + (n & 1)), .seq = 1};
        if (m->fetch.by == WIRE_FETCH_ID) {
            m->fetch.id = p->ids[0];
            m->fetch.seq = 0;
        }
        break;
    case WIRE_ENVELOPE:
        m->envelope.held = (uint8_t)n;
        m->envelope.payload = slice_of("body", n == WIRE_HELD_WHOLE ? 4 : 0);
        if (n > 0) make_header(m->envelope.header, ENVELOPE_RECORD, slice_of("body", 4));
        break;
    case WIRE_IDS_WANT:
        m->ids_want = (struct wire_ids_want){.number = 1, .first = 1, .stride = 4, .count = 9};
        break;
    case WIRE_IDS:
        m->ids = (struct wire_ids){.number = 1, .ids = p->ids, .n = n};
        break;
    case WIRE_PING:
    case WIRE_PONG: /* the same member in both */
        m->ping.token = n;
        break;
    case WIRE_BYE:
        m->bye.reason = (uint8_t)(1 + n);
        break;
    case WIRE_JOIN_REQUEST:
        m->join_request.body = slice_of("request", 1 + n);
        break;
    case WIRE_JOIN_STATUS:
        m->join_status.state = (uint8_t)n;
        m->join_status.text = slice_of("no", n);
        break;
    case WIRE_PIECE_WANT:
    case WIRE_PIECE:
        fill_piece(m, n);
        break;
    case WIRE_UNKNOWN:
    case WIRE_MUST_UNDERSTAND:
        break;
    }
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    struct parts parts;
    parts_init(&parts);
    for (uint8_t type = WIRE_HELLO; type <= WIRE_PIECE; type++) {
        for (size_t n = 0; n < 3; n++) {
            struct wire_message message;
            struct buf bytes = {0};
            memset(&message, 0, sizeof(message));
            message.type = (enum wire_type)type;
            fill(&message, &parts, n);
            wire_encode(&bytes, &message);
            put(ctx, buf_slice(&bytes));
            buf_fini(&bytes);
        }
    }
    put(ctx, slice_of("\x64later", 6));
    put(ctx, slice_of("\xc8later", 6));
}
