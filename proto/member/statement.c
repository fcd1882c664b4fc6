#include "proto/member/statement.h"

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/base/text.h"
#include "proto/crypto/sign.h"

/*
 * The one table. A body is its type, its `seen`, then the fields of its row in order.
 * docs/PROTOCOL.md shows the same rows to people; tests hold both to the published vectors.
 */
enum field_kind {
    FIELD_END,
    FIELD_RAW,       /* n bytes */
    FIELD_BORROW,    /* n bytes, not copied */
    FIELD_U8,        /* 1 … n */
    FIELD_BOOL,      /* 0 or 1 */
    FIELD_U64,       /* any */
    FIELD_SEQ,       /* 1 … 2^63 - 1 */
    FIELD_TEXT,      /* 1-byte length, UTF-8; n is the least length */
    FIELD_DEVICE,    /* three keys and a name */
    FIELD_LIST,      /* count, items of n bytes, ascending by their first key_bytes */
    FIELD_KEYS,      /* one 48-byte sealed key for each item of the list before it */
    FIELD_CUTS,      /* count, (device, tag, seq, id), ascending by chain */
    FIELD_MAY_ROOT,  /* 0; or 1, root key, signature */
    FIELD_MUST_ROOT, /* root key, signature */
};

struct field {
    enum field_kind kind;
    size_t offset;
    uint16_t n;
    uint16_t max; /* of a list */
    uint16_t key_bytes;
};

#define AT(member) offsetof(struct statement, u.member)
#define RAW(member, bytes)                 \
    {                                      \
        FIELD_RAW, AT(member), bytes, 0, 0 \
    }
#define BORROW(member, bytes)                 \
    {                                         \
        FIELD_BORROW, AT(member), bytes, 0, 0 \
    }
#define U8(member, most)                 \
    {                                    \
        FIELD_U8, AT(member), most, 0, 0 \
    }
#define BOOL(member)                    \
    {                                   \
        FIELD_BOOL, AT(member), 0, 0, 0 \
    }
#define U64(member)                    \
    {                                  \
        FIELD_U64, AT(member), 0, 0, 0 \
    }
#define SEQ(member)                    \
    {                                  \
        FIELD_SEQ, AT(member), 0, 0, 0 \
    }
#define TEXT(member, least)                 \
    {                                       \
        FIELD_TEXT, AT(member), least, 0, 0 \
    }
#define DEVICE(member)                    \
    {                                     \
        FIELD_DEVICE, AT(member), 0, 0, 0 \
    }
#define LIST(member, bytes, most)                  \
    {                                              \
        FIELD_LIST, AT(member), bytes, most, bytes \
    }
#define SEALS(member)                                                                      \
    {                                                                                      \
        FIELD_LIST, AT(member), STATEMENT_GRANT_BYTES, LIMIT_GRANTS, sizeof(struct box_pk) \
    }
#define KEYS(member)                                         \
    {                                                        \
        FIELD_KEYS, AT(member), STATEMENT_SEALED_BYTES, 0, 0 \
    }
#define SPACES(member) LIST(member, sizeof(struct space_tag), STATEMENT_SPACES_MAX)
#define CUTS(member)                                     \
    {                                                    \
        FIELD_CUTS, AT(member), 0, STATEMENT_CUTS_MAX, 0 \
    }
#define MAY_ROOT                   \
    {                              \
        FIELD_MAY_ROOT, 0, 0, 0, 0 \
    }
#define MUST_ROOT                   \
    {                               \
        FIELD_MUST_ROOT, 0, 0, 0, 0 \
    }
#define ROW(type, ...) [STATEMENT_##type] = {__VA_ARGS__, {FIELD_END, 0, 0, 0, 0}}

