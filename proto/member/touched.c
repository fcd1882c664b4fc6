#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/fold_state.h"

/*
 * What a refresh has to look at. Only an end, an assent, a proof or a fork can turn the verdict
 * on a statement that was held (judge.c); after one of those all is made anew. Anything else
 * changes its signer's chain, the school and device that it enrols or gives a role, or its
 * space.
 */

static void add(struct numbers *list, bool *touched, uint32_t number)
{
    if (*touched) return;
    *touched = true;
    graph_push(list, number);
}

static void touch_school(struct fold *fold, uint32_t number)
{
    if (number != NONE) add(&fold->touched.schools, &fold->schools[number].touched, number);
}

static void touch_device(struct fold *fold, uint32_t number)
{
    if (number != NONE) add(&fold->touched.devices, &fold->devices[number].touched, number);
}

void touched_space(struct fold *fold, uint32_t number)
{
    if (number != NONE) add(&fold->touched.spaces, &fold->spaces[number].touched, number);
}

void touched_by(struct fold *fold, const struct node *node)
{
    touch_device(fold, node->device);
    if (node->own != FOLD_VERDICT_STANDS) return;
    touch_school(fold, node->target_school);
    touch_device(fold, node->target_device);
    touched_space(fold, node->space);
    if (node->target_device != NONE && fold->devices[node->target_device].enrolments.n > 1) {
        fold->touched.all = true; /* a key that two claim */
    }
    if (node->type != STATEMENT_FOUND && node->type != STATEMENT_ADMIT) return;
    const struct school *school = &fold->schools[node->target_school];
    if (school->members.n > 1) fold->touched.all = true; /* it is back, in its groups too */
    touched_space(fold, school->own_space);
    touched_space(fold, school->hub_space);
    touched_space(fold, 0); /* the network's, see fold_new */
}

void touched_all(struct fold *fold)
{
    fold->touched.all = true;
    for (uint32_t i = 0; i < fold->schools_n; i++)
        touch_school(fold, i);
    for (uint32_t i = 0; i < fold->devices_n; i++)
        touch_device(fold, i);
    for (uint32_t i = 0; i < fold->spaces_n; i++)
        touched_space(fold, i);
}

void touched_clear(struct fold *fold)
{
    struct touched *touched = &fold->touched;
    for (size_t i = 0; i < touched->schools.n; i++)
        fold->schools[touched->schools.v[i]].touched = false;
    for (size_t i = 0; i < touched->devices.n; i++)
        fold->devices[touched->devices.v[i]].touched = false;
    for (size_t i = 0; i < touched->spaces.n; i++) {
        struct space *space = &fold->spaces[touched->spaces.v[i]];
        space->touched = space->lost = false;
    }
    touched->schools.n = touched->devices.n = touched->spaces.n = 0;
    touched->all = touched->gained = touched->lost = false;
}

/* --------------------------------------------------------------------------- lists in order */

static const uint8_t *id_of(const struct touched_order *order, uint32_t number)
{
    return (const uint8_t *)order->items + number * order->item_bytes;
}

void touched_put(struct numbers *list, uint32_t number, bool in, struct touched_order order)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(id_of(&order, list->v[middle]), id_of(&order, number), order.id_bytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool there = low < list->n && list->v[low] == number;
    if (there == in) return;
    if (in) {
        graph_push(list, number);
        memmove(list->v + low + 1, list->v + low, (list->n - 1 - low) * sizeof(*list->v));
        list->v[low] = number;
    } else {
        list->n--;
        memmove(list->v + low, list->v + low + 1, (list->n - low) * sizeof(*list->v));
    }
}

struct sortable {
    uint8_t id[32];
    uint32_t number;
};

static int by_id(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(((struct sortable *)0)->id));
}

void touched_sort(struct numbers *list, struct touched_order order)
{
    if (list->n < 2) return;
    struct sortable *all = mem_zalloc(list->n * sizeof(*all));
    CHECK(order.id_bytes <= sizeof(all->id));
    for (size_t i = 0; i < list->n; i++) {
        memcpy(all[i].id, id_of(&order, list->v[i]), order.id_bytes);
        all[i].number = list->v[i];
    }
    qsort(all, list->n, sizeof(*all), by_id);
    for (size_t i = 0; i < list->n; i++)
        list->v[i] = all[i].number;
    free(all);
}
