#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/fold_state.h"

/*
 * How far each chain counts. Cut-offs clip record chains; a statement chain goes on up to
 * LIMIT_STATEMENTS_PAST_END past the last statement that its device's end had seen, and ends
 * before a fork.
 *
 * Of a record chain of somebody who no longer is a member of the space:
 *   - removals and leaves that cover the space (their extends with them): the highest place of
 *     those signed by a root, else the highest of the others; these outrank proofs;
 *   - a space-leave likewise, under proofs;
 *   - else the highest place named by a space-epoch whose past holds the end;
 *   - else the chain is still open.
 */

static bool stands_now(const struct fold *fold, uint32_t number)
{
    return bit_get(fold->now.stands, number);
}

/* ------------------------------------------------------------------------ statement chains */

static uint64_t last_seen_by(const struct fold *fold, const struct device *device, uint32_t end)
{
    uint64_t last = 0;
    for (size_t i = 0; i < device->chain.n; i++) {
        uint32_t number = device->chain.v[i];
        bool seen = graph_in_past(fold, number, end);
        const struct numbers *extends = &fold->nodes[end]->extends;
        for (size_t k = 0; k < extends->n && !seen; k++) {
            seen =
                stands_now(fold, extends->v[k]) && graph_in_past(fold, number, extends->v[k]);
        }
        if (seen && fold->nodes[number]->item.seq > last) last = fold->nodes[number]->item.seq;
    }
    return last;
}

static bool gives_root(const struct fold *fold, uint32_t number, const struct statement *add)
{
    const struct node *node = fold->nodes[number];
    if (node->own != FOLD_VERDICT_STANDS || node->target_school == NONE ||
        !school_id_eq(&fold->schools[node->target_school].id, &add->u.device_add.school)) {
        return false;
    }
    switch (node->type) {
    case STATEMENT_FOUND:
        return root_pk_eq(&node->statement->u.found.root_pk, &add->root.pk);
    case STATEMENT_ADMIT:
        return root_pk_eq(&node->statement->u.admit.root_pk, &add->root.pk);
    case STATEMENT_ROOT_ROTATE:
        return root_pk_eq(&node->statement->u.root_rotate.root_pk, &add->root.pk);
    default:
        return false;
    }
}

enum err cutoffs_add_known(const struct fold *fold, const struct fold_item *item,
                           const struct statement *st)
{
    if (st == NULL || st->type != STATEMENT_DEVICE_ADD || item->seq != 1 ||
        !device_pk_eq(&item->device, &st->u.device_add.device.device)) {
        return ERR_NOT_MEMBER;
    }
    bool held = true;
    for (size_t i = 0; i < st->seen.n; i++) {
        uint32_t number = graph_find(fold, statement_id_at(&st->seen, i));
        held &= number != NONE;
        if (number != NONE && gives_root(fold, number, st)) {
            struct statement_place place = {.network = fold->network,
                                            .device = item->device,
                                            .seq = item->seq,
                                            .prev = item->prev};
            return statement_verify_root(item->body, &place, &st->root.pk) ? ERR_OK
                                                                           : ERR_SIGNATURE;
        }
    }
    return held ? ERR_NOT_MEMBER : ERR_ORDER;
}

static struct fold_limit statement_limit(const struct fold *fold, uint32_t number)
{
    const struct device *device = &fold->devices[number];
    struct fold_limit limit = {.limit = FOLD_OPEN, .why = FOLD_CLIP_NONE};
    if (device->enrolments.n == 0) {
        limit.limit = 0;
        /* A device-add that its own past refuses is kept, and nothing after it. */
        for (size_t i = 0; i < device->chain.n; i++) {
            const struct node *node = fold->nodes[device->chain.v[i]];
            if (cutoffs_add_known(fold, &node->item, node->statement) == ERR_OK)
                limit.limit = 1;
        }
        limit.why = FOLD_CLIP_NOT_MEMBER;
    } else if (device->enrolment == NONE) {
        limit.limit = LIMIT_STATEMENTS_PAST_END;
        limit.why = FOLD_CLIP_NOT_MEMBER;
    } else if (!device->live) {
        struct numbers ends = {0};
        schools_ends(fold, device->school, number, &ends);
        limit.limit = LIMIT_STATEMENTS_PAST_END;
        limit.why = FOLD_CLIP_CUT;
        for (size_t i = 0; i < ends.n; i++) {
            uint64_t past = last_seen_by(fold, device, ends.v[i]) + LIMIT_STATEMENTS_PAST_END;
            if (past > limit.limit) limit.limit = past;
        }
        free(ends.v);
    }
    const struct verdicts *now = &fold->now;
    bool forked = number < now->forks_n && now->forks[number] != UINT64_MAX;
    if (forked && now->forks[number] <= limit.limit) {
        limit.limit = now->forks[number] - 1;
        limit.why = FOLD_CLIP_FROZEN;
    }
    return limit;
}

