#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/crypto/phrase.h"
#include "proto/member/needs.h"

/*
 * The rights table of DESIGN 4.4. Each function judges one type of statement by the fold of the
 * statement's own causal past, and notes on what its authority rests (the needs): judge.c asks
 * later, in a larger set, whether that still holds.
 */

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
    TRY(needs_steward(j));
    for (uint32_t i = graph_of_invite(&j->fold->invites, &j->st->u.invite.invite); i != NONE;
         i = j->fold->nodes[i]->same) {
        if (view_seen(&j->view, i)) return FOLD_VERDICT_EXISTS;
    }
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict need_invite(struct judge *j, const struct invite_id *id)
{
    struct numbers same = {0};
    for (uint32_t i = graph_of_invite(&j->fold->invites, id); i != NONE;
         i = j->fold->nodes[i]->same) {
        graph_push(&same, i);
    }
    enum fold_verdict verdict = needs_any(j, &same);
    free(same.v);
    return verdict == FOLD_VERDICT_STANDS ? verdict : FOLD_VERDICT_INVITE;
}

static enum fold_verdict judge_invite_void(struct judge *j)
{
    TRY(needs_steward(j));
    return need_invite(j, &j->st->u.invite_void.invite);
}

static enum fold_verdict invite_free(const struct judge *j, const struct invite_id *id)
{
    const struct fold *fold = j->fold;
    const struct map *const takers[] = {&fold->invite_voids, &fold->admits};
    for (size_t k = 0; k < 2; k++) {
        for (uint32_t i = graph_of_invite(takers[k], id); i != NONE; i = fold->nodes[i]->same) {
            if (view_seen(&j->view, i) && view_stands(&j->view, i)) return FOLD_VERDICT_INVITE;
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
    TRY(needs_steward(j));
    TRY(need_invite(j, &j->st->u.admit.invite));
    TRY(invite_free(j, &j->st->u.admit.invite));
    uint32_t school = needs_school(j, &j->st->u.admit.school);
    if (!root_is_schools(j, school, &j->st->u.admit.school, &j->st->u.admit.root_pk)) {
        return FOLD_VERDICT_NOT_ROOT;
    }
    if (needs_live(j, school)) return FOLD_VERDICT_EXISTS;
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
    uint32_t school = needs_school(j, &j->st->u.device_add.school);
    TRY(needs_root(j, school));
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
    TRY(needs_signer(j));
    if (j->st->root.by_root) {
        if (j->node->school != school) return FOLD_VERDICT_NOT_ROOT;
        j->node->rank = RANK_ROOT;
        return needs_root(j, school);
    }
    if (j->node->school == school) {
        j->node->rank = RANK_DEVICE;
        return j->node->device == device ? FOLD_VERDICT_NOT_ALLOWED : FOLD_VERDICT_STANDS;
    }
    j->node->rank = RANK_STEWARD;
    TRY(needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    return needs_plain(j, school) ? FOLD_VERDICT_STANDS : FOLD_VERDICT_NOT_ALLOWED;
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
    TRY(needs_signer(j));
    if (j->st->root.by_root || !is_plain) return needs_several(j);
    j->node->rank = RANK_STEWARD;
    return needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD);
}

static enum fold_verdict judge_school_remove(struct judge *j)
{
    uint32_t school = needs_school(j, &j->st->u.school_remove.school);
    if (school == NONE || !view_any_stands(&j->view, &j->fold->schools[school].members, NULL)) {
        return FOLD_VERDICT_NO_TARGET;
    }
    j->node->target_school = school;
    return may_remove_school(j, needs_plain(j, school));
}

static enum fold_verdict judge_leave(struct judge *j)
{
    TRY(needs_signer(j));
    j->node->target_school = j->node->school;
    j->node->rank = RANK_ROOT;
    return needs_root(j, j->node->school);
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
        TRY(needs_steward(j));
        j->node->rank = RANK_STEWARD;
        return FOLD_VERDICT_STANDS;
    case STATEMENT_SCHOOL_REMOVE:
        return may_remove_school(j, !several_made_it);
    case STATEMENT_LEAVE:
        /* Who left is no member any more; but it may finish what its leave began. */
        j->view.ignore = number;
        TRY(needs_signer(j));
        if (j->node->school != removal->target_school) return FOLD_VERDICT_NOT_ROOT;
        j->node->rank = RANK_ROOT;
        return needs_root(j, j->node->school);
    default:
        return FOLD_VERDICT_NO_TARGET;
    }
}

/* ------------------------------------------------------------------ roles, roots, succession
 */

static enum fold_verdict judge_role(struct judge *j)
{
    uint32_t school = needs_school(j, &j->st->u.role.school);
    if (!needs_live(j, school)) return FOLD_VERDICT_NO_TARGET;
    bool has = view_role(&j->view, school, j->st->u.role.role, NULL);
    if (j->st->u.role.on && has) return FOLD_VERDICT_EXISTS;
    if (!j->st->u.role.on && !has) return FOLD_VERDICT_NO_TARGET;
    j->node->target_school = school;
    TRY(needs_signer(j));
    TRY(needs_several(j));
    return j->st->u.role.on ? needs_any(j, &j->fold->schools[school].members)
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
    TRY(needs_signer(j));
    j->node->rank = act->rank;
    bool counts = false;
    for (size_t i = 0; i < act->eligible.n; i++) {
        counts |= act->eligible.v[i] == j->node->school;
    }
    if (!counts) {
        return act->school == j->node->school ? FOLD_VERDICT_EXISTS : FOLD_VERDICT_NOT_STEWARD;
    }
    return needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD);
}