static const struct field rows[STATEMENT_TYPES][9] = {
    ROW(FOUND, TEXT(found.network_name, 1), TEXT(found.school_name, 1), RAW(found.root_pk, 32),
        RAW(found.recovery_pk, 32), DEVICE(found.device), RAW(found.signature, 64)),
    ROW(INVITE, RAW(invite.invite, 16), U64(invite.expires_ms), SEALS(invite.seals)),
    ROW(INVITE_VOID, RAW(invite_void.invite, 16)),
    ROW(ADMIT, RAW(admit.invite, 16), RAW(admit.school, 32), TEXT(admit.school_name, 1),
        RAW(admit.root_pk, 32), RAW(admit.recovery_pk, 32), DEVICE(admit.device),
        RAW(admit.signature, 64)),
    ROW(DEVICE_ADD, RAW(device_add.school, 32), DEVICE(device_add.device), MUST_ROOT),
    ROW(DEVICE_REMOVE, RAW(device_remove.device, 32), SPACES(device_remove.spaces),
        CUTS(device_remove.cuts), MAY_ROOT),
    ROW(SCHOOL_REMOVE, RAW(school_remove.school, 32), SPACES(school_remove.spaces),
        CUTS(school_remove.cuts), MAY_ROOT),
    ROW(LEAVE, SPACES(leave.spaces), CUTS(leave.cuts), MUST_ROOT),
    ROW(ROLE, RAW(role.school, 32), U8(role.role, STATEMENT_OBSERVER), BOOL(role.on),
        CUTS(role.cuts), MAY_ROOT),
    ROW(ASSENT, RAW(assent.act, 32)),
    ROW(ROOT_ROTATE, RAW(root_rotate.school, 32), RAW(root_rotate.root_pk, 32),
        RAW(root_rotate.recovery_pk, 32), MAY_ROOT),
    ROW(SPACE_NEW, TEXT(space_new.name, 0), LIST(space_new.schools, 32, STATEMENT_SCHOOLS_MAX)),
    ROW(SPACE_ACCEPT, RAW(space_accept.space, 32), U8(space_accept.part, STATEMENT_AS_CARRIER)),
    ROW(SPACE_LEAVE, RAW(space_leave.space, 32), U8(space_leave.part, STATEMENT_AS_CARRIER),
        CUTS(space_leave.cuts)),
    ROW(SPACE_CARRIERS, RAW(space_carriers.space, 32),
        LIST(space_carriers.schools, 32, STATEMENT_SCHOOLS_MAX)),
    ROW(SPACE_EPOCH, RAW(space_epoch.space, 32), RAW(space_epoch.key_id, 32),
        LIST(space_epoch.parents, 32, LIMIT_EPOCH_PARENTS), KEYS(space_epoch.keys),
        CUTS(space_epoch.cuts)),
    ROW(SPACE_GRANT, RAW(space_grant.epoch, 32), SEALS(space_grant.grants)),
    ROW(CUTOFF_EXTEND, RAW(cutoff_extend.removal, 32), SPACES(cutoff_extend.spaces),
        CUTS(cutoff_extend.cuts), MAY_ROOT),
    ROW(PROOF, BORROW(proof.a, ENVELOPE_HEADER_BYTES), BORROW(proof.b, ENVELOPE_HEADER_BYTES)),
    ROW(ERASE, RAW(erase.chain, 48), SEQ(erase.seq), RAW(erase.id, 32), RAW(erase.record, 16),
        RAW(erase.revision, 32), RAW(erase.edit, 16), U64(erase.lamport),
        LIST(erase.parents, 32, LIMIT_REVISION_PARENTS)),
    ROW(HIDE, RAW(hide.owner, 32), RAW(hide.record, 16), TEXT(hide.reason, 0)),
    ROW(UNHIDE, RAW(hide.owner, 32), RAW(hide.record, 16), TEXT(hide.reason, 0)),
    ROW(HUB_SUCCESSION, RAW(hub_succession.school, 32), CUTS(hub_succession.cuts)),
};

enum { CUT_BYTES = 88, SEQ_TOP_BIT = 63 };

static const char *const names[STATEMENT_TYPES] = {
#define X(name, number, text) [number] = text,
    STATEMENT_TABLE(X)
#undef X
};

static bool known(uint8_t type)
{
    return type > 0 && type < STATEMENT_TYPES;
}

const char *statement_name(uint8_t type)
{
    return known(type) ? names[type] : "unknown";
}

uint8_t statement_type_of(const char *name)
{
    for (uint8_t type = 1; type < STATEMENT_TYPES; type++) {
        if (strcmp(names[type], name) == 0) return type;
    }
    return 0;
}

static size_t seen_max(uint8_t type)
{
    return type == STATEMENT_DEVICE_ADD ? LIMIT_SEEN_DEVICE_ADD : LIMIT_SEEN;
}

/* A counted list of plain items, ascending by their first key_bytes, no two alike. */
static bool ascending(const uint8_t *items, size_t n, size_t bytes, size_t key_bytes)
{
    for (size_t i = 1; i < n; i++) {
        if (memcmp(items + (i - 1) * bytes, items + i * bytes, key_bytes) >= 0) return false;
    }
    return true;
}