void cutoffs_refresh(struct fold *fold)
{
    const struct touched *touched = &fold->touched;
    const struct touched_order by_device = {fold->devices, sizeof(struct device),
                                            sizeof(struct device_pk)};
    for (size_t i = 0; i < touched->devices.n; i++) {
        struct device *device = &fold->devices[touched->devices.v[i]];
        device->limit = statement_limit(fold, touched->devices.v[i]);
        device->head = (struct place){0};
        for (size_t k = 0; k < device->chain.n; k++) {
            const struct node *node = fold->nodes[device->chain.v[k]];
            fold->counted[node->number] = node->item.seq <= device->limit.limit;
            if (fold->counted[node->number] && node->item.seq > device->head.seq) {
                device->head = (struct place){.seq = node->item.seq, .id = node->item.id};
            }
        }
        touched_put(&fold->by_head, touched->devices.v[i], device->head.seq > 0, by_device);
    }
}

/* --------------------------------------------------------------------------- record chains */

/* The best cut-off so far: whether one covers the chain, and the highest place. */
struct best {
    bool covered;
    uint64_t seq;
    struct envelope_id id;
};

static void take(struct best *best, const struct statement_list *cuts,
                 const struct chain *chain)
{
    best->covered = true;
    for (size_t i = 0; i < cuts->n; i++) {
        const struct statement_cut *cut = statement_cut_at(cuts, i);
        if (!chain_eq(&cut->chain, chain)) continue;
        /* Of two branches at one seq, the smaller id: any rule would do, if it is one rule. */
        if (cut->seq > best->seq ||
            (cut->seq == best->seq && envelope_id_cmp(&cut->id, &best->id) < 0)) {
            best->seq = cut->seq;
            best->id = cut->id;
        }
    }
}

static void take_covering(struct best *best, const struct statement *statement,
                          const struct chain *chain)
{
    const struct statement_list *spaces, *cuts;
    switch (statement->type) {
    case STATEMENT_DEVICE_REMOVE:
        spaces = &statement->u.device_remove.spaces;
        cuts = &statement->u.device_remove.cuts;
        break;
    case STATEMENT_SCHOOL_REMOVE:
        spaces = &statement->u.school_remove.spaces;
        cuts = &statement->u.school_remove.cuts;
        break;
    case STATEMENT_LEAVE:
        spaces = &statement->u.leave.spaces;
        cuts = &statement->u.leave.cuts;
        break;
    default:
        spaces = &statement->u.cutoff_extend.spaces;
        cuts = &statement->u.cutoff_extend.cuts;
        break;
    }
    for (size_t i = 0; i < spaces->n; i++) {
        if (space_tag_eq(statement_tag_at(spaces, i), &chain->tag)) take(best, cuts, chain);
    }
}

static struct best by_removals(const struct fold *fold, const struct numbers *ends,
                               const struct chain *chain)
{
    struct best by_root = {0}, by_others = {0};
    for (size_t i = 0; i < ends->n; i++) {
        const struct node *end = fold->nodes[ends->v[i]];
        take_covering(end->statement->root.by_root ? &by_root : &by_others, end->statement,
                      chain);
        for (size_t k = 0; k < end->extends.n; k++) {
            if (!stands_now(fold, end->extends.v[k])) continue;
            const struct statement *extend = fold->nodes[end->extends.v[k]]->statement;
            take_covering(extend->root.by_root ? &by_root : &by_others, extend, chain);
        }
    }
    return by_root.covered ? by_root : by_others;
}

/* What made the school leave this space while it stays in the network. */
static void space_ends(const struct fold *fold, const struct space *space, uint32_t school,
                       struct numbers *out, struct best *best, const struct chain *chain)
{
    for (size_t i = 0; i < space->leaves.n; i++) {
        const struct node *leave = fold->nodes[space->leaves.v[i]];
        if (leave->school != school || !stands_now(fold, leave->number) ||
            leave->statement->u.space_leave.part != STATEMENT_AS_MEMBER) {
            continue;
        }
        graph_push(out, leave->number);
        take(best, &leave->statement->u.space_leave.cuts, chain);
    }
    if (space->space_class != SPACE_HUB) return;
    for (size_t i = 0; i < fold->successions.n; i++) {
        if (stands_now(fold, fold->successions.v[i]) &&
            fold->nodes[fold->successions.v[i]]->target_school != school) {
            graph_push(out, fold->successions.v[i]);
        }
    }
    const struct numbers *offs = &fold->schools[school].offs;
    for (size_t i = 0; i < offs->n; i++) {
        if (stands_now(fold, offs->v[i])) graph_push(out, offs->v[i]);
    }
}

static struct best by_epochs(const struct fold *fold, const struct space *space,
                             const struct numbers *ends, const struct chain *chain)
{
    struct best best = {0};
    for (size_t i = 0; i < space->epochs.n; i++) {
        const struct node *epoch = fold->nodes[fold->epochs[space->epochs.v[i]].node];
        if (!stands_now(fold, epoch->number)) continue;
        bool after = false;
        for (size_t k = 0; k < ends->n && !after; k++) {
            after = graph_in_past(fold, ends->v[k], epoch->number);
        }
        if (after) take(&best, &epoch->statement->u.space_epoch.cuts, chain);
    }
    return best;
}