static enum fold_verdict judge_root_rotate(struct judge *j)
{
    uint32_t school = needs_school(j, &j->st->u.root_rotate.school);
    if (!needs_live(j, school)) return FOLD_VERDICT_NO_TARGET;
    if (view_root(&j->view, school, &j->st->u.root_rotate.root_pk, NULL)) {
        return FOLD_VERDICT_EXISTS;
    }
    j->node->target_school = school;
    TRY(needs_signer(j));
    if (j->st->root.by_root) {
        j->node->rank = RANK_ROOT;
        if (j->node->school != school) return FOLD_VERDICT_NOT_ROOT;
        return needs_root(j, school);
    }
    TRY(needs_role(j, STATEMENT_STEWARD, FOLD_VERDICT_NOT_STEWARD));
    needs_eligible(j, j->node->school);
    if (j->node->eligible.n == 0) return FOLD_VERDICT_NOT_ALLOWED;
    j->node->rank = RANK_STEWARD;
    j->node->assents_needed = 1;
    return FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_hub_succession(struct judge *j)
{
    uint32_t school = needs_school(j, &j->st->u.hub_succession.school);
    if (!needs_live(j, school)) return FOLD_VERDICT_NO_TARGET;
    if (view_hub(&j->view) == school) return FOLD_VERDICT_EXISTS;
    j->node->target_school = school;
    TRY(needs_signer(j));
    return needs_majority(j);
}

/* ------------------------------------------------------------------------------- the others */

static enum fold_verdict judge_proof(struct judge *j)
{
    TRY(needs_signer(j));
    /* Nobody proves against the chain that carries the proof: its effect would hide itself. */
    return memcmp(j->st->u.proof.a + 40, j->node->item.device.b, 32) == 0
               ? FOLD_VERDICT_NOT_ALLOWED
               : FOLD_VERDICT_STANDS;
}

static enum fold_verdict judge_erase(struct judge *j)
{
    TRY(needs_signer(j));
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
    [STATEMENT_SPACE_NEW] = {rights_space_new, true},
    [STATEMENT_SPACE_ACCEPT] = {rights_space_accept, true},
    [STATEMENT_SPACE_LEAVE] = {rights_space_leave, true},
    [STATEMENT_SPACE_CARRIERS] = {rights_space_carriers, true},
    [STATEMENT_SPACE_EPOCH] = {rights_space_epoch, false},
    [STATEMENT_SPACE_GRANT] = {rights_space_grant, false},
    [STATEMENT_CUTOFF_EXTEND] = {judge_cutoff_extend, true},
    [STATEMENT_PROOF] = {judge_proof, true},
    [STATEMENT_ERASE] = {judge_erase, false},
    [STATEMENT_HIDE] = {needs_steward, false},
    [STATEMENT_UNHIDE] = {needs_steward, false},
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
