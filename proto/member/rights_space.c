#include <stdlib.h>

#include "proto/member/needs.h"

/* The rights table's rows about spaces. */

static uint32_t space_known(struct judge *j, const struct space_id *id)
{
    struct space_tag tag = space_tag(id);
    uint32_t number = graph_find_space(j->fold, &tag);
    if (number == NONE || !space_id_eq(&j->fold->spaces[number].id, id)) return NONE;
    const struct space *space = &j->fold->spaces[number];
    if (space->space_class == SPACE_GROUP &&
        !(view_seen(&j->view, space->made_by) && view_stands(&j->view, space->made_by))) {
        return NONE;
    }
    if (space->school != NONE &&
        !view_any_stands(&j->view, &j->fold->schools[space->school].members, NULL)) {
        return NONE;
    }
    j->node->space = number;
    return number;
}

static enum fold_verdict need_member(struct judge *j, uint32_t space)
{
    struct numbers givers = {0};
    bool by_hub_role;
    if (!view_member(&j->view, space, j->node->school, &givers, &by_hub_role)) {
        free(givers.v);
        return FOLD_VERDICT_NOT_IN_SPACE;
    }
    if (givers.n > 0) needs_add(j, (struct need){.kind = NEED_STANDS}, givers);
    if (by_hub_role) return needs_role(j, STATEMENT_HUB, FOLD_VERDICT_NOT_HUB);
    return FOLD_VERDICT_STANDS;
}

static bool names(const struct statement_list *schools, const struct school_id *school)
{
    for (size_t i = 0; i < schools->n; i++) {
        if (school_id_eq(statement_school_at(schools, i), school)) return true;
    }
    return false;
}

enum fold_verdict rights_space_new(struct judge *j)
{
    TRY(needs_signer(j));
    const struct school_id *own = &j->fold->schools[j->node->school].id;
    const struct statement_list *schools = &j->st->u.space_new.schools;
    return schools->n >= 2 && names(schools, own) ? FOLD_VERDICT_STANDS
                                                  : FOLD_VERDICT_NOT_ALLOWED;
}

static size_t groups_of(const struct judge *j, uint32_t school)
{
    size_t n = 0;
    bool by_hub_role;
    for (uint32_t s = 0; s < j->fold->spaces_n; s++) {
        if (j->fold->spaces[s].space_class == SPACE_GROUP &&
            view_member(&j->view, s, school, NULL, &by_hub_role)) {
            n++;
        }
    }
    return n;
}

/* The standing space-carriers that name the school, in what is seen. */
static enum fold_verdict need_named_carrier(struct judge *j, const struct space *space)
{
    const struct school_id *own = &j->fold->schools[j->node->school].id;
    struct numbers naming = {0};
    for (size_t i = 0; i < space->carriers.n; i++) {
        const struct node *node = j->fold->nodes[space->carriers.v[i]];
        if (names(&node->statement->u.space_carriers.schools, own)) {
            graph_push(&naming, space->carriers.v[i]);
        }
    }
    enum fold_verdict verdict = needs_any(j, &naming);
    free(naming.v);
    return verdict;
}

enum fold_verdict rights_space_accept(struct judge *j)
{
    TRY(needs_signer(j));
    uint32_t number = space_known(j, &j->st->u.space_accept.space);
    if (number == NONE) return FOLD_VERDICT_NO_TARGET;
    const struct space *space = &j->fold->spaces[number];
    if (j->st->u.space_accept.part == STATEMENT_AS_CARRIER) {
        return need_named_carrier(j, space) == FOLD_VERDICT_STANDS ? FOLD_VERDICT_STANDS
                                                                   : FOLD_VERDICT_NOT_ALLOWED;
    }
    if (space->space_class != SPACE_GROUP) return FOLD_VERDICT_NOT_ALLOWED;
    const struct node *made = j->fold->nodes[space->made_by];
    const struct school_id *own = &j->fold->schools[j->node->school].id;
    if (!names(&made->statement->u.space_new.schools, own)) return FOLD_VERDICT_NOT_IN_SPACE;
    if (groups_of(j, j->node->school) >= LIMIT_GROUPS) return FOLD_VERDICT_LIMIT;
    struct numbers maker = {0};
    graph_push(&maker, space->made_by);
    enum fold_verdict verdict = needs_any(j, &maker);
    free(maker.v);
    return verdict;
}