/* Whether the school is or ever was, by what stands, a member of the space. */
static bool ever_member(const struct fold *fold, const struct space *space, uint32_t school)
{
    switch (space->space_class) {
    case SPACE_NETWORK:
        return true;
    case SPACE_OWN:
        return space->school == school;
    case SPACE_HUB:
        if (space->school == school) return true;
        for (size_t i = 0; i < fold->schools[school].roles.n; i++) {
            const struct node *role = fold->nodes[fold->schools[school].roles.v[i]];
            if (stands_now(fold, role->number) &&
                (role->type != STATEMENT_ROLE ||
                 role->statement->u.role.role == STATEMENT_HUB)) {
                return true;
            }
        }
        return false;
    case SPACE_GROUP:
        if (!stands_now(fold, space->made_by)) return false;
        if (fold->nodes[space->made_by]->school == school) return true;
        for (size_t i = 0; i < space->accepts.n; i++) {
            const struct node *accept = fold->nodes[space->accepts.v[i]];
            if (accept->school == school && stands_now(fold, accept->number) &&
                accept->statement->u.space_accept.part == STATEMENT_AS_MEMBER) {
                return true;
            }
        }
        return false;
    }
    return false;
}

uint64_t fold_forked(const struct fold *fold, const struct chain *chain)
{
    CHECK(!fold->dirty);
    uint32_t device = graph_find_device(fold, &chain->device);
    if (space_tag_is_zero(&chain->tag)) {
        if (device >= fold->now.forks_n || fold->now.forks[device] == UINT64_MAX) return 0;
        return fold->now.forks[device];
    }
    uint64_t lowest = 0;
    for (size_t i = 0; i < fold->proofs.n; i++) {
        const struct node *proof = fold->nodes[fold->proofs.v[i]];
        uint64_t seq;
        struct chain proven = signatures_proven(proof->statement, &seq);
        /* A proof proves by itself: the standing of its signer later on does not matter. */
        if (proof->device < fold->now.forks_n &&
            fold->now.forks[proof->device] <= proof->item.seq) {
            continue;
        }
        if (chain_eq(&proven, chain) && (lowest == 0 || seq < lowest)) lowest = seq;
    }
    return lowest;
}

static struct fold_limit cut_at(const struct best *best)
{
    return (struct fold_limit){.limit = best->seq, .id = best->id, .why = FOLD_CLIP_CUT};
}

static struct fold_limit unless_forked(struct fold_limit limit, uint64_t fork)
{
    if (fork == 0 || fork > limit.limit) return limit;
    return (struct fold_limit){.limit = fork - 1, .why = FOLD_CLIP_FROZEN};
}

struct fold_limit cutoffs_limit(const struct fold *fold, const struct chain *chain)
{
    static const struct fold_limit none = {.limit = 0, .why = FOLD_CLIP_NOT_MEMBER};
    struct fold_limit open = {.limit = FOLD_OPEN, .why = FOLD_CLIP_NONE};
    uint32_t number = graph_find_device(fold, &chain->device);
    if (number == NONE) return none;
    const struct device *device = &fold->devices[number];
    if (space_tag_is_zero(&chain->tag)) return device->limit;
    uint32_t at = graph_find_space(fold, &chain->tag);
    if (device->enrolment == NONE || at == NONE) return none;
    const struct space *space = &fold->spaces[at];
    uint32_t school = device->school;
    if (!ever_member(fold, space, school)) return none;
    uint64_t fork = fold_forked(fold, chain);
    struct view now = view_now(fold);
    bool by_hub_role;
    if (device->live && view_member(&now, at, school, NULL, &by_hub_role)) {
        return unless_forked(open, fork);
    }
    struct numbers ends = {0};
    struct best best = {0};
    schools_ends(fold, school, number, &ends);
    struct best removal = by_removals(fold, &ends, chain);
    if (!removal.covered) {
        if (view_school(&now, school, NULL) &&
            !view_member(&now, at, school, NULL, &by_hub_role)) {
            space_ends(fold, space, school, &ends, &best, chain);
        }
        if (!best.covered) best = by_epochs(fold, space, &ends, chain);
    }
    free(ends.v);
    if (removal.covered) return cut_at(&removal);
    return unless_forked(best.covered ? cut_at(&best) : open, fork);
}

struct fold_limit fold_limit(const struct fold *fold, const struct chain *chain)
{
    CHECK(!fold->dirty);
    return cutoffs_limit(fold, chain);
}

bool fold_may_write(const struct fold *fold, const struct chain *chain)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_device(fold, &chain->device);
    return number != NONE && fold->devices[number].live &&
           cutoffs_limit(fold, chain).limit == FOLD_OPEN;
}