bool statement_text_fits(const struct statement_text *text, size_t least)
{
    if (text->n < least || text->n > LIMIT_NAME_BYTES) return false;
    for (size_t i = 0; i < text->n; i++) {
        if ((uint8_t)text->p[i] < 0x20 || text->p[i] == 0x7f) return false;
    }
    return text_is_utf8(slice_of(text->p, text->n));
}

static bool seq_fits(uint64_t seq)
{
    return seq != 0 && seq >> SEQ_TOP_BIT == 0;
}

static bool cuts_fit(const struct statement_list *list)
{
    const struct statement_cut *cut = list->items;
    for (size_t i = 0; i < list->n; i++) {
        if (!seq_fits(cut[i].seq) || space_tag_is_zero(&cut[i].chain.tag)) return false;
        if (i > 0 && chain_cmp(&cut[i - 1].chain, &cut[i].chain) >= 0) return false;
    }
    return list->n <= STATEMENT_CUTS_MAX;
}

/* What the table cannot say of one field alone. */
static bool fields_agree(const struct statement *statement)
{
    const struct statement_list *spaces = NULL, *cuts = NULL;
    switch (statement->type) {
    case STATEMENT_DEVICE_REMOVE:
        spaces = &statement->u.device_remove.spaces;
        cuts = &statement->u.device_remove.cuts;
        break;
    case STATEMENT_SCHOOL_REMOVE:
        spaces = &statement->u.school_remove.spaces;
        cuts = &statement->u.school_remove.cuts;
        break;
    case STATEMENT_LEAVE:
        spaces = &statement->u.leave.spaces;
        cuts = &statement->u.leave.cuts;
        break;
    case STATEMENT_CUTOFF_EXTEND:
        spaces = &statement->u.cutoff_extend.spaces;
        cuts = &statement->u.cutoff_extend.cuts;
        break;
    case STATEMENT_PROOF: {
        const uint8_t *a = statement->u.proof.a, *b = statement->u.proof.b;
        uint64_t x = get_be64(a + 88), y = get_be64(b + 88);
        return x < y || (x == y && memcmp(a, b, ENVELOPE_HEADER_BYTES) < 0);
    }
    default:
        return true;
    }
    for (size_t i = 0; i < cuts->n; i++) {
        bool listed = false;
        for (size_t j = 0; j < spaces->n && !listed; j++) {
            listed = space_tag_eq(statement_tag_at(spaces, j),
                                  &statement_cut_at(cuts, i)->chain.tag);
        }
        if (!listed) return false;
    }
    return true;
}

/* --------------------------------------------------------------------------------- encode */

static void encode_text(struct buf *out, const struct statement_text *text, size_t least)
{
    CHECK(statement_text_fits(text, least));
    buf_put_u8(out, (uint8_t)text->n);
    buf_put(out, text->p, text->n);
}

static void encode_list(struct buf *out, const struct statement_list *list,
                        const struct field *field)
{
    CHECK(list->n <= field->max);
    CHECK(ascending(list->items, list->n, field->n, field->key_bytes));
    buf_put_u16(out, (uint16_t)list->n);
    buf_put(out, list->items, list->n * field->n);
}

static void encode_cuts(struct buf *out, const struct statement_list *list)
{
    CHECK(cuts_fit(list));
    buf_put_u16(out, (uint16_t)list->n);
    for (size_t i = 0; i < list->n; i++) {
        const struct statement_cut *cut = statement_cut_at(list, i);
        buf_put(out, cut->chain.device.b, 32);
        buf_put(out, cut->chain.tag.b, 16);
        buf_put_u64(out, cut->seq);
        buf_put(out, cut->id.b, 32);
    }
}

static void encode_root(struct buf *out, const struct statement_root *root)
{
    buf_put(out, root->pk.b, sizeof(root->pk.b));
    buf_put(out, root->signature, sizeof(root->signature));
}

