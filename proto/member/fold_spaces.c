/* Queries of fold.h about spaces, their members, epochs and grants. */
#include "proto/base/check.h"
#include "proto/member/fold_state.h"
#include <stdlib.h>

/* --------------------------------------------------------------------------------- queries */

static void fill_space(const struct fold *fold, uint32_t number, struct fold_space *out)
{
    const struct space *space = &fold->spaces[number];
    *out = (struct fold_space){
        .id = space->id,
        .tag = space->tag,
        .space_class = space->space_class,
        .members_n = space->members.n,
        .has_epoch = space->write_epoch != NONE,
    };
    if (space->school != NONE) out->school = fold->schools[space->school].id;
    if (space->made_by != NONE) {
        const struct node *made = fold->nodes[space->made_by];
        out->made_by = made->item.id;
        out->maker = fold->schools[made->school].id;
        out->name = made->statement->u.space_new.name;
    }
}

bool fold_space_at(const struct fold *fold, size_t i, struct fold_space *out)
{
    CHECK(!fold->dirty);
    if (i >= fold->by_space.n) return false;
    fill_space(fold, fold->by_space.v[i], out);
    return true;
}

/* NONE too when the space is there but nothing that made it stands. */
static uint32_t standing_space(const struct fold *fold, const struct space_tag *tag)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_space(fold, tag);
    if (number == NONE) return NONE;
    const struct space *space = &fold->spaces[number];
    if (space->made_by != NONE && !bit_get(fold->now.stands, space->made_by)) return NONE;
    if (space->school != NONE && fold->schools[space->school].member == NONE) return NONE;
    return number;
}

bool fold_space(const struct fold *fold, const struct space_tag *tag, struct fold_space *out)
{
    uint32_t number = standing_space(fold, tag);
    if (number == NONE) return false;
    fill_space(fold, number, out);
    return true;
}

enum fold_part fold_part(const struct fold *fold, const struct space_tag *tag,
                         const struct school_id *school)
{
    uint32_t number = standing_space(fold, tag), who = graph_find_school(fold, school);
    return number == NONE || who == NONE ? FOLD_NONE : spaces_part(fold, number, who);
}

bool fold_part_at(const struct fold *fold, const struct space_tag *tag, enum fold_part part,
                  size_t i, struct school_id *out)
{
    uint32_t number = standing_space(fold, tag);
    if (number == NONE) return false;
    const struct space *space = &fold->spaces[number];
    if (part == FOLD_MEMBER) {
        if (i >= space->members.n) return false;
        *out = fold->schools[space->members.v[i]].id;
        return true;
    }
    if (part == FOLD_ASKED_MEMBER && space->space_class != SPACE_GROUP) return false;
    for (size_t k = 0; k < fold->by_school.n; k++) {
        if (spaces_part(fold, number, fold->by_school.v[k]) != part || i-- > 0) continue;
        *out = fold->schools[fold->by_school.v[k]].id;
        return true;
    }
    return false;
}

bool fold_holds_space(const struct fold *fold, const struct space_tag *tag,
                      const struct school_id *school)
{
    uint32_t number = standing_space(fold, tag), who = graph_find_school(fold, school);
    if (number == NONE || who == NONE || !fold->schools[who].live) return false;
    const struct space *space = &fold->spaces[number];
    return spaces_member(fold, space, who) || spaces_carrying(fold, space, who) == FOLD_CARRIER;
}

bool fold_asked_at(const struct fold *fold, const struct school_id *school, size_t i,
                   struct space_tag *out)
{
    CHECK(!fold->dirty);
    uint32_t who = graph_find_school(fold, school);
    for (size_t k = 0; who != NONE && k < fold->by_space.n; k++) {
        enum fold_part part = spaces_part(fold, fold->by_space.v[k], who);
        if ((part != FOLD_ASKED_MEMBER && part != FOLD_ASKED_CARRIER) || i-- > 0) continue;
        *out = fold->spaces[fold->by_space.v[k]].tag;
        return true;
    }
    return false;
}

size_t fold_groups(const struct fold *fold, const struct school_id *school)
{
    CHECK(!fold->dirty);
    uint32_t who = graph_find_school(fold, school);
    size_t n = 0;
    for (size_t i = 0; who != NONE && i < fold->by_space.n; i++) {
        const struct space *space = &fold->spaces[fold->by_space.v[i]];
        n += space->space_class == SPACE_GROUP && spaces_member(fold, space, who) ? 1 : 0;
    }
    return n;
}

/* ------------------------------------------------------------------------- epochs, grants */

static void fill_epoch(const struct fold *fold, const struct epoch_state *epoch,
                       struct fold_epoch *out)
{
    const struct node *node = fold->nodes[epoch->node];
    *out = (struct fold_epoch){
        .id = node->item.id,
        .key_id = node->statement->u.space_epoch.key_id,
        .tag = fold->spaces[node->space].tag,
        .maker = node->item.device,
        .stands = bit_get(fold->now.stands, epoch->node),
        .tip = epoch->tip,
        .loose = epoch->loose,
        .clean = epoch->clean,
        .depth = epoch->depth,
        .statement = node->statement,
    };
}