static bool cuts_in(const struct statement_list *cuts, const struct space *space)
{
    for (size_t i = 0; i < cuts->n; i++) {
        if (!space_tag_eq(&statement_cut_at(cuts, i)->chain.tag, &space->tag)) return false;
    }
    return true;
}

enum fold_verdict rights_space_leave(struct judge *j)
{
    TRY(needs_signer(j));
    uint32_t number = space_known(j, &j->st->u.space_leave.space);
    if (number == NONE) return FOLD_VERDICT_NO_TARGET;
    const struct space *space = &j->fold->spaces[number];
    if (!cuts_in(&j->st->u.space_leave.cuts, space)) return FOLD_VERDICT_MALFORMED;
    if (j->st->u.space_leave.part == STATEMENT_AS_MEMBER) {
        if (space->space_class != SPACE_GROUP) return FOLD_VERDICT_NOT_ALLOWED;
        return need_member(j, number);
    }
    /* A default carrier of a group may decline too. */
    if (space->space_class == SPACE_GROUP &&
        (view_hub(&j->view) == j->node->school ||
         view_role(&j->view, j->node->school, STATEMENT_STEWARD, NULL))) {
        return FOLD_VERDICT_STANDS;
    }
    return need_named_carrier(j, space) == FOLD_VERDICT_STANDS ? FOLD_VERDICT_STANDS
                                                               : FOLD_VERDICT_NOT_ALLOWED;
}

enum fold_verdict rights_space_carriers(struct judge *j)
{
    TRY(needs_signer(j));
    uint32_t number = space_known(j, &j->st->u.space_carriers.space);
    if (number == NONE) return FOLD_VERDICT_NO_TARGET;
    enum space_class class = j->fold->spaces[number].space_class;
    /* Everyone carries the network and the school-and-hub spaces: there is nothing to name. */
    if (class == SPACE_NETWORK || class == SPACE_HUB) return FOLD_VERDICT_NOT_ALLOWED;
    return need_member(j, number);
}

enum fold_verdict rights_space_epoch(struct judge *j)
{
    TRY(needs_signer(j));
    uint32_t number = space_known(j, &j->st->u.space_epoch.space);
    if (number == NONE) return FOLD_VERDICT_NO_TARGET;
    const struct space *space = &j->fold->spaces[number];
    if (!cuts_in(&j->st->u.space_epoch.cuts, space)) return FOLD_VERDICT_MALFORMED;
    const struct statement_list *parents = &j->st->u.space_epoch.parents;
    for (size_t i = 0; i < parents->n; i++) {
        uint32_t parent = graph_find(j->fold, statement_id_at(parents, i));
        if (parent == NONE || !view_seen(&j->view, parent) ||
            j->fold->nodes[parent]->type != STATEMENT_SPACE_EPOCH ||
            j->fold->nodes[parent]->own != FOLD_VERDICT_STANDS ||
            j->fold->nodes[parent]->space != number) {
            return FOLD_VERDICT_NO_TARGET;
        }
    }
    if (space->space_class == SPACE_NETWORK) {
        return needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD);
    }
    if (space->space_class == SPACE_HUB && j->node->school != space->school) {
        return FOLD_VERDICT_NOT_IN_SPACE;
    }
    return need_member(j, number);
}

enum fold_verdict rights_space_grant(struct judge *j)
{
    TRY(needs_signer(j));
    uint32_t epoch = graph_find(j->fold, &j->st->u.space_grant.epoch);
    if (epoch == NONE || !view_seen(&j->view, epoch) ||
        j->fold->nodes[epoch]->type != STATEMENT_SPACE_EPOCH ||
        j->fold->nodes[epoch]->own != FOLD_VERDICT_STANDS) {
        return FOLD_VERDICT_NO_TARGET;
    }
    /* An epoch that is void by now, too: what stands under it is to be read by its members. */
    j->node->space = j->fold->nodes[epoch]->space;
    return need_member(j, j->node->space);
}