static void encode_field(struct buf *out, const struct statement *statement,
                         const struct field *field)
{
    const uint8_t *at = (const uint8_t *)statement + field->offset;
    const struct statement_device *device;
    uint64_t number;
    switch (field->kind) {
    case FIELD_RAW:
        buf_put(out, at, field->n);
        break;
    case FIELD_BORROW:
        buf_put(out, *(const uint8_t *const *)(const void *)at, field->n);
        break;
    case FIELD_U8:
        CHECK(*at >= 1 && *at <= field->n);
        buf_put_u8(out, *at);
        break;
    case FIELD_BOOL:
        buf_put_u8(out, *(const bool *)at ? 1 : 0);
        break;
    case FIELD_U64:
    case FIELD_SEQ:
        memcpy(&number, at, sizeof(number));
        CHECK(field->kind == FIELD_U64 || seq_fits(number));
        buf_put_u64(out, number);
        break;
    case FIELD_TEXT:
        encode_text(out, (const struct statement_text *)(const void *)at, field->n);
        break;
    case FIELD_DEVICE:
        device = (const struct statement_device *)(const void *)at;
        buf_put(out, device->device.b, 32);
        buf_put(out, device->box.b, 32);
        buf_put(out, device->transport.b, 32);
        encode_text(out, &device->name, 1);
        break;
    case FIELD_LIST:
        encode_list(out, (const struct statement_list *)(const void *)at, field);
        break;
    case FIELD_KEYS: {
        /* The list before it gives the count: struct statement_list twice in a row. */
        const struct statement_list *list = (const struct statement_list *)(const void *)at;
        CHECK(list->n == (list - 1)->n);
        buf_put(out, list->items, list->n * field->n);
        break;
    }
    case FIELD_CUTS:
        encode_cuts(out, (const struct statement_list *)(const void *)at);
        break;
    case FIELD_MAY_ROOT:
        buf_put_u8(out, statement->root.by_root ? 1 : 0);
        if (statement->root.by_root) encode_root(out, &statement->root);
        break;
    case FIELD_MUST_ROOT:
        encode_root(out, &statement->root);
        break;
    case FIELD_END:
        break;
    }
}

void statement_encode(struct buf *out, const struct statement *statement)
{
    CHECK(known(statement->type));
    CHECK(statement->seen.n <= seen_max(statement->type) && fields_agree(statement));
    CHECK(ascending(statement->seen.items, statement->seen.n, 32, 32));
    buf_put_u8(out, statement->type);
    buf_put_u16(out, (uint16_t)statement->seen.n);
    buf_put(out, statement->seen.items, statement->seen.n * 32);
    for (const struct field *field = rows[statement->type]; field->kind != FIELD_END; field++) {
        encode_field(out, statement, field);
    }
}

/* --------------------------------------------------------------------------------- decode */

static void decode_text(struct cursor *cursor, struct statement_text *out, size_t least)
{
    struct slice bytes = cursor_take(cursor, cursor_u8(cursor));
    out->p = (const char *)bytes.p;
    out->n = bytes.n;
    if (!cursor->failed) cursor_require(cursor, statement_text_fits(out, least));
}

static void decode_list(struct cursor *cursor, struct statement_list *out, size_t bytes,
                        size_t max, size_t key_bytes)
{
    size_t n = cursor_count(cursor, max, bytes);
    struct slice items = cursor_take(cursor, n * bytes);
    if (cursor->failed) return;
    cursor_require(cursor, ascending(items.p, n, bytes, key_bytes));
    *out = (struct statement_list){.items = items.p, .n = n};
}

static void decode_cuts(struct cursor *cursor, struct arena *arena, struct statement_list *out)
{
    size_t n = cursor_count(cursor, STATEMENT_CUTS_MAX, CUT_BYTES);
    struct statement_cut *cuts = n == 0 ? NULL : arena_alloc(arena, n * sizeof(*cuts));
    for (size_t i = 0; i < n; i++) {
        cursor_copy(cursor, cuts[i].chain.device.b, 32);
        cursor_copy(cursor, cuts[i].chain.tag.b, 16);
        cuts[i].seq = cursor_u64(cursor);
        cursor_copy(cursor, cuts[i].id.b, 32);
    }
    *out = (struct statement_list){.items = cuts, .n = n};
    if (!cursor->failed) cursor_require(cursor, cuts_fit(out));
}

static void decode_root(struct cursor *cursor, struct statement_root *out)
{
    out->by_root = true;
    cursor_copy(cursor, out->pk.b, sizeof(out->pk.b));
    cursor_copy(cursor, out->signature, sizeof(out->signature));
}

