#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/fold_state.h"

/* Spaces: members, carriers, epochs and grants. */

static bool stands_now(const struct fold *fold, uint32_t number)
{
    return bit_get(fold->now.stands, number);
}

static const struct recovery_pk *recovery_of(const struct node *node)
{
    switch (node->type) {
    case STATEMENT_FOUND:
        return &node->statement->u.found.recovery_pk;
    case STATEMENT_ADMIT:
        return &node->statement->u.admit.recovery_pk;
    default:
        return &node->statement->u.root_rotate.recovery_pk;
    }
}

static const struct key_ref *key_ref(const struct fold *fold, const uint8_t key[32])
{
    const uint64_t *first = map_get(&fold->key_refs_by_key, key);
    return first == NULL ? NULL : &fold->key_refs[*first];
}

static const struct key_ref *key_ref_next(const struct fold *fold, const struct key_ref *ref)
{
    return ref->next == NONE ? NULL : &fold->key_refs[ref->next];
}

static bool recovery_current(const struct view *view, uint32_t school, const uint8_t key[32])
{
    struct numbers roots = {0};
    bool current = false;
    view_root(view, school, NULL, &roots);
    for (size_t i = 0; i < roots.n && !current; i++) {
        current = memcmp(recovery_of(view->fold->nodes[roots.v[i]])->b, key, 32) == 0;
    }
    free(roots.v);
    return current;
}

bool spaces_key_member(const struct view *view, const uint8_t key[32], uint32_t space)
{
    const struct fold *fold = view->fold;
    bool by_hub_role;
    for (const struct key_ref *ref = key_ref(fold, key); ref != NULL;
         ref = key_ref_next(fold, ref)) {
        uint32_t school = ref->school;
        if (!view_member(view, space, school, NULL, &by_hub_role)) continue;
        if (ref->device == NONE
                ? recovery_current(view, school, key)
                : view_enrolled(view, ref->device, &school, NULL) && school == ref->school) {
            return true;
        }
    }
    return false;
}

void spaces_grantees(struct fold *fold, struct node *node, const struct verdicts *past)
{
    if (node->type != STATEMENT_SPACE_GRANT) return;
    const struct statement_list *grants = &node->statement->u.space_grant.grants;
    struct view view = view_at(fold, past, node);
    node->granted_member = mem_zalloc(grants->n + 1);
    for (size_t i = 0; i < grants->n; i++) {
        node->granted_member[i] =
            spaces_key_member(&view, statement_grant_at(grants, i)->recipient, node->space);
    }
}

/* --------------------------------------------------------------------------------- refresh */

static bool member_now(const struct fold *fold, const struct space *space, uint32_t school)
{
    if (space->space_class == SPACE_NETWORK) return fold->schools[school].live;
    for (size_t i = 0; i < space->members.n; i++) {
        if (space->members.v[i] == school) return true;
    }
    return false;
}

static bool key_member_now(const struct fold *fold, const struct space *space,
                           const uint8_t key[32])
{
    for (const struct key_ref *ref = key_ref(fold, key); ref != NULL;
         ref = key_ref_next(fold, ref)) {
        if (!member_now(fold, space, ref->school)) continue;
        if (ref->device == NONE) {
            uint32_t root = fold->schools[ref->school].root;
            if (memcmp(recovery_of(fold->nodes[root])->b, key, 32) == 0) return true;
        } else if (fold->devices[ref->device].live &&
                   fold->devices[ref->device].school == ref->school) {
            return true;
        }
    }
    return false;
}

static bool names(const struct statement_list *schools, const struct school_id *school)
{
    for (size_t i = 0; i < schools->n; i++) {
        if (school_id_eq(statement_school_at(schools, i), school)) return true;
    }
    return false;
}

/* Of the schools that could be, those that are; ascending by id. */
static void refresh_members(struct fold *fold, uint32_t number)
{
    struct space *space = &fold->spaces[number];
    struct view now = view_now(fold);
    const struct statement_list *named = NULL;
    if (space->made_by != NONE) {
        named = &fold->nodes[space->made_by]->statement->u.space_new.schools;
    }
    bool by_hub_role;
    space->members.n = 0;
    for (size_t i = 0; i < fold->by_school_n; i++) {
        uint32_t school = fold->by_school[i];
        const struct school *who = &fold->schools[school];
        bool could = space->space_class == SPACE_NETWORK || space->school == school ||
                     (space->space_class == SPACE_HUB && who->hub) ||
                     (named != NULL && names(named, &who->id));
        if (could && who->live && view_member(&now, number, school, NULL, &by_hub_role)) {
            graph_push(&space->members, school);
        }
    }
    space->carriers_now = NONE;
    for (size_t i = 0; i < space->carriers.n; i++) {
        uint32_t carriers = space->carriers.v[i];
        if (stands_now(fold, carriers) &&
            (space->carriers_now == NONE || graph_newer(fold, carriers, space->carriers_now))) {
            space->carriers_now = carriers;
        }
    }
}

