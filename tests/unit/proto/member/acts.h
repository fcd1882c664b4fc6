/*
 * acts.h: acts of membership as the fold's tests say them, over world.h.
 */
#ifndef TESTS_MEMBER_ACTS_H
#define TESTS_MEMBER_ACTS_H

#include "tests/unit/proto/member/generate.h"
#include "tests/unit/proto/member/world.h"

#define ACTS_UNUSED __attribute__((unused))

/* The fold is a function of the set: concurrency, back-dating, and every order. */

ACTS_UNUSED static struct envelope_id remove_school(struct world *w, int by, bool root,
                                                    int school)
{
    return WORLD_POST(
        w, by, 0, root,
        make_school_remove(&w->body, &w->make, &w->schools[school].id, &w->frontier, &w->left));
}

ACTS_UNUSED static struct envelope_id remove_device(struct world *w, int by, int by_device,
                                                    bool root, int school, int device)
{
    return WORLD_POST(w, by, by_device, root,
                      make_device_remove(&w->body, &w->make,
                                         &w->schools[school].devices[device].pk, &w->frontier,
                                         &w->left));
}

ACTS_UNUSED static struct envelope_id role(struct world *w, int by, bool root, int school,
                                           bool on)
{
    return WORLD_POST(w, by, 0, root,
                      make_role(&w->body, &w->make, &w->schools[school].id, STATEMENT_STEWARD,
                                on, &w->frontier));
}

ACTS_UNUSED static struct envelope_id assent(struct world *w, int by, struct envelope_id act)
{
    return WORLD_POST(w, by, 0, false, make_assent(&w->body, &w->make, &act));
}

ACTS_UNUSED static struct envelope_id hide(struct world *w, int by, uint8_t record)
{
    struct record_id id = {{record}};
    return WORLD_POST(w, by, 0, false,
                      make_hide(&w->body, &w->make, &w->schools[0].id, &id, "", true));
}

ACTS_UNUSED static struct world *network(void)
{
    struct world *w = world_new(11);
    for (int s = 1; s <= 4; s++)
        world_admit(w, 0, s);
    world_steward(w, 1, -1);
    world_steward(w, 2, 1);
    world_add_device(w, 3, 1);
    world_add_device(w, 3, 2);
    return w;
}

#endif
