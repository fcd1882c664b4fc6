/*
 * histories.h: what members do at random, and the dump of a fold made from nothing.
 */
#ifndef TESTS_MEMBER_HISTORIES_H
#define TESTS_MEMBER_HISTORIES_H

#include "tests/unit/proto/member/acts.h"

#define HISTORIES_UNUSED __attribute__((unused))

/* The fold of these of the items, in this order (NULL: as they are). */
HISTORIES_UNUSED static void dump_of(const struct world *w, const size_t *order, size_t n,
                                     struct buf *out)
{
    struct fold *fold = world_fold(w, order, n);
    out->len = 0;
    fold_dump(fold, out);
    fold_free(fold);
}

HISTORIES_UNUSED static void random_act(struct world *w, struct rng *rng, int by)
{
    int on = (int)rng_below(rng, 6);
    int device = (int)rng_below(rng, 2), other = (int)rng_below(rng, WORLD_DEVICES);
    struct epoch_key key;
    struct envelope_id act;
    size_t missing;
    bool root = rng_chance(rng, 500);
    switch (rng_below(rng, 14)) {
    case 0:
        world_admit_device(w, by, on, other);
        break;
    case 1:
        if (fold_head(w->fold, &w->schools[by].devices[other].pk).seq == 0) {
            world_add_device(w, by, other);
        }
        break;
    case 2:
        if (fold_device(w->fold, &w->schools[on].devices[other].pk, &(struct fold_device){0})) {
            remove_device(w, by, device, root, on, other);
        }
        break;
    case 3:
        if (rng_chance(rng, 300) && world_school(w, on).status != FOLD_UNKNOWN) {
            remove_school(w, by, root, on);
        }
        break;
    case 4:
        if (world_school(w, on).status != FOLD_UNKNOWN)
            role(w, by, root, on, rng_chance(rng, 700));
        break;
    case 5:
    case 6:
        if (fold_pending_at(w->fold, 0, &act, &missing)) assent(w, by, act);
        break;
    case 7: {
        struct world_school *x = &w->schools[rng_below(rng, WORLD_SCHOOLS)];
        WORLD_POST(w, by, device, root,
                   make_root_rotate(&w->body, &w->make, &w->schools[on].id, &x->root_pk,
                                    &x->recovery_pk));
        break;
    }
    case 8:
        if (world_school(w, on).status == FOLD_LIVE && on != by) {
            WORLD_POST(w, by, device, false,
                       make_space_new(&w->body, &w->make, "", &w->schools[on].id, 1));
        }
        break;
    case 9: {
        struct space_tag tag;
        if (fold_asked_at(w->fold, &w->schools[by].id, 0, &tag)) {
            WORLD_POST(w, by, device, false,
                       make_space_accept(&w->body, &w->make, &tag, STATEMENT_AS_MEMBER));
        }
        break;
    }
    case 10:
    case 11: {
        struct fold_space space;
        size_t i = rng_below(rng, 24);
        if (fold_space_at(w->fold, i, &space)) {
            WORLD_POST(w, by, device, false,
                       make_space_epoch(&w->body, &w->make, &space.tag,
                                        w->schools[by].devices[device].ring, &w->frontier,
                                        &key));
        }
        break;
    }
    default:
        hide(w, by, (uint8_t)on);
        break;
    }
}

/* Whether a device of the school posted at or after the place. */
HISTORIES_UNUSED static bool posted_since(const struct world *w, int school, size_t place)
{
    for (size_t i = place; i < w->n; i++) {
        for (int d = 0; d < WORLD_DEVICES; d++) {
            if (device_pk_eq(&w->items[i].device, &w->schools[school].devices[d].pk))
                return true;
        }
    }
    return false;
}

#endif