static bool epoch_clean(const struct fold *fold, const struct epoch_state *epoch)
{
    const struct node *node = fold->nodes[epoch->node];
    const struct space *space = &fold->spaces[node->space];
    if (!fold->devices[node->device].live || !member_now(fold, space, node->school))
        return false;
    for (size_t g = 0; g < epoch->grants.n; g++) {
        const struct node *grant = fold->nodes[epoch->grants.v[g]];
        if (!stands_now(fold, grant->number)) continue;
        const struct statement_list *grants = &grant->statement->u.space_grant.grants;
        for (size_t i = 0; i < grants->n; i++) {
            if (grant->granted_member[i] &&
                !key_member_now(fold, space, statement_grant_at(grants, i)->recipient)) {
                return false;
            }
        }
    }
    return true;
}

/* Longer chain first, then the smaller statement id. */
static bool epoch_before(const struct fold *fold, const struct epoch_state *a,
                         const struct epoch_state *b)
{
    if (a->depth != b->depth) return a->depth > b->depth;
    return envelope_id_cmp(&fold->nodes[a->node]->item.id, &fold->nodes[b->node]->item.id) < 0;
}

/* By insertion: from one refresh to the next they stay nearly in order. */
static void sort_epochs(const struct fold *fold, struct numbers *epochs)
{
    for (size_t i = 1; i < epochs->n; i++) {
        uint32_t moving = epochs->v[i];
        size_t k = i;
        for (; k > 0 &&
               epoch_before(fold, &fold->epochs[moving], &fold->epochs[epochs->v[k - 1]]);
             k--) {
            epochs->v[k] = epochs->v[k - 1];
        }
        epochs->v[k] = moving;
    }
}

static void refresh_epochs(struct fold *fold)
{
    /* In the order of their numbers: parents come before children. */
    for (size_t i = 0; i < fold->epochs_n; i++) {
        struct epoch_state *epoch = &fold->epochs[i];
        const struct node *node = fold->nodes[epoch->node];
        const struct statement_list *parents = &node->statement->u.space_epoch.parents;
        epoch->tip = stands_now(fold, epoch->node);
        epoch->clean = epoch_clean(fold, epoch);
        epoch->depth = 1;
        for (size_t p = 0; p < parents->n; p++) {
            struct epoch_state *parent =
                &fold->epochs[*map_get(&fold->epochs_by_id, statement_id_at(parents, p)->b)];
            if (!stands_now(fold, parent->node)) continue;
            if (parent->depth + 1 > epoch->depth) epoch->depth = parent->depth + 1;
            if (epoch->tip) parent->tip = false;
        }
    }
    for (size_t s = 0; s < fold->spaces_n; s++) {
        struct space *space = &fold->spaces[s];
        uint32_t best = NONE;
        sort_epochs(fold, &space->epochs);
        for (size_t i = 0; i < space->epochs.n; i++) {
            uint32_t at = space->epochs.v[i];
            const struct epoch_state *epoch = &fold->epochs[at];
            if (!stands_now(fold, epoch->node)) continue;
            if (best == NONE || (epoch->clean && !fold->epochs[best].clean) ||
                (epoch->clean == fold->epochs[best].clean &&
                 epoch_before(fold, epoch, &fold->epochs[best]))) {
                best = at;
            }
        }
        space->write_epoch = best;
    }
}

static int compare_tags(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct space_tag));
}

void spaces_refresh(struct fold *fold)
{
    struct {
        struct space_tag tag;
        uint32_t space;
    } *order = mem_zalloc((fold->spaces_n + 1) * sizeof(*order));
    fold->by_space = mem_realloc(fold->by_space, fold->spaces_n + 1, sizeof(uint32_t));
    fold->by_space_n = 0;
    for (uint32_t i = 0; i < fold->spaces_n; i++) {
        const struct space *space = &fold->spaces[i];
        refresh_members(fold, i);
        /* A space whose school or space-new does not stand is none. */
        if (space->made_by != NONE && !stands_now(fold, space->made_by)) continue;
        if (space->school != NONE && fold->schools[space->school].member == NONE) continue;
        order[fold->by_space_n].tag = space->tag;
        order[fold->by_space_n++].space = i;
    }
    qsort(order, fold->by_space_n, sizeof(*order), compare_tags);
    for (size_t i = 0; i < fold->by_space_n; i++)
        fold->by_space[i] = order[i].space;
    free(order);
    refresh_epochs(fold);
}

