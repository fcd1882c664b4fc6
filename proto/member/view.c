#include <stdlib.h>

#include "proto/member/fold_state.h"

/*
 * A view is the state as one statement sees it: a set with its verdicts, of which only the
 * statement's causal past gives anything, and of which every standing end takes, unless the
 * statement lies in that end's past. With `at` NULL the view is "now".
 *
 * One rule is everywhere: an end E takes what a giver G gives unless G follows E causally. So
 * an end beats every admit, device-add and role-on of its target that does not follow it.
 */

struct view view_at(const struct fold *fold, const struct verdicts *set, const struct node *at)
{
    return (struct view){.fold = fold,
                         .set = set,
                         .at = at,
                         .ignore = NONE,
                         .floor = RANK_NONE,
                         .extended = true};
}

struct view view_now(const struct fold *fold)
{
    return view_at(fold, &fold->now, NULL);
}

bool view_seen(const struct view *view, uint32_t number)
{
    if (view->at == NULL) return true;
    return node_saw(view->at, number);
}

static bool set_stands(const struct verdicts *set, uint32_t number)
{
    return number / 64 < set->words && bit_get(set->stands, number);
}

bool view_stands(const struct view *view, uint32_t number)
{
    const struct node *node = view->fold->nodes[number];
    if (node->core || view->set == &view->fold->now) return set_stands(view->set, number);
    /* Not in the verdicts of a past: its needs are all of core statements. */
    if (node->own != FOLD_VERDICT_STANDS) return false;
    if (node->device < view->set->forks_n && view->set->forks[node->device] <= node->item.seq) {
        return false;
    }
    struct view inner = view_at(view->fold, view->set, node);
    for (size_t i = 0; i < node->needs_n; i++) {
        if (!view_met(&inner, &node->needs[i])) return false;
    }
    return true;
}

bool view_carried(const struct view *view, uint32_t number)
{
    const struct node *act = view->fold->nodes[number];
    if (act->assents_needed == 0) return true;
    size_t found = 0;
    for (size_t e = 0; e < act->eligible.n && found < act->assents_needed; e++) {
        bool assented = false;
        for (size_t i = 0; i < act->assents.n && !assented; i++) {
            uint32_t a = act->assents.v[i];
            assented = view->fold->nodes[a]->school == act->eligible.v[e] &&
                       view_seen(view, a) && set_stands(view->set, a);
        }
        if (assented) found++;
    }
    return found >= act->assents_needed;
}

/* Whether an end takes what the giver gave, from where the view stands. */
static bool hits(const struct view *view, uint32_t end, uint32_t giver)
{
    const struct fold *fold = view->fold;
    if (end == giver || end == view->ignore || !set_stands(view->set, end)) return false;
    if (fold->nodes[end]->rank <= view->floor) return false;
    if (graph_in_past(fold, end, giver)) return false;
    if (view->at == NULL) return true;
    uint32_t at = view->at->number;
    if (graph_in_past(fold, at, end)) return false;
    if (!view->extended) return true;
    const struct numbers *extends = &fold->nodes[end]->extends;
    for (size_t i = 0; i < extends->n; i++) {
        if (set_stands(view->set, extends->v[i]) && graph_in_past(fold, at, extends->v[i])) {
            return false;
        }
    }
    return true;
}

static bool any_hits(const struct view *view, const struct numbers *ends, uint32_t giver)
{
    for (size_t i = 0; i < ends->n; i++) {
        if (hits(view, ends->v[i], giver)) return true;
    }
    return false;
}

static bool role_taken(const struct view *view, const struct need *need, uint32_t giver)
{
    const struct fold *fold = view->fold;
    const struct numbers *offs = &fold->schools[need->school].offs;
    for (size_t i = 0; i < offs->n; i++) {
        if (fold->nodes[offs->v[i]]->statement->u.role.role == need->role &&
            hits(view, offs->v[i], giver)) {
            return true;
        }
    }
    if (need->role != STATEMENT_HUB) return false;
    for (size_t i = 0; i < fold->successions.n; i++) {
        uint32_t end = fold->successions.v[i];
        if (fold->nodes[end]->target_school != need->school && hits(view, end, giver)) {
            return true;
        }
    }
    return false;
}

