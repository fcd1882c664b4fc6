#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/fold_state.h"

/* Spaces: members, carriers, epochs and grants. */

static bool stands_now(const struct fold *fold, uint32_t number)
{
    return bit_get(fold->now.stands, number);
}

const struct recovery_pk *spaces_recovery(const struct node *node)
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
        current = memcmp(spaces_recovery(view->fold->nodes[roots.v[i]])->b, key, 32) == 0;
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

bool spaces_member(const struct fold *fold, const struct space *space, uint32_t school)
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
        if (!spaces_member(fold, space, ref->school)) continue;
        if (ref->device == NONE) {
            uint32_t root = fold->schools[ref->school].root;
            if (memcmp(spaces_recovery(fold->nodes[root])->b, key, 32) == 0) return true;
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

/* Those that could be, ascending by id. */
static void candidates(const struct fold *fold, const struct space *space, struct numbers *out)
{
    const struct statement_list *named;
    switch (space->space_class) {
    case SPACE_NETWORK:
        for (size_t i = 0; i < fold->by_school.n; i++)
            graph_push(out, fold->by_school.v[i]);
        break;
    case SPACE_OWN:
        graph_push(out, space->school);
        break;
    case SPACE_HUB:
        graph_push(out, space->school);
        if (fold->hub == NONE || fold->hub == space->school) break;
        graph_push(out, fold->hub);
        touched_sort(out, (struct touched_order){fold->schools, sizeof(struct school),
                                                 sizeof(struct school_id)});
        break;
    case SPACE_GROUP: /* its maker among them */
        named = &fold->nodes[space->made_by]->statement->u.space_new.schools;
        for (size_t i = 0; i < named->n; i++) {
            uint32_t school = graph_find_school(fold, statement_school_at(named, i));
            if (school != NONE) graph_push(out, school);
        }
        break;
    }
}

static bool one_is_missing(const struct numbers *of, const struct numbers *in)
{
    size_t at = 0;
    for (size_t i = 0; i < of->n; i++) { /* both are in one order */
        while (at < in->n && in->v[at] != of->v[i])
            at++;
        if (at == in->n) return true;
    }
    return false;
}

static void refresh_members(struct fold *fold, uint32_t number)
{
    struct space *space = &fold->spaces[number];
    struct view now = view_now(fold);
    struct numbers could = {0}, members = {0};
    bool by_hub_role;
    candidates(fold, space, &could);
    for (size_t i = 0; i < could.n; i++) {
        if (fold->schools[could.v[i]].live &&
            view_member(&now, number, could.v[i], NULL, &by_hub_role)) {
            graph_push(&members, could.v[i]);
        }
    }
    free(could.v);
    space->lost = one_is_missing(&space->members, &members);
    if (one_is_missing(&members, &space->members)) fold->touched.gained = true;
    free(space->members.v);
    space->members = members;
    space->carriers_now = NONE;
    for (size_t i = 0; i < space->carriers.n; i++) {
        uint32_t carriers = space->carriers.v[i];
        if (stands_now(fold, carriers) &&
            (space->carriers_now == NONE || graph_newer(fold, carriers, space->carriers_now))) {
            space->carriers_now = carriers;
        }
    }
}

/* Whether all that a grant gave the key to, members then, are members now. */
static bool grant_clean(const struct fold *fold, const struct space *space,
                        const struct node *grant)
{
    const struct statement_list *grants = &grant->statement->u.space_grant.grants;
    if (!stands_now(fold, grant->number)) return true;
    for (size_t i = 0; i < grants->n; i++) {
        if (grant->granted_member[i] &&
            !key_member_now(fold, space, statement_grant_at(grants, i)->recipient)) {
            return false;
        }
    }
    return true;
}

/* From the first grant on, or where nothing but new grants can have changed it from those. */
static void refresh_clean(struct fold *fold, struct epoch_state *epoch, bool from_first)
{
    const struct node *node = fold->nodes[epoch->node];
    const struct space *space = &fold->spaces[node->space];
    bool was = epoch->clean;
    if (from_first) {
        epoch->clean =
            fold->devices[node->device].live && spaces_member(fold, space, node->school);
        epoch->checked = 0;
    }
    while (epoch->clean && epoch->checked < epoch->grants.n) {
        const struct node *grant = fold->nodes[epoch->grants.v[epoch->checked]];
        epoch->clean = grant_clean(fold, space, grant);
        epoch->checked += epoch->clean ? 1 : 0;
    }
    if (epoch->clean != was) touched_space(fold, node->space);
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

static void refresh_depth(struct fold *fold, struct epoch_state *epoch)
{
    const struct node *node = fold->nodes[epoch->node];
    const struct statement_list *parents = &node->statement->u.space_epoch.parents;
    epoch->tip = stands_now(fold, epoch->node);
    epoch->loose = !epoch->tip && node->own == FOLD_VERDICT_STANDS;
    epoch->depth = 1;
    for (size_t p = 0; p < parents->n; p++) {
        struct epoch_state *parent =
            &fold->epochs[*map_get(&fold->epochs_by_id, statement_id_at(parents, p)->b)];
        if (epoch->tip) parent->tip = parent->loose = false;
        if (!stands_now(fold, parent->node)) continue;
        if (parent->depth + 1 > epoch->depth) epoch->depth = parent->depth + 1;
    }
}

static void refresh_write_epoch(const struct fold *fold, struct space *space)
{
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

static void refresh_epochs(struct fold *fold)
{
    struct touched *touched = &fold->touched;
    size_t from = touched->all ? 0 : fold->epochs_refreshed;
    /* In the order of their numbers: parents come before children. */
    for (size_t i = from; i < fold->epochs_n; i++)
        refresh_depth(fold, &fold->epochs[i]);
    /* A loss can spoil an epoch of its space, a gain mend any; else only new grants count. */
    for (size_t i = touched->gained ? 0 : from; i < fold->epochs_n; i++) {
        if (i >= from || !fold->epochs[i].clean) refresh_clean(fold, &fold->epochs[i], true);
    }
    for (size_t k = 0; k < touched->spaces.n; k++) {
        const struct space *space = &fold->spaces[touched->spaces.v[k]];
        for (size_t i = 0; i < space->epochs.n; i++)
            refresh_clean(fold, &fold->epochs[space->epochs.v[i]], space->lost);
    }
    for (size_t k = 0; k < touched->spaces.n; k++)
        refresh_write_epoch(fold, &fold->spaces[touched->spaces.v[k]]);
    fold->epochs_refreshed = fold->epochs_n;
}

void spaces_refresh(struct fold *fold)
{
    const struct touched *touched = &fold->touched;
    const struct touched_order by_tag = {fold->spaces, sizeof(struct space),
                                         sizeof(struct space_tag)};
    for (size_t i = 0; i < touched->spaces.n; i++) {
        uint32_t number = touched->spaces.v[i];
        const struct space *space = &fold->spaces[number];
        refresh_members(fold, number);
        /* A space whose school or space-new does not stand is none. */
        bool stands = (space->made_by == NONE || stands_now(fold, space->made_by)) &&
                      (space->school == NONE || fold->schools[space->school].member != NONE);
        touched_put(&fold->by_space, number, stands, by_tag);
    }
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
enum fold_part spaces_carrying(const struct fold *fold, const struct space *space,
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
    if (fold->schools[school].live && spaces_member(fold, space, school)) return FOLD_MEMBER;
    if (asked_to_join(fold, space, school)) return FOLD_ASKED_MEMBER;
    enum fold_part carries = spaces_carrying(fold, space, school);
    if (carries != FOLD_NONE) return carries;
    return was_member(fold, space, school) ? FOLD_LEFT : FOLD_NONE;
}