/* ----------------------------------------------------------------------- members, carriers */

enum answer { ANSWER_NONE, ANSWER_ACCEPTED, ANSWER_LEFT };

/* A school's newest standing answer in one part. */
static enum answer answer_of(const struct fold *fold, const struct space *space,
                             uint32_t school, uint8_t part)
{
    uint32_t best = NONE;
    for (size_t i = 0; i < space->accepts.n; i++) {
        const struct node *node = fold->nodes[space->accepts.v[i]];
        if (node->school == school && stands_now(fold, node->number) &&
            node->statement->u.space_accept.part == part &&
            (best == NONE || graph_newer(fold, node->number, best))) {
            best = node->number;
        }
    }
    for (size_t i = 0; i < space->leaves.n; i++) {
        const struct node *node = fold->nodes[space->leaves.v[i]];
        if (node->school == school && stands_now(fold, node->number) &&
            node->statement->u.space_leave.part == part &&
            (best == NONE || graph_newer(fold, node->number, best))) {
            best = node->number;
        }
    }
    if (best == NONE) return ANSWER_NONE;
    return fold->nodes[best]->type == STATEMENT_SPACE_ACCEPT ? ANSWER_ACCEPTED : ANSWER_LEFT;
}

static bool default_carrier(const struct fold *fold, const struct space *space, uint32_t school)
{
    return space->space_class == SPACE_GROUP &&
           (fold->schools[school].hub || fold->schools[school].steward);
}

/* CARRIER, ASKED_CARRIER or NONE. */
static enum fold_part carrying(const struct fold *fold, const struct space *space,
                               uint32_t school)
{
    const struct school *who = &fold->schools[school];
    if (!who->live) return FOLD_NONE;
    bool alive = space->school == NONE || fold->schools[space->school].live;
    if (!alive || (space->made_by != NONE && !stands_now(fold, space->made_by)))
        return FOLD_NONE;
    if (space->space_class == SPACE_HUB) return FOLD_CARRIER;
    if (space->space_class == SPACE_NETWORK) return FOLD_NONE;
    enum answer answer = answer_of(fold, space, school, STATEMENT_AS_CARRIER);
    if (answer == ANSWER_LEFT) return FOLD_NONE;
    bool by_default = default_carrier(fold, space, school);
    if (space->carriers_now == NONE) return by_default ? FOLD_CARRIER : FOLD_NONE;
    const struct node *named = fold->nodes[space->carriers_now];
    if (!names(&named->statement->u.space_carriers.schools, &who->id)) return FOLD_NONE;
    return by_default || answer == ANSWER_ACCEPTED ? FOLD_CARRIER : FOLD_ASKED_CARRIER;
}

static bool asked_to_join(const struct fold *fold, const struct space *space, uint32_t school)
{
    if (space->space_class != SPACE_GROUP || !stands_now(fold, space->made_by) ||
        !fold->schools[school].live || fold->nodes[space->made_by]->school == school) {
        return false;
    }
    const struct statement *made = fold->nodes[space->made_by]->statement;
    return names(&made->u.space_new.schools, &fold->schools[school].id) &&
           answer_of(fold, space, school, STATEMENT_AS_MEMBER) == ANSWER_NONE;
}

static bool was_member(const struct fold *fold, const struct space *space, uint32_t school)
{
    switch (space->space_class) {
    case SPACE_NETWORK:
        return fold->schools[school].member != NONE;
    case SPACE_OWN:
    case SPACE_HUB:
        return space->school == school;
    case SPACE_GROUP:
        return stands_now(fold, space->made_by) &&
               (fold->nodes[space->made_by]->school == school ||
                answer_of(fold, space, school, STATEMENT_AS_MEMBER) != ANSWER_NONE);
    }
    return false;
}

enum fold_part spaces_part(const struct fold *fold, uint32_t number, uint32_t school)
{
    const struct space *space = &fold->spaces[number];
    if (fold->schools[school].live && member_now(fold, space, school)) return FOLD_MEMBER;
    if (asked_to_join(fold, space, school)) return FOLD_ASKED_MEMBER;
    enum fold_part carries = carrying(fold, space, school);
    if (carries != FOLD_NONE) return carries;
    return was_member(fold, space, school) ? FOLD_LEFT : FOLD_NONE;
}

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
    if (i >= fold->by_space_n) return false;
    fill_space(fold, fold->by_space[i], out);
    return true;
}

