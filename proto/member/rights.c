#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/crypto/phrase.h"
#include "proto/member/fold_state.h"

/*
 * The rights table of DESIGN 4.4. Each function judges one type of statement by the fold of the
 * statement's own causal past, and notes on what its authority rests (the needs): judge.c asks
 * later, in a larger set, whether that still holds.
 */
struct judge {
    struct fold *fold;
    struct node *node;
    struct view view;
    const struct statement *st;
};

/* Takes the list over. */
static void need(struct judge *j, struct need need, struct numbers givers)
{
    CHECK(j->node->needs_n < NEEDS_MAX);
    need.givers = givers;
    j->node->needs[j->node->needs_n++] = need;
}

static enum fold_verdict need_signer(struct judge *j)
{
    struct numbers givers = {0};
    uint32_t school;
    if (!view_enrolled(&j->view, j->node->device, &school, &givers)) {
        free(givers.v);
        return FOLD_VERDICT_NOT_MEMBER;
    }
    j->node->school = school;
    need(j, (struct need){.kind = NEED_ENROLED, .school = school, .device = j->node->device},
         givers);
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict need_role(struct judge *j, uint8_t role, enum fold_verdict otherwise)
{
    struct numbers givers = {0};
    uint32_t school = j->node->school;
    if (!view_role(&j->view, school, role, &givers)) {
        free(givers.v);
        return otherwise;
    }
    need(j, (struct need){.kind = NEED_ROLE, .role = role, .school = school}, givers);
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict need_root(struct judge *j, uint32_t school)
{
    struct numbers givers = {0};
    if (!j->st->root.by_root || school == NONE ||
        !view_root(&j->view, school, &j->st->root.pk, &givers)) {
        free(givers.v);
        return FOLD_VERDICT_NOT_ROOT;
    }
    need(j, (struct need){.kind = NEED_ROOT, .school = school}, givers);
    return FOLD_VERDICT_STANDS;
}

/* That one of these stands; NO_TARGET when none does. */
static enum fold_verdict need_any(struct judge *j, const struct numbers *candidates)
{
    struct numbers givers = {0};
    if (!view_any_stands(&j->view, candidates, &givers)) {
        free(givers.v);
        return FOLD_VERDICT_NO_TARGET;
    }
    need(j, (struct need){.kind = NEED_STANDS}, givers);
    return FOLD_VERDICT_STANDS;
}

#define TRY(expression)                                             \
    do {                                                            \
        enum fold_verdict try_verdict = (expression);               \
        if (try_verdict != FOLD_VERDICT_STANDS) return try_verdict; \
    } while (0)

static enum fold_verdict one_steward(struct judge *j)
{
    TRY(need_signer(j));
    TRY(need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    return FOLD_VERDICT_STANDS;
}

static bool plain(const struct judge *j, uint32_t school)
{
    return !view_role(&j->view, school, STATEMENT_STEWARD, NULL) &&
           !view_role(&j->view, school, STATEMENT_HUB, NULL);
}

/* Stewards other than this school: whose assent counts. */
static void eligible(struct judge *j, uint32_t but)
{
    struct numbers all = {0};
    view_stewards(&j->view, &all);
    for (size_t i = 0; i < all.n; i++) {
        if (all.v[i] != but) graph_push(&j->node->eligible, all.v[i]);
    }
    free(all.v);
}

/* A majority of stewards, at least two; the signer, a steward, is one of them. */
static enum fold_verdict majority(struct judge *j)
{
    TRY(need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    eligible(j, j->node->school);
    size_t stewards = j->node->eligible.n + 1;
    if (stewards < 2) return FOLD_VERDICT_NOT_ALLOWED;
    j->node->assents_needed = (uint32_t)(stewards / 2);
    j->node->rank = RANK_SEVERAL;
    return FOLD_VERDICT_STANDS;
}

/* The hub's root with one other steward's assent; alone while there is no other. */
static enum fold_verdict hub_root(struct judge *j)
{
    if (view_hub(&j->view) != j->node->school) return FOLD_VERDICT_NOT_HUB;
    TRY(need_role(j, STATEMENT_HUB, FOLD_VERDICT_NOT_HUB));
    TRY(need_root(j, j->node->school));
    eligible(j, j->node->school);
    j->node->assents_needed = j->node->eligible.n > 0 ? 1 : 0;
    j->node->rank = RANK_SEVERAL;
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict several(struct judge *j)
{
    return j->st->root.by_root ? hub_root(j) : majority(j);
}

static uint32_t school_known(const struct judge *j, const struct school_id *id)
{
    return graph_find_school(j->fold, id);
}

static bool live_school(const struct judge *j, uint32_t school)
{
    return school != NONE && view_school(&j->view, school, NULL);
}

/* ------------------------------------------------------------------------- joining, devices */

static bool device_unused(const struct judge *j, const struct device_pk *id)
{
    uint32_t device = graph_find_device(j->fold, id);
    return device == NONE ||
           !view_any_stands(&j->view, &j->fold->devices[device].enrolments, NULL);
}

static enum fold_verdict judge_found(struct judge *j)
{
    const struct fold_item *item = &j->node->item;
    struct network_id id;
    memcpy(id.b, item->id.b, sizeof(id.b));
    if (!network_id_eq(&id, &j->fold->network) || item->seq != 1 || j->st->seen.n != 0 ||
        !device_pk_eq(&item->device, &j->st->u.found.device.device)) {
        return FOLD_VERDICT_NOT_ALLOWED;
    }
    struct school_id school;
    phrase_school_id(&school, &j->st->u.found.root_pk);
    j->node->school = graph_school(j->fold, &school);
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_invite(struct judge *j)
{
    TRY(one_steward(j));
    for (size_t i = 0; i < j->fold->invites.n; i++) {
        uint32_t other = j->fold->invites.v[i];
        if (view_seen(&j->view, other) &&
            invite_id_eq(&j->fold->nodes[other]->statement->u.invite.invite,
                         &j->st->u.invite.invite)) {
            return FOLD_VERDICT_EXISTS;
        }
    }
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict need_invite(struct judge *j, const struct invite_id *id)
{
    struct numbers same = {0};
    for (size_t i = 0; i < j->fold->invites.n; i++) {
        uint32_t number = j->fold->invites.v[i];
        if (invite_id_eq(&j->fold->nodes[number]->statement->u.invite.invite, id)) {
            graph_push(&same, number);
        }
    }
    enum fold_verdict verdict = need_any(j, &same);
    free(same.v);
    return verdict == FOLD_VERDICT_STANDS ? verdict : FOLD_VERDICT_INVITE;
}

static enum fold_verdict judge_invite_void(struct judge *j)
{
    TRY(one_steward(j));
    return need_invite(j, &j->st->u.invite_void.invite);
}

static enum fold_verdict invite_free(const struct judge *j, const struct invite_id *id)
{
    const struct fold *fold = j->fold;
    for (size_t i = 0; i < fold->invite_voids.n; i++) {
        uint32_t number = fold->invite_voids.v[i];
        if (invite_id_eq(&fold->nodes[number]->statement->u.invite_void.invite, id) &&
            view_seen(&j->view, number) && view_stands(&j->view, number)) {
            return FOLD_VERDICT_INVITE;
        }
    }
    for (size_t i = 0; i < fold->admits.n; i++) {
        uint32_t number = fold->admits.v[i];
        if (invite_id_eq(&fold->nodes[number]->statement->u.admit.invite, id) &&
            view_seen(&j->view, number) && view_stands(&j->view, number)) {
            return FOLD_VERDICT_INVITE;
        }
    }
    return FOLD_VERDICT_STANDS;
}

/* A school's id follows from its first root; after a rotate it comes back with its last one. */
static bool root_is_schools(const struct judge *j, uint32_t school, const struct school_id *id,
                            const struct root_pk *pk)
{
    bool rotated = false, last = false;
    const struct numbers none = {0};
    const struct numbers *roots = school == NONE ? &none : &j->fold->schools[school].roots;
    for (size_t i = 0; i < roots->n; i++) {
        uint32_t number = roots->v[i];
        const struct node *node = j->fold->nodes[number];
        if (node->type != STATEMENT_ROOT_ROTATE || !view_seen(&j->view, number) ||
            !view_stands(&j->view, number)) {
            continue;
        }
        rotated = true;
        bool followed = false;
        for (size_t k = 0; k < roots->n && !followed; k++) {
            followed = j->fold->nodes[roots->v[k]]->type == STATEMENT_ROOT_ROTATE &&
                       view_seen(&j->view, roots->v[k]) && view_stands(&j->view, roots->v[k]) &&
                       graph_in_past(j->fold, number, roots->v[k]);
        }
        last |= !followed && root_pk_eq(&node->statement->u.root_rotate.root_pk, pk);
    }
    if (rotated) return last;
    struct school_id first;
    phrase_school_id(&first, pk);
    return school_id_eq(&first, id);
}

static enum fold_verdict judge_admit(struct judge *j)
{
    TRY(one_steward(j));
    TRY(need_invite(j, &j->st->u.admit.invite));
    TRY(invite_free(j, &j->st->u.admit.invite));
    uint32_t school = school_known(j, &j->st->u.admit.school);
    if (!root_is_schools(j, school, &j->st->u.admit.school, &j->st->u.admit.root_pk)) {
        return FOLD_VERDICT_NOT_ROOT;
    }
    if (live_school(j, school)) return FOLD_VERDICT_EXISTS;
    if (!device_unused(j, &j->st->u.admit.device.device)) return FOLD_VERDICT_EXISTS;
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_device_add(struct judge *j)
{
    const struct fold_item *item = &j->node->item;
    if (item->seq != 1 || !device_pk_eq(&item->device, &j->st->u.device_add.device.device)) {
        return FOLD_VERDICT_NOT_ALLOWED;
    }
    if (!device_unused(j, &item->device)) return FOLD_VERDICT_EXISTS;
    uint32_t school = school_known(j, &j->st->u.device_add.school);
    TRY(need_root(j, school));
    /* `seen` must name what made the root current, so that it can be judged at once. */
    const struct need *roots = &j->node->needs[0];
    bool named = false;
    for (size_t i = 0; i < roots->givers.n && !named; i++) {
        for (size_t k = 0; k < j->st->seen.n && !named; k++) {
            named = envelope_id_eq(&j->fold->nodes[roots->givers.v[i]]->item.id,
                                   statement_id_at(&j->st->seen, k));
        }
    }
    if (!named) return FOLD_VERDICT_NO_TARGET;
    j->node->school = school;
    return FOLD_VERDICT_STANDS;
}

/* ------------------------------------------------------------------------------------- ends */

/* The school that a device belongs to or belonged to, by what stands. */
static uint32_t device_school(const struct judge *j, uint32_t device)
{
    uint32_t best = NONE;
    if (device == NONE) return NONE;
    const struct numbers *enrolments = &j->fold->devices[device].enrolments;
    for (size_t i = 0; i < enrolments->n; i++) {
        uint32_t number = enrolments->v[i];
        if (!view_seen(&j->view, number) || !view_stands(&j->view, number)) continue;
        if (best == NONE || envelope_id_cmp(&j->fold->nodes[number]->item.id,
                                            &j->fold->nodes[best]->item.id) < 0) {
            best = number;
        }
    }
    return best == NONE ? NONE : j->fold->nodes[best]->target_school;
}

/* The school's root, another of its devices, or a steward for a plain school. */
static enum fold_verdict may_remove_device(struct judge *j, uint32_t device, uint32_t school)
{
    TRY(need_signer(j));
    if (j->st->root.by_root) {
        if (j->node->school != school) return FOLD_VERDICT_NOT_ROOT;
        j->node->rank = RANK_ROOT;
        return need_root(j, school);
    }
    if (j->node->school == school) {
        j->node->rank = RANK_DEVICE;
        return j->node->device == device ? FOLD_VERDICT_NOT_ALLOWED : FOLD_VERDICT_STANDS;
    }
    j->node->rank = RANK_STEWARD;
    TRY(need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    return plain(j, school) ? FOLD_VERDICT_STANDS : FOLD_VERDICT_NOT_ALLOWED;
}

static enum fold_verdict judge_device_remove(struct judge *j)
{
    uint32_t device = graph_find_device(j->fold, &j->st->u.device_remove.device);
    uint32_t school = device_school(j, device);
    if (school == NONE) return FOLD_VERDICT_NO_TARGET;
    j->node->target_device = device;
    j->node->target_school = school;
    return may_remove_device(j, device, school);
}

static enum fold_verdict may_remove_school(struct judge *j, bool is_plain)
{
    TRY(need_signer(j));
    if (j->st->root.by_root || !is_plain) return several(j);
    j->node->rank = RANK_STEWARD;
    return need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD);
}

static enum fold_verdict judge_school_remove(struct judge *j)
{
    uint32_t school = school_known(j, &j->st->u.school_remove.school);
    if (school == NONE || !view_any_stands(&j->view, &j->fold->schools[school].members, NULL)) {
        return FOLD_VERDICT_NO_TARGET;
    }
    j->node->target_school = school;
    return may_remove_school(j, plain(j, school));
}

static enum fold_verdict judge_leave(struct judge *j)
{
    TRY(need_signer(j));
    j->node->target_school = j->node->school;
    j->node->rank = RANK_ROOT;
    return need_root(j, j->node->school);
}

static enum fold_verdict judge_cutoff_extend(struct judge *j)
{
    uint32_t number = graph_find(j->fold, &j->st->u.cutoff_extend.removal);
    if (number == NONE || !view_seen(&j->view, number)) return FOLD_VERDICT_NO_TARGET;
    const struct node *removal = j->fold->nodes[number];
    bool several_made_it = removal->rank == RANK_SEVERAL;
    if (removal->own != FOLD_VERDICT_STANDS ||
        !(several_made_it || view_stands(&j->view, number))) {
        return FOLD_VERDICT_NO_TARGET;
    }
    j->node->target_school = removal->target_school;
    j->node->target_device = removal->target_device;
    switch (removal->type) {
    case STATEMENT_DEVICE_REMOVE:
        if (removal->rank != RANK_STEWARD) {
            return may_remove_device(j, removal->target_device, removal->target_school);
        }
        TRY(one_steward(j));
        j->node->rank = RANK_STEWARD;
        return FOLD_VERDICT_STANDS;
    case STATEMENT_SCHOOL_REMOVE:
        return may_remove_school(j, !several_made_it);
    case STATEMENT_LEAVE:
        /* Who left is no member any more; but it may finish what its leave began. */
        j->view.ignore = number;
        TRY(need_signer(j));
        if (j->node->school != removal->target_school) return FOLD_VERDICT_NOT_ROOT;
        j->node->rank = RANK_ROOT;
        return need_root(j, j->node->school);
    default:
        return FOLD_VERDICT_NO_TARGET;
    }
}

/* ------------------------------------------------------------------ roles, roots, succession
 */

static enum fold_verdict judge_role(struct judge *j)
{
    uint32_t school = school_known(j, &j->st->u.role.school);
    if (!live_school(j, school)) return FOLD_VERDICT_NO_TARGET;
    bool has = view_role(&j->view, school, j->st->u.role.role, NULL);
    if (j->st->u.role.on && has) return FOLD_VERDICT_EXISTS;
    if (!j->st->u.role.on && !has) return FOLD_VERDICT_NO_TARGET;
    j->node->target_school = school;
    TRY(need_signer(j));
    TRY(several(j));
    return j->st->u.role.on ? need_any(j, &j->fold->schools[school].members)
                            : FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_assent(struct judge *j)
{
    uint32_t number = graph_find(j->fold, &j->st->u.assent.act);
    if (number == NONE || !view_seen(&j->view, number)) return FOLD_VERDICT_NO_TARGET;
    const struct node *act = j->fold->nodes[number];
    if (act->own != FOLD_VERDICT_STANDS || act->assents_needed == 0) {
        return FOLD_VERDICT_NO_TARGET;
    }
    TRY(need_signer(j));
    j->node->rank = act->rank;
    bool counts = false;
    for (size_t i = 0; i < act->eligible.n; i++) {
        counts |= act->eligible.v[i] == j->node->school;
    }
    if (!counts) {
        return act->school == j->node->school ? FOLD_VERDICT_EXISTS : FOLD_VERDICT_NOT_STEWARD;
    }
    return need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD);
}

static enum fold_verdict judge_root_rotate(struct judge *j)
{
    uint32_t school = school_known(j, &j->st->u.root_rotate.school);
    if (!live_school(j, school)) return FOLD_VERDICT_NO_TARGET;
    if (view_root(&j->view, school, &j->st->u.root_rotate.root_pk, NULL)) {
        return FOLD_VERDICT_EXISTS;
    }
    j->node->target_school = school;
    TRY(need_signer(j));
    if (j->st->root.by_root) {
        j->node->rank = RANK_ROOT;
        if (j->node->school != school) return FOLD_VERDICT_NOT_ROOT;
        return need_root(j, school);
    }
    TRY(need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    eligible(j, j->node->school);
    if (j->node->eligible.n == 0) return FOLD_VERDICT_NOT_ALLOWED;
    j->node->rank = RANK_STEWARD;
    j->node->assents_needed = 1;
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_hub_succession(struct judge *j)
{
    uint32_t school = school_known(j, &j->st->u.hub_succession.school);
    if (!live_school(j, school)) return FOLD_VERDICT_NO_TARGET;
    if (view_hub(&j->view) == school) return FOLD_VERDICT_EXISTS;
    j->node->target_school = school;
    TRY(need_signer(j));
    return majority(j);
}

/* ----------------------------------------------------------------------------------- spaces */

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
    if (givers.n > 0) need(j, (struct need){.kind = NEED_STANDS}, givers);
    if (by_hub_role) return need_role(j, STATEMENT_HUB, FOLD_VERDICT_NOT_HUB);
    return FOLD_VERDICT_STANDS;
}

static bool names(const struct statement_list *schools, const struct school_id *school)
{
    for (size_t i = 0; i < schools->n; i++) {
        if (school_id_eq(statement_school_at(schools, i), school)) return true;
    }
    return false;
}

static enum fold_verdict judge_space_new(struct judge *j)
{
    TRY(need_signer(j));
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
    enum fold_verdict verdict = need_any(j, &naming);
    free(naming.v);
    return verdict;
}

static enum fold_verdict judge_space_accept(struct judge *j)
{
    TRY(need_signer(j));
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
    enum fold_verdict verdict = need_any(j, &maker);
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

static enum fold_verdict judge_space_leave(struct judge *j)
{
    TRY(need_signer(j));
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

static enum fold_verdict judge_space_carriers(struct judge *j)
{
    TRY(need_signer(j));
    uint32_t number = space_known(j, &j->st->u.space_carriers.space);
    if (number == NONE) return FOLD_VERDICT_NO_TARGET;
    enum space_class class = j->fold->spaces[number].space_class;
    /* Everyone carries the network and the school-and-hub spaces: there is nothing to name. */
    if (class == SPACE_NETWORK || class == SPACE_HUB) return FOLD_VERDICT_NOT_ALLOWED;
    return need_member(j, number);
}

static enum fold_verdict judge_space_epoch(struct judge *j)
{
    TRY(need_signer(j));
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
        return need_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD);
    }
    if (space->space_class == SPACE_HUB && j->node->school != space->school) {
        return FOLD_VERDICT_NOT_IN_SPACE;
    }
    return need_member(j, number);
}

static enum fold_verdict judge_space_grant(struct judge *j)
{
    TRY(need_signer(j));
    uint32_t epoch = graph_find(j->fold, &j->st->u.space_grant.epoch);
    if (epoch == NONE || !view_seen(&j->view, epoch) ||
        j->fold->nodes[epoch]->type != STATEMENT_SPACE_EPOCH ||
        j->fold->nodes[epoch]->own != FOLD_VERDICT_STANDS) {
        return FOLD_VERDICT_NO_TARGET;
    }
    j->node->space = j->fold->nodes[epoch]->space;
    struct numbers list = {0};
    graph_push(&list, epoch);
    enum fold_verdict verdict = need_any(j, &list);
    free(list.v);
    TRY(verdict);
    return need_member(j, j->node->space);
}

/* ------------------------------------------------------------------------------- the others */

static enum fold_verdict judge_proof(struct judge *j)
{
    TRY(need_signer(j));
    /* Nobody proves against the chain that carries the proof: its effect would hide itself. */
    return memcmp(j->st->u.proof.a + 40, j->node->item.device.b, 32) == 0
               ? FOLD_VERDICT_NOT_ALLOWED
               : FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_erase(struct judge *j)
{
    TRY(need_signer(j));
    uint32_t school =
        device_school(j, graph_find_device(j->fold, &j->st->u.erase.chain.device));
    if (school == NONE) return FOLD_VERDICT_NO_TARGET;
    return school == j->node->school ? FOLD_VERDICT_STANDS : FOLD_VERDICT_NOT_ALLOWED;
}

/* The table. core: verdicts on others may depend on it. */
static const struct {
    enum fold_verdict (*judge)(struct judge *j);
    bool core;
} rights[STATEMENT_TYPES] = {
    [STATEMENT_FOUND] = {judge_found, true},
    [STATEMENT_INVITE] = {judge_invite, true},
    [STATEMENT_INVITE_VOID] = {judge_invite_void, true},
    [STATEMENT_ADMIT] = {judge_admit, true},
    [STATEMENT_DEVICE_ADD] = {judge_device_add, true},
    [STATEMENT_DEVICE_REMOVE] = {judge_device_remove, true},
    [STATEMENT_SCHOOL_REMOVE] = {judge_school_remove, true},
    [STATEMENT_LEAVE] = {judge_leave, true},
    [STATEMENT_ROLE] = {judge_role, true},
    [STATEMENT_ASSENT] = {judge_assent, true},
    [STATEMENT_ROOT_ROTATE] = {judge_root_rotate, true},
    [STATEMENT_SPACE_NEW] = {judge_space_new, true},
    [STATEMENT_SPACE_ACCEPT] = {judge_space_accept, true},
    [STATEMENT_SPACE_LEAVE] = {judge_space_leave, true},
    [STATEMENT_SPACE_CARRIERS] = {judge_space_carriers, true},
    [STATEMENT_SPACE_EPOCH] = {judge_space_epoch, false},
    [STATEMENT_SPACE_GRANT] = {judge_space_grant, false},
    [STATEMENT_CUTOFF_EXTEND] = {judge_cutoff_extend, true},
    [STATEMENT_PROOF] = {judge_proof, true},
    [STATEMENT_ERASE] = {judge_erase, false},
    [STATEMENT_HIDE] = {one_steward, false},
    [STATEMENT_UNHIDE] = {one_steward, false},
    [STATEMENT_HUB_SUCCESSION] = {judge_hub_succession, true},
};

bool rights_is_core(uint8_t type)
{
    return type < STATEMENT_TYPES && rights[type].core;
}

bool rights_is_end(const struct statement *statement)
{
    switch (statement->type) {
    case STATEMENT_DEVICE_REMOVE:
    case STATEMENT_SCHOOL_REMOVE:
    case STATEMENT_LEAVE:
    case STATEMENT_ROOT_ROTATE:
    case STATEMENT_HUB_SUCCESSION:
    case STATEMENT_CUTOFF_EXTEND:
        return true;
    case STATEMENT_ROLE:
        return !statement->u.role.on;
    default:
        return false;
    }
}

void rights_judge(struct fold *fold, struct node *node, const struct verdicts *past)
{
    if (node->statement == NULL) {
        node->own = FOLD_VERDICT_MALFORMED;
    } else if (node->type >= STATEMENT_TYPES) {
        node->own = FOLD_VERDICT_UNKNOWN_TYPE;
    } else if (!node->signatures) {
        node->own = FOLD_VERDICT_SIGNATURE;
    } else if (node->device < past->forks_n && past->forks[node->device] <= node->item.seq) {
        node->own = FOLD_VERDICT_FORKED;
    } else {
        struct judge j = {.fold = fold,
                          .node = node,
                          .view = view_at(fold, past, node),
                          .st = node->statement};
        node->own = rights[node->type].judge(&j);
    }
}