static void decode_field(struct cursor *cursor, struct arena *arena,
                         struct statement *statement, const struct field *field)
{
    uint8_t *at = (uint8_t *)statement + field->offset;
    uint64_t number;
    uint8_t byte;
    switch (field->kind) {
    case FIELD_RAW:
        cursor_copy(cursor, at, field->n);
        break;
    case FIELD_BORROW:
        *(const uint8_t **)(void *)at = cursor_take(cursor, field->n).p;
        break;
    case FIELD_U8:
        byte = cursor_u8(cursor);
        cursor_require(cursor, byte >= 1 && byte <= field->n);
        *at = byte;
        break;
    case FIELD_BOOL:
        byte = cursor_u8(cursor);
        cursor_require(cursor, byte <= 1);
        *(bool *)at = byte == 1;
        break;
    case FIELD_U64:
    case FIELD_SEQ:
        number = cursor_u64(cursor);
        cursor_require(cursor, field->kind == FIELD_U64 || seq_fits(number));
        memcpy(at, &number, sizeof(number));
        break;
    case FIELD_TEXT:
        decode_text(cursor, (struct statement_text *)(void *)at, field->n);
        break;
    case FIELD_DEVICE: {
        struct statement_device *device = (struct statement_device *)(void *)at;
        cursor_copy(cursor, device->device.b, 32);
        cursor_copy(cursor, device->box.b, 32);
        cursor_copy(cursor, device->transport.b, 32);
        decode_text(cursor, &device->name, 1);
        break;
    }
    case FIELD_LIST:
        decode_list(cursor, (struct statement_list *)(void *)at, field->n, field->max,
                    field->key_bytes);
        break;
    case FIELD_KEYS: {
        struct statement_list *list = (struct statement_list *)(void *)at;
        list->n = (list - 1)->n;
        list->items = cursor_take(cursor, list->n * field->n).p;
        break;
    }
    case FIELD_CUTS:
        decode_cuts(cursor, arena, (struct statement_list *)(void *)at);
        break;
    case FIELD_MAY_ROOT:
        byte = cursor_u8(cursor);
        cursor_require(cursor, byte <= 1);
        if (byte == 1) decode_root(cursor, &statement->root);
        break;
    case FIELD_MUST_ROOT:
        decode_root(cursor, &statement->root);
        break;
    case FIELD_END:
        break;
    }
}

static void decode_start(struct cursor *cursor, uint8_t *type, struct statement_list *seen)
{
    *type = cursor_u8(cursor);
    cursor_require(cursor, *type != 0);
    decode_list(cursor, seen, 32, LIMIT_SEEN, 32);
}

enum err statement_decode_seen(uint8_t *type, struct statement_list *seen, struct slice body)
{
    struct cursor cursor = cursor_of(body);
    uint8_t first = 0;
    struct statement_list list = {0};
    decode_start(&cursor, &first, &list);
    if (cursor.failed) return ERR_MALFORMED;
    *type = first;
    *seen = list;
    return ERR_OK;
}

enum err statement_decode(struct statement *out, struct arena *arena, struct slice body)
{
    struct cursor cursor = cursor_of(body);
    struct statement statement = {0};
    decode_start(&cursor, &statement.type, &statement.seen);
    if (cursor.failed) return ERR_MALFORMED;
    if (known(statement.type)) {
        cursor_require(&cursor, statement.seen.n <= seen_max(statement.type));
        const struct field *field = rows[statement.type];
        for (; field->kind != FIELD_END && !cursor.failed; field++) {
            decode_field(&cursor, arena, &statement, field);
        }
        if (!cursor_done(&cursor) || !fields_agree(&statement)) return ERR_MALFORMED;
    }
    *out = statement;
    return ERR_OK;
}

/* ------------------------------------------------------------------------------ root's part */

static const char root_label[] = "kith/1 root";

enum { PLACE_BYTES = 32 + 32 + 8 + 32 };

static void place_bytes(uint8_t out[PLACE_BYTES], const struct statement_place *place)
{
    memcpy(out, place->network.b, 32);
    memcpy(out + 32, place->device.b, 32);
    put_be64(out + 64, place->seq);
    memcpy(out + 72, place->prev.b, 32);
}

void statement_sign_root(struct buf *body, const struct statement_place *place,
                         const struct root_sk *sk)
{
    CHECK(body->len > STATEMENT_SIGNATURE_BYTES);
    uint8_t bound[PLACE_BYTES];
    place_bytes(bound, place);
    size_t covered = body->len - STATEMENT_SIGNATURE_BYTES;
    sign_root(body->data + covered, sk, root_label, slice_of(bound, sizeof(bound)),
              slice_of(body->data, covered));
}

bool statement_verify_root(struct slice body, const struct statement_place *place,
                           const struct root_pk *pk)
{
    if (body.n <= STATEMENT_SIGNATURE_BYTES) return false;
    uint8_t bound[PLACE_BYTES];
    place_bytes(bound, place);
    size_t covered = body.n - STATEMENT_SIGNATURE_BYTES;
    return sign_root_verify(body.p + covered, pk, root_label, slice_of(bound, sizeof(bound)),
                            slice_of(body.p, covered));
}