/* NONE too when the space is there but nothing that made it stands. */
static uint32_t standing_space(const struct fold *fold, const struct space_tag *tag)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_space(fold, tag);
    if (number == NONE) return NONE;
    const struct space *space = &fold->spaces[number];
    if (space->made_by != NONE && !stands_now(fold, space->made_by)) return NONE;
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
    for (size_t k = 0; number != NONE && k < fold->by_school_n; k++) {
        if (spaces_part(fold, number, fold->by_school[k]) != part || i-- > 0) continue;
        *out = fold->schools[fold->by_school[k]].id;
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
    return member_now(fold, space, who) || carrying(fold, space, who) == FOLD_CARRIER;
}

bool fold_asked_at(const struct fold *fold, const struct school_id *school, size_t i,
                   struct space_tag *out)
{
    CHECK(!fold->dirty);
    uint32_t who = graph_find_school(fold, school);
    for (size_t k = 0; who != NONE && k < fold->by_space_n; k++) {
        enum fold_part part = spaces_part(fold, fold->by_space[k], who);
        if ((part != FOLD_ASKED_MEMBER && part != FOLD_ASKED_CARRIER) || i-- > 0) continue;
        *out = fold->spaces[fold->by_space[k]].tag;
        return true;
    }
    return false;
}

size_t fold_groups(const struct fold *fold, const struct school_id *school)
{
    CHECK(!fold->dirty);
    uint32_t who = graph_find_school(fold, school);
    size_t n = 0;
    for (size_t i = 0; who != NONE && i < fold->by_space_n; i++) {
        const struct space *space = &fold->spaces[fold->by_space[i]];
        n += space->space_class == SPACE_GROUP && member_now(fold, space, who) ? 1 : 0;
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
        .stands = stands_now(fold, epoch->node),
        .tip = epoch->tip,
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

/* The place of a recipient in a grant's ascending list, or n. */
static size_t grant_of(const struct statement_list *grants, const uint8_t recipient[32])
{
    size_t low = 0, high = grants->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        int order = memcmp(statement_grant_at(grants, mid)->recipient, recipient, 32);
        if (order == 0) return mid;
        if (order < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return grants->n;
}

bool fold_grant_at(const struct fold *fold, const struct envelope_id *epoch,
                   const uint8_t recipient[32], size_t i, struct statement_grant *out)
{
    const uint64_t *at = map_get(&fold->epochs_by_id, epoch->b);
    const struct numbers *grants = at == NULL ? NULL : &fold->epochs[*at].grants;
    for (size_t k = 0; grants != NULL && k < grants->n; k++) {
        const struct statement_list *list =
            &fold->nodes[grants->v[k]]->statement->u.space_grant.grants;
        size_t found = grant_of(list, recipient);
        if (found == list->n || i-- > 0) continue;
        *out = *statement_grant_at(list, found);
        return true;
    }
    return false;
}

bool fold_epoch_wanted(const struct fold *fold, const struct space_tag *tag)
{
    struct fold_epoch epoch;
    return !fold_write_epoch(fold, tag, &epoch) || !epoch.clean;
}

static bool granted(const struct fold *fold, const struct epoch_state *epoch,
                    const uint8_t recipient[32])
{
    for (size_t k = 0; k < epoch->grants.n; k++) {
        const struct statement_list *list =
            &fold->nodes[epoch->grants.v[k]]->statement->u.space_grant.grants;
        if (stands_now(fold, epoch->grants.v[k]) && grant_of(list, recipient) < list->n) {
            return true;
        }
    }
    return false;
}

static int compare_recipients(const void *a, const void *b)
{
    const struct fold_recipient *x = a, *y = b;
    return memcmp(x->key, y->key, sizeof(x->key));
}

static size_t recipients_of(const struct fold *fold, const struct space *space,
                            const struct epoch_state *epoch, struct fold_recipient *out)
{
    size_t n = 0;
    struct fold_device device;
    for (size_t m = 0; m < space->members.n; m++) {
        const struct school *school = &fold->schools[space->members.v[m]];
        struct fold_recipient to = {.school = school->id, .recovery = true};
        memcpy(to.key, recovery_of(fold->nodes[school->root])->b, sizeof(to.key));
        if (!granted(fold, epoch, to.key)) out[n++] = to;
        for (size_t i = 0; fold_school_device_at(fold, &school->id, i, &device); i++) {
            if (device.status != FOLD_LIVE) continue;
            to = (struct fold_recipient){.school = school->id, .device = device.id};
            memcpy(to.key, device.box.b, sizeof(to.key));
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
    const struct epoch_state *state = &fold->epochs[*at];
    const struct space *space = &fold->spaces[fold->nodes[state->node]->space];
    size_t cap = fold->schools_n + fold->devices_n + 1;
    struct fold_recipient *all = mem_zalloc(cap * sizeof(*all));
    size_t n = recipients_of(fold, space, state, all);
    if (max > 0) memcpy(out, all, (n < max ? n : max) * sizeof(*out));
    free(all);
    return n;
}