bool fold_write_epoch(const struct fold *fold, const struct space_tag *tag,
                      struct fold_epoch *out)
{
    uint32_t number = standing_space(fold, tag);
    if (number == NONE || fold->spaces[number].write_epoch == NONE) return false;
    fill_epoch(fold, &fold->epochs[fold->spaces[number].write_epoch], out);
    return true;
}

bool fold_epoch_at(const struct fold *fold, const struct space_tag *tag, size_t i,
                   struct fold_epoch *out)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_space(fold, tag);
    if (number == NONE || i >= fold->spaces[number].epochs.n) return false;
    fill_epoch(fold, &fold->epochs[fold->spaces[number].epochs.v[i]], out);
    return true;
}

static bool epoch_by(const struct fold *fold, const struct map *map, const void *key,
                     struct fold_epoch *out)
{
    CHECK(!fold->dirty);
    const uint64_t *at = map_get(map, key);
    if (at == NULL) return false;
    fill_epoch(fold, &fold->epochs[*at], out);
    return true;
}

bool fold_epoch(const struct fold *fold, const struct envelope_id *id, struct fold_epoch *out)
{
    return epoch_by(fold, &fold->epochs_by_id, id->b, out);
}

bool fold_epoch_by_key(const struct fold *fold, const struct key_id *key,
                       struct fold_epoch *out)
{
    return epoch_by(fold, &fold->epochs_by_key, key->b, out);
}

bool fold_grant_at(const struct fold *fold, const struct envelope_id *epoch,
                   const uint8_t recipient[32], size_t i, struct statement_grant *out)
{
    const uint64_t *at = map_get(&fold->epochs_by_id, epoch->b);
    const struct grant_ref *ref =
        at == NULL ? NULL : graph_grant(fold, (uint32_t)*at, recipient);
    for (; ref != NULL && i > 0; i--)
        ref = graph_grant_next(fold, ref);
    if (ref == NULL) return false;
    *out =
        *statement_grant_at(&fold->nodes[ref->node]->statement->u.space_grant.grants, ref->at);
    return true;
}

bool fold_epoch_wanted(const struct fold *fold, const struct space_tag *tag)
{
    struct fold_epoch epoch;
    return !fold_write_epoch(fold, tag, &epoch) || !epoch.clean;
}

static bool granted(const struct fold *fold, uint32_t epoch, const uint8_t recipient[32])
{
    const struct grant_ref *ref = graph_grant(fold, epoch, recipient);
    while (ref != NULL && !bit_get(fold->now.stands, ref->node))
        ref = graph_grant_next(fold, ref);
    return ref != NULL;
}

static int compare_recipients(const void *a, const void *b)
{
    const struct fold_recipient *x = a, *y = b;
    return memcmp(x->key, y->key, sizeof(x->key));
}

static size_t recipients_of(const struct fold *fold, const struct space *space, uint32_t epoch,
                            struct fold_recipient *out)
{
    size_t n = 0;
    for (size_t m = 0; m < space->members.n; m++) {
        uint32_t member = space->members.v[m];
        const struct school *school = &fold->schools[member];
        struct fold_recipient to = {.school = school->id, .recovery = true};
        memcpy(to.key, spaces_recovery(fold->nodes[school->root])->b, sizeof(to.key));
        if (!granted(fold, epoch, to.key)) out[n++] = to;
        for (size_t i = 0; i < school->devices.n; i++) {
            const struct device *device = &fold->devices[school->devices.v[i]];
            if (!device->live || device->school != member) continue;
            to = (struct fold_recipient){.school = school->id, .device = device->id};
            memcpy(to.key, schools_keys(fold, school->devices.v[i])->box.b, sizeof(to.key));
            if (!granted(fold, epoch, to.key)) out[n++] = to;
        }
    }
    qsort(out, n, sizeof(*out), compare_recipients);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || memcmp(out[kept - 1].key, out[i].key, 32) != 0) out[kept++] = out[i];
    }
    return kept;
}

size_t fold_grants_missing(const struct fold *fold, const struct envelope_id *epoch,
                           struct fold_recipient *out, size_t max)
{
    CHECK(!fold->dirty);
    const uint64_t *at = map_get(&fold->epochs_by_id, epoch->b);
    if (at == NULL) return 0;
    const struct space *space = &fold->spaces[fold->nodes[fold->epochs[*at].node]->space];
    size_t cap = fold->schools_n + fold->devices_n + 1;
    struct fold_recipient *all = mem_zalloc(cap * sizeof(*all));
    size_t n = recipients_of(fold, space, (uint32_t)*at, all);
    if (max > 0) memcpy(out, all, (n < max ? n : max) * sizeof(*out));
    free(all);
    return n;
}