/* Of concurrent rotates the higher rank wins, then the smaller id; a later one always. */
static bool root_taken(const struct view *view, const struct need *need, uint32_t giver)
{
    const struct fold *fold = view->fold;
    const struct numbers *roots = &fold->schools[need->school].roots;
    const struct node *given = fold->nodes[giver];
    for (size_t i = 0; i < roots->n; i++) {
        uint32_t end = roots->v[i];
        const struct node *rotate = fold->nodes[end];
        if (rotate->type != STATEMENT_ROOT_ROTATE || !hits(view, end, giver)) continue;
        if (given->type != STATEMENT_ROOT_ROTATE || graph_in_past(fold, giver, end))
            return true;
        if (rotate->rank != given->rank
                ? rotate->rank > given->rank
                : envelope_id_cmp(&rotate->item.id, &given->item.id) < 0) {
            return true;
        }
    }
    return false;
}

bool view_gives(const struct view *view, const struct need *need, uint32_t giver)
{
    const struct fold *fold = view->fold;
    if (!view_seen(view, giver)) return false;
    if (!view->bare && !(view_stands(view, giver) && view_carried(view, giver))) return false;
    if (need->kind == NEED_STANDS) return true;
    if (any_hits(view, &fold->schools[need->school].ends, giver)) return false;
    switch (need->kind) {
    case NEED_ENROLED:
        return !any_hits(view, &fold->devices[need->device].ends, giver);
    case NEED_ROLE:
        return !role_taken(view, need, giver);
    case NEED_ROOT:
        return !root_taken(view, need, giver);
    case NEED_STANDS:
    case NEED_MEMBER:
        break;
    }
    return true;
}

bool view_met(const struct view *view, const struct need *need)
{
    for (size_t i = 0; i < need->givers.n; i++) {
        if (view_gives(view, need, need->givers.v[i])) return true;
    }
    return false;
}

/* Those of the candidates that give; true when there is one. Stops at the first without list.
 */
static bool collect(const struct view *view, const struct need *need,
                    const struct numbers *candidates, struct numbers *list)
{
    bool found = false;
    for (size_t i = 0; i < candidates->n && (list != NULL || !found); i++) {
        if (!view_gives(view, need, candidates->v[i])) continue;
        found = true;
        if (list != NULL) graph_push(list, candidates->v[i]);
    }
    return found;
}

bool view_any_stands(const struct view *view, const struct numbers *list, struct numbers *out)
{
    struct need need = {.kind = NEED_STANDS};
    return collect(view, &need, list, out);
}

bool view_school(const struct view *view, uint32_t school, struct numbers *list)
{
    struct need need = {.kind = NEED_MEMBER, .school = school};
    return collect(view, &need, &view->fold->schools[school].members, list);
}

bool view_enrolled(const struct view *view, uint32_t device, uint32_t *school,
                   struct numbers *list)
{
    const struct fold *fold = view->fold;
    const struct numbers *enrolments = &fold->devices[device].enrolments;
    /* A key that two schools claim belongs to the one of the smaller statement id. */
    uint32_t best = NONE;
    for (size_t i = 0; i < enrolments->n; i++) {
        uint32_t giver = enrolments->v[i];
        struct need need = {.kind = NEED_ENROLED,
                            .device = device,
                            .school = fold->nodes[giver]->target_school};
        if (!view_gives(view, &need, giver)) continue;
        if (best == NONE ||
            envelope_id_cmp(&fold->nodes[giver]->item.id, &fold->nodes[best]->item.id) < 0) {
            best = giver;
        }
    }
    if (best == NONE) return false;
    *school = fold->nodes[best]->target_school;
    for (size_t i = 0; i < enrolments->n && list != NULL; i++) {
        uint32_t giver = enrolments->v[i];
        struct need need = {.kind = NEED_ENROLED, .device = device, .school = *school};
        if (fold->nodes[giver]->target_school == *school && view_gives(view, &need, giver)) {
            graph_push(list, giver);
        }
    }
    return true;
}

static bool gives_role(const struct node *node, uint8_t role)
{
    switch (node->type) {
    case STATEMENT_FOUND:
        return role == STATEMENT_STEWARD || role == STATEMENT_HUB;
    case STATEMENT_HUB_SUCCESSION:
        return role == STATEMENT_HUB;
    default:
        return node->statement->u.role.role == role;
    }
}

bool view_role(const struct view *view, uint32_t school, uint8_t role, struct numbers *list)
{
    const struct fold *fold = view->fold;
    const struct numbers *roles = &fold->schools[school].roles;
    struct need need = {.kind = NEED_ROLE, .role = role, .school = school};
    bool found = false;
    for (size_t i = 0; i < roles->n && (list != NULL || !found); i++) {
        uint32_t giver = roles->v[i];
        if (!gives_role(fold->nodes[giver], role) || !view_gives(view, &need, giver)) continue;
        found = true;
        if (list != NULL) graph_push(list, giver);
    }
    return found;
}

