/*
 * Statements: what decodes encodes to the same bytes; `seen` alone decodes whenever the whole
 * does; a root's signature holds where it was made and nowhere else.
 */
#include "proto/crypto/sign.h"
#include "proto/member/statement.h"
#include "tests/fuzz/fuzz.h"

static void check_root(const struct statement *statement, struct slice body)
{
    struct root_pk pk;
    struct root_sk sk;
    uint8_t seed[SIGN_SEED_BYTES] = {9};
    struct statement_place place = {.seq = 3, .network = {{1}}, .device = {{2}}};
    struct buf copy = {0};
    if (!statement->root.by_root) return;
    sign_root_keypair(&pk, &sk, seed);
    buf_put(&copy, body.p, body.n);
    FUZZ_CHECK(!statement_verify_root(buf_slice(&copy), &place, &pk));
    statement_sign_root(&copy, &place, &sk);
    FUZZ_CHECK(statement_verify_root(buf_slice(&copy), &place, &pk));
    place.seq++;
    FUZZ_CHECK(!statement_verify_root(buf_slice(&copy), &place, &pk));
    buf_fini(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = {0};
    struct slice body = slice_of(data, n);
    struct statement statement;
    struct statement_list seen = {0};
    uint8_t type = 0;
    enum err err = statement_decode(&statement, &arena, body);
    enum err err_seen = statement_decode_seen(&type, &seen, body);
    if (err == ERR_OK) {
        FUZZ_CHECK(err_seen == ERR_OK && type == statement.type && seen.n == statement.seen.n);
        for (size_t i = 1; i < seen.n; i++) {
            FUZZ_CHECK(
                envelope_id_cmp(statement_id_at(&seen, i - 1), statement_id_at(&seen, i)) < 0);
        }
        const char *name = statement_name(type);
        if (statement_type_of(name) != 0) {
            struct buf again = {0};
            FUZZ_CHECK(statement_type_of(name) == type);
            statement_encode(&again, &statement);
            FUZZ_CHECK(slice_eq(buf_slice(&again), body));
            buf_fini(&again);
            check_root(&statement, body);
        }
    } else {
        FUZZ_CHECK(err == ERR_MALFORMED);
    }
    arena_fini(&arena);
    return 0;
}

/* ---- seeds: one of every type, with lists of one and of two ---- */

static struct statement_list list(struct arena *arena, size_t n, size_t bytes)
{
    uint8_t *items = arena_alloc(arena, n * bytes + 1);
    for (size_t i = 0; i < n; i++)
        fuzz_count(items + i * bytes, bytes, (uint8_t)(10 + i));
    return (struct statement_list){.items = items, .n = n};
}

static struct statement_list cuts(struct arena *arena, size_t n)
{
    struct statement_cut *items = arena_alloc(arena, (n + 1) * sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        fuzz_count(items[i].chain.device.b, 32, (uint8_t)(20 + i));
        fuzz_count(items[i].chain.tag.b, 16, (uint8_t)(10 + i)); /* as list() names spaces */
        items[i].seq = i + 1;
    }
    return (struct statement_list){.items = items, .n = n};
}

static void fill(struct statement *s, struct arena *arena, size_t n, bool by_root)
{
    static uint8_t header[2][ENVELOPE_HEADER_BYTES];
    struct statement_text name = statement_text("Lincoln Middle");
    s->root.by_root = by_root;
    switch ((enum statement_type)s->type) {
    case STATEMENT_FOUND:
        s->u.found.network_name = s->u.found.school_name = s->u.found.device.name = name;
        break;
    case STATEMENT_INVITE:
        s->u.invite.seals = list(arena, n, STATEMENT_GRANT_BYTES);
        break;
    case STATEMENT_ADMIT:
        s->u.admit.school_name = s->u.admit.device.name = name;
        break;
    case STATEMENT_DEVICE_ADD:
        s->u.device_add.device.name = name;
        s->root.by_root = true;
        break;
    case STATEMENT_DEVICE_REMOVE:
        s->u.device_remove.spaces = list(arena, n, 16);
        s->u.device_remove.cuts = cuts(arena, n);
        break;
    case STATEMENT_SCHOOL_REMOVE:
        s->u.school_remove.spaces = list(arena, n, 16);
        s->u.school_remove.cuts = cuts(arena, n);
        break;
    case STATEMENT_LEAVE:
        s->u.leave.spaces = list(arena, n, 16);
        s->u.leave.cuts = cuts(arena, n);
        s->root.by_root = true;
        break;
    case STATEMENT_ROLE:
        s->u.role.role = (uint8_t)(1 + n);
        s->u.role.on = n == 1;
        s->u.role.cuts = cuts(arena, n);
        break;
    case STATEMENT_SPACE_NEW:
        s->u.space_new.name = n == 1 ? name : statement_text("");
        s->u.space_new.schools = list(arena, n, 32);
        break;
    case STATEMENT_SPACE_ACCEPT:
        s->u.space_accept.part = (uint8_t)(1 + n % 2);
        break;
    case STATEMENT_SPACE_LEAVE:
        s->u.space_leave.part = (uint8_t)(1 + n % 2);
        s->u.space_leave.cuts = cuts(arena, n);
        break;
    case STATEMENT_SPACE_CARRIERS:
        s->u.space_carriers.schools = list(arena, n, 32);
        break;
    case STATEMENT_SPACE_EPOCH:
        s->u.space_epoch.parents = list(arena, n, 32);
        s->u.space_epoch.keys = list(arena, n, STATEMENT_SEALED_BYTES);
        s->u.space_epoch.cuts = cuts(arena, n);
        break;
    case STATEMENT_SPACE_GRANT:
        s->u.space_grant.grants = list(arena, n, STATEMENT_GRANT_BYTES);
        break;
    case STATEMENT_CUTOFF_EXTEND:
        s->u.cutoff_extend.spaces = list(arena, n, 16);
        s->u.cutoff_extend.cuts = cuts(arena, n);
        break;
    case STATEMENT_PROOF:
        header[1][100] = 1;
        s->u.proof.a = header[0];
        s->u.proof.b = header[1];
        break;
    case STATEMENT_ERASE:
        s->u.erase.seq = 7;
        s->u.erase.parents = list(arena, n, 32);
        break;
    case STATEMENT_HIDE:
    case STATEMENT_UNHIDE:
        s->u.hide.reason = n == 1 ? name : statement_text("");
        break;
    case STATEMENT_HUB_SUCCESSION:
        s->u.hub_succession.cuts = cuts(arena, n);
        break;
    case STATEMENT_INVITE_VOID:
    case STATEMENT_ASSENT:
    case STATEMENT_ROOT_ROTATE:
    case STATEMENT_TYPES:
        break;
    }
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    for (uint8_t type = 1; type < STATEMENT_TYPES; type++) {
        for (size_t n = 0; n < 3; n++) {
            struct arena arena = {0};
            struct statement statement = {.type = type, .seen = list(&arena, n, 32)};
            struct buf body = {0};
            bool may = type == STATEMENT_DEVICE_REMOVE || type == STATEMENT_SCHOOL_REMOVE ||
                       type == STATEMENT_ROLE || type == STATEMENT_ROOT_ROTATE ||
                       type == STATEMENT_CUTOFF_EXTEND;
            fill(&statement, &arena, n, may && n == 1);
            statement_encode(&body, &statement);
            put(ctx, buf_slice(&body));
            buf_fini(&body);
            arena_fini(&arena);
        }
    }
    put(ctx, slice_of("\xf0\x00\x00later", 8));
}
