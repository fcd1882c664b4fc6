/*
 * generate.h: a random statement of any type, within its bounds. Everything lies in the arena.
 */
#ifndef TESTS_MEMBER_GENERATE_H
#define TESTS_MEMBER_GENERATE_H

#include <stdlib.h>

#include "tests/support/tests.h"

#include "proto/base/cursor.h"
#include "proto/member/statement.h"

#define GEN_UNUSED __attribute__((unused))

static inline void gen_bytes(struct rng *rng, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = (uint8_t)rng_next(rng);
}

static inline struct statement_text gen_text(struct rng *rng, struct arena *arena, size_t least)
{
    size_t n = least + rng_below(rng, 20);
    char *p = arena_alloc(arena, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)('a' + rng_below(rng, 26));
    return (struct statement_text){.p = p, .n = n};
}

static inline struct statement_device gen_device(struct rng *rng, struct arena *arena)
{
    struct statement_device device;
    gen_bytes(rng, device.device.b, 32);
    gen_bytes(rng, device.box.b, 32);
    gen_bytes(rng, device.transport.b, 32);
    device.name = gen_text(rng, arena, 1);
    return device;
}

/* n items of `bytes` each, ascending by a big-endian count in front. */
static inline struct statement_list gen_list(struct rng *rng, struct arena *arena, size_t n,
                                             size_t bytes)
{
    uint8_t *items = arena_alloc(arena, n * bytes + 1);
    gen_bytes(rng, items, n * bytes);
    for (size_t i = 0; i < n; i++)
        put_be32(items + i * bytes, (uint32_t)i + 1);
    return (struct statement_list){.items = n == 0 ? NULL : items, .n = n};
}

/* Cuts in the given spaces, or in any when there are none. */
static inline struct statement_list gen_cuts(struct rng *rng, struct arena *arena, size_t n,
                                             const struct statement_list *spaces)
{
    struct statement_cut *cuts = arena_alloc(arena, n * sizeof(*cuts) + 1);
    for (size_t i = 0; i < n; i++) {
        gen_bytes(rng, &cuts[i], sizeof(cuts[i]));
        put_be32(cuts[i].chain.device.b, (uint32_t)i);
        cuts[i].seq = 1 + rng_below(rng, 1000);
        if (spaces != NULL) {
            cuts[i].chain.tag = *statement_tag_at(spaces, rng_below(rng, spaces->n));
        }
    }
    return (struct statement_list){.items = n == 0 ? NULL : cuts, .n = n};
}

/* The rest of a statement about a space, a chain or a record. */
GEN_UNUSED static void gen_statement_of_space(struct rng *rng, struct arena *arena,
                                              struct statement *st, size_t n,
                                              struct statement_list spaces)
{
    switch (st->type) {
    case STATEMENT_SPACE_NEW:
        st->u.space_new.name = gen_text(rng, arena, 0);
        st->u.space_new.schools = gen_list(rng, arena, n, 32);
        break;
    case STATEMENT_SPACE_ACCEPT:
        st->u.space_accept.part = (uint8_t)(1 + rng_below(rng, 2));
        break;
    case STATEMENT_SPACE_LEAVE:
        st->u.space_leave.part = (uint8_t)(1 + rng_below(rng, 2));
        st->u.space_leave.cuts = gen_cuts(rng, arena, n, NULL);
        break;
    case STATEMENT_SPACE_CARRIERS:
        st->u.space_carriers.schools = gen_list(rng, arena, n, 32);
        break;
    case STATEMENT_SPACE_EPOCH:
        st->u.space_epoch.parents = gen_list(rng, arena, n, 32);
        st->u.space_epoch.keys = gen_list(rng, arena, n, STATEMENT_SEALED_BYTES);
        st->u.space_epoch.cuts = gen_cuts(rng, arena, n, NULL);
        break;
    case STATEMENT_SPACE_GRANT:
        st->u.space_grant.grants = gen_list(rng, arena, n, STATEMENT_GRANT_BYTES);
        break;
    case STATEMENT_CUTOFF_EXTEND:
        st->u.cutoff_extend.spaces = spaces;
        st->u.cutoff_extend.cuts = gen_cuts(rng, arena, n, &spaces);
        break;
    case STATEMENT_PROOF: {
        uint8_t *a = arena_alloc(arena, ENVELOPE_HEADER_BYTES);
        uint8_t *b = arena_alloc(arena, ENVELOPE_HEADER_BYTES);
        gen_bytes(rng, a, ENVELOPE_HEADER_BYTES);
        gen_bytes(rng, b, ENVELOPE_HEADER_BYTES);
        put_be64(a + 88, 5);
        put_be64(b + 88, 6);
        st->u.proof.a = a;
        st->u.proof.b = b;
        break;
    }
    case STATEMENT_ERASE:
        st->u.erase.seq = 1 + rng_below(rng, 1000);
        st->u.erase.parents = gen_list(rng, arena, n, 32);
        break;
    case STATEMENT_HIDE:
    case STATEMENT_UNHIDE:
        st->u.hide.reason = gen_text(rng, arena, 0);
        break;
    case STATEMENT_HUB_SUCCESSION:
        st->u.hub_succession.cuts = gen_cuts(rng, arena, n, NULL);
        break;
    default:
        break;
    }
}

GEN_UNUSED static struct statement gen_statement(struct rng *rng, struct arena *arena,
                                                 uint8_t type)
{
    struct statement st;
    gen_bytes(rng, &st, sizeof(st));
    st.type = type;
    size_t n = rng_below(rng, 5);
    struct statement_list spaces = gen_list(rng, arena, 1 + rng_below(rng, 3), 16);
    st.seen = gen_list(rng, arena, n, 32);
    st.root.by_root = rng_chance(rng, 500);
    switch (type) {
    case STATEMENT_FOUND:
        st.u.found.network_name = gen_text(rng, arena, 1);
        st.u.found.school_name = gen_text(rng, arena, 1);
        st.u.found.device = gen_device(rng, arena);
        break;
    case STATEMENT_INVITE:
        st.u.invite.seals = gen_list(rng, arena, n, STATEMENT_GRANT_BYTES);
        break;
    case STATEMENT_ADMIT:
        st.u.admit.school_name = gen_text(rng, arena, 1);
        st.u.admit.device = gen_device(rng, arena);
        break;
    case STATEMENT_DEVICE_ADD:
        st.u.device_add.device = gen_device(rng, arena);
        st.root.by_root = true;
        break;
    case STATEMENT_DEVICE_REMOVE:
        st.u.device_remove.spaces = spaces;
        st.u.device_remove.cuts = gen_cuts(rng, arena, n, &spaces);
        break;
    case STATEMENT_SCHOOL_REMOVE:
        st.u.school_remove.spaces = spaces;
        st.u.school_remove.cuts = gen_cuts(rng, arena, n, &spaces);
        break;
    case STATEMENT_LEAVE:
        st.u.leave.spaces = spaces;
        st.u.leave.cuts = gen_cuts(rng, arena, n, &spaces);
        st.root.by_root = true;
        break;
    case STATEMENT_ROLE:
        st.u.role.role = (uint8_t)(1 + rng_below(rng, 3));
        st.u.role.on = rng_chance(rng, 500);
        st.u.role.cuts = gen_cuts(rng, arena, n, NULL);
        break;
    default:
        gen_statement_of_space(rng, arena, &st, n, spaces);
        break;
    }
    return st;
}

#endif