static const struct root_pk *root_of(const struct node *node)
{
    switch (node->type) {
    case STATEMENT_FOUND:
        return &node->statement->u.found.root_pk;
    case STATEMENT_ADMIT:
        return &node->statement->u.admit.root_pk;
    default:
        return &node->statement->u.root_rotate.root_pk;
    }
}

bool view_root(const struct view *view, uint32_t school, const struct root_pk *pk,
               struct numbers *list)
{
    const struct fold *fold = view->fold;
    const struct numbers *roots = &fold->schools[school].roots;
    struct need need = {.kind = NEED_ROOT, .school = school};
    bool found = false;
    for (size_t i = 0; i < roots->n && (list != NULL || !found); i++) {
        uint32_t giver = roots->v[i];
        if (pk != NULL && !root_pk_eq(root_of(fold->nodes[giver]), pk)) continue;
        if (!view_gives(view, &need, giver)) continue;
        found = true;
        if (list != NULL) graph_push(list, giver);
    }
    return found;
}

uint32_t view_hub(const struct view *view)
{
    const struct fold *fold = view->fold;
    uint32_t best = NONE;
    for (size_t k = 0; k < fold->with_roles.n; k++) {
        struct numbers givers = {0};
        view_role(view, fold->with_roles.v[k], STATEMENT_HUB, &givers);
        for (size_t i = 0; i < givers.n; i++) {
            if (best == NONE || graph_newer(fold, givers.v[i], best)) best = givers.v[i];
        }
        free(givers.v);
    }
    return best == NONE ? NONE : fold->nodes[best]->target_school;
}

size_t view_stewards(const struct view *view, struct numbers *schools)
{
    const struct numbers *with_roles = &view->fold->with_roles;
    size_t n = 0;
    for (size_t k = 0; k < with_roles->n; k++) {
        if (!view_role(view, with_roles->v[k], STATEMENT_STEWARD, NULL)) continue;
        n++;
        if (schools != NULL) graph_push(schools, with_roles->v[k]);
    }
    return n;
}

/* An accept gives membership of a group until a leave of the same school that it did not see.
 */
static bool accept_holds(const struct view *view, const struct space *space, uint32_t accept,
                         uint32_t school)
{
    const struct fold *fold = view->fold;
    if (!view_seen(view, accept) || !view_stands(view, accept)) return false;
    for (size_t i = 0; i < space->leaves.n; i++) {
        uint32_t leave = space->leaves.v[i];
        const struct node *node = fold->nodes[leave];
        if (node->school == school &&
            node->statement->u.space_leave.part == STATEMENT_AS_MEMBER &&
            view_seen(view, leave) && view_stands(view, leave) &&
            !graph_in_past(fold, leave, accept)) {
            return false;
        }
    }
    return true;
}

static bool group_member(const struct view *view, const struct space *space, uint32_t school,
                         struct numbers *list)
{
    const struct fold *fold = view->fold;
    bool found = false;
    if (!view_seen(view, space->made_by) || !view_stands(view, space->made_by)) return false;
    if (fold->nodes[space->made_by]->school == school &&
        accept_holds(view, space, space->made_by, school)) {
        found = true;
        if (list != NULL) graph_push(list, space->made_by);
    }
    for (size_t i = 0; i < space->accepts.n; i++) {
        uint32_t accept = space->accepts.v[i];
        const struct node *node = fold->nodes[accept];
        if (node->school != school ||
            node->statement->u.space_accept.part != STATEMENT_AS_MEMBER ||
            !accept_holds(view, space, accept, school)) {
            continue;
        }
        found = true;
        if (list != NULL) graph_push(list, accept);
    }
    return found;
}

bool view_member(const struct view *view, uint32_t number, uint32_t school,
                 struct numbers *list, bool *by_hub_role)
{
    const struct space *space = &view->fold->spaces[number];
    *by_hub_role = false;
    if (!view_school(view, school, NULL)) return false;
    switch (space->space_class) {
    case SPACE_NETWORK:
        return true;
    case SPACE_OWN:
        return school == space->school;
    case SPACE_HUB:
        if (school == space->school) return true;
        *by_hub_role = view_school(view, space->school, NULL) && view_hub(view) == school;
        return *by_hub_role;
    case SPACE_GROUP:
        return group_member(view, space, school, list);
    }
    return false;
}
