#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/fold_state.h"

/* What Admit, Read and the makers of new statements ask. */

static bool stands_now(const struct fold *fold, uint32_t number)
{
    return bit_get(fold->now.stands, number);
}

/* ----------------------------------------------------------------------------------- Admit */

static enum err admits_seq(const struct fold_limit *limit, uint64_t seq,
                           const struct envelope_id *id)
{
    if (seq <= limit->limit) {
        bool branch = seq == limit->limit && !envelope_id_is_zero(&limit->id) &&
                      !envelope_id_eq(&limit->id, id);
        return branch ? ERR_CLIPPED : ERR_OK;
    }
    switch (limit->why) {
    case FOLD_CLIP_NOT_MEMBER:
        return ERR_NOT_MEMBER;
    case FOLD_CLIP_FROZEN:
        return ERR_FROZEN;
    case FOLD_CLIP_CUT:
    case FOLD_CLIP_NONE:
        break;
    }
    return ERR_CLIPPED;
}

static enum err admits_unknown(const struct fold *fold, const struct envelope *envelope,
                               const struct envelope_id *id, struct slice body)
{
    if (envelope->kind != ENVELOPE_STATEMENT || envelope->seq != 1) return ERR_NOT_MEMBER;
    struct arena arena = {0};
    struct statement statement;
    struct fold_item item = {.id = *id,
                             .device = envelope->device,
                             .seq = envelope->seq,
                             .prev = envelope->prev,
                             .body = body};
    enum err err = statement_decode(&statement, &arena, body);
    if (err == ERR_OK) err = cutoffs_add_known(fold, &item, &statement);
    arena_fini(&arena);
    return err;
}

enum err fold_admits(const struct fold *fold, const struct envelope *envelope,
                     const struct envelope_id *id, struct slice body)
{
    CHECK(!fold->dirty);
    if (network_id_is_zero(&envelope->network)) {
        bool found = envelope->kind == ENVELOPE_STATEMENT && envelope->seq == 1 &&
                     memcmp(id->b, fold->network.b, sizeof(id->b)) == 0;
        return found ? ERR_OK : ERR_NETWORK;
    }
    if (!network_id_eq(&envelope->network, &fold->network)) return ERR_NETWORK;
    uint32_t device = graph_find_device(fold, &envelope->device);
    if (envelope->kind == ENVELOPE_BEACON) {
        return device != NONE && fold->devices[device].live ? ERR_OK : ERR_NOT_MEMBER;
    }
    struct chain chain = envelope_chain(envelope);
    bool unknown = device == NONE || (fold->devices[device].enrolments.n == 0 &&
                                      fold->devices[device].chain.n == 0);
    if (unknown) return admits_unknown(fold, envelope, id, body);
    struct fold_limit limit = cutoffs_limit(fold, &chain);
    return admits_seq(&limit, envelope->seq, id);
}

/* ------------------------------------------------------------------------- statement heads */

struct place fold_head(const struct fold *fold, const struct device_pk *device)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_device(fold, device);
    return number == NONE ? (struct place){0} : fold->devices[number].head;
}

bool fold_head_at(const struct fold *fold, size_t i, struct device_pk *device,
                  struct place *out)
{
    CHECK(!fold->dirty);
    if (i >= fold->by_head.n) return false;
    *device = fold->devices[fold->by_head.v[i]].id;
    *out = fold->devices[fold->by_head.v[i]].head;
    return true;
}

/* ----------------------------------------------------------------------------------- roles */

static const struct statement_list *role_cuts(const struct node *node)
{
    static const struct statement_list none;
    switch (node->type) {
    case STATEMENT_ROLE:
        return &node->statement->u.role.cuts;
    case STATEMENT_HUB_SUCCESSION:
        return &node->statement->u.hub_succession.cuts;
    default:
        return &none;
    }
}

static uint64_t cut_of(const struct node *node, const struct chain *chain)
{
    const struct statement_list *cuts = role_cuts(node);
    for (size_t i = 0; i < cuts->n; i++) {
        if (chain_eq(&statement_cut_at(cuts, i)->chain, chain)) {
            return statement_cut_at(cuts, i)->seq;
        }
    }
    return 0;
}

static uint8_t role_given(const struct node *node, bool steward)
{
    if (node->type == STATEMENT_FOUND) return steward ? STATEMENT_STEWARD : STATEMENT_HUB;
    return node->type == STATEMENT_ROLE ? node->statement->u.role.role : STATEMENT_HUB;
}

/* Whether the end takes this role from the school. */
static bool takes_role(const struct fold *fold, uint32_t end, uint32_t school, uint8_t role)
{
    const struct node *node = fold->nodes[end];
    if (node->type == STATEMENT_HUB_SUCCESSION) {
        return role == STATEMENT_HUB && node->target_school != school;
    }
    return node->statement->u.role.role == role;
}

/* Highest place named by the role's ends that do not precede the grant; OPEN without one. */
static uint64_t span_end(const struct fold *fold, uint32_t grant, uint32_t school, uint8_t role,
                         const struct chain *chain)
{
    const struct numbers *lists[] = {&fold->schools[school].offs, &fold->successions};
    bool ended = false;
    uint64_t end = 0;
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->n; i++) {
            uint32_t off = lists[l]->v[i];
            if (!stands_now(fold, off) || !takes_role(fold, off, school, role) ||
                graph_in_past(fold, off, grant)) {
                continue;
            }
            ended = true;
            uint64_t cut = cut_of(fold->nodes[off], chain);
            if (cut > end) end = cut;
        }
    }
    return ended ? end : FOLD_OPEN;
}

/* The first grant of a role starts at 0, whatever it names. */
static uint64_t span_start(const struct fold *fold, uint32_t grant, uint32_t school,
                           uint8_t role, const struct chain *chain)
{
    const struct numbers *roles = &fold->schools[school].roles;
    for (size_t i = 0; i < roles->n; i++) {
        const struct node *other = fold->nodes[roles->v[i]];
        if (graph_in_past(fold, roles->v[i], grant) && stands_now(fold, roles->v[i]) &&
            (role_given(other, true) == role || role_given(other, false) == role)) {
            return cut_of(fold->nodes[grant], chain);
        }
    }
    return 0;
}

bool fold_in_role(const struct fold *fold, const struct chain *chain, uint64_t seq)
{
    CHECK(!fold->dirty);
    uint32_t device = graph_find_device(fold, &chain->device);
    if (device == NONE || fold->devices[device].enrolment == NONE) return false;
    uint32_t school = fold->devices[device].school;
    const struct numbers *roles = &fold->schools[school].roles;
    struct view now = view_now(fold);
    for (size_t i = 0; i < roles->n; i++) {
        const struct node *grant = fold->nodes[roles->v[i]];
        if (!stands_now(fold, grant->number) || !view_carried(&now, grant->number)) continue;
        for (int steward = 0; steward < 2; steward++) {
            uint8_t role = role_given(grant, steward == 1);
            if (role == STATEMENT_OBSERVER) continue;
            if (seq > span_start(fold, grant->number, school, role, chain) &&
                seq <= span_end(fold, grant->number, school, role, chain)) {
                return true;
            }
        }
    }
    return false;
}

static bool gives_observer(const struct fold *fold, uint32_t number)
{
    const struct node *grant = fold->nodes[number];
    return grant->type == STATEMENT_ROLE && grant->statement->u.role.role == STATEMENT_OBSERVER;
}

bool fold_observes(const struct fold *fold, const struct chain *chain, uint64_t seq)
{
    CHECK(!fold->dirty);
    uint32_t device = graph_find_device(fold, &chain->device);
    if (device == NONE || fold->devices[device].enrolment == NONE) return false;
    uint32_t school = fold->devices[device].school;
    const struct numbers *roles = &fold->schools[school].roles;
    struct view now = view_now(fold);
    for (size_t i = 0; i < roles->n; i++) {
        uint32_t grant = roles->v[i];
        if (!gives_observer(fold, grant) || !stands_now(fold, grant) ||
            !view_carried(&now, grant)) {
            continue;
        }
        if (seq > cut_of(fold->nodes[grant], chain) &&
            seq <= span_end(fold, grant, school, STATEMENT_OBSERVER, chain)) {
            return true;
        }
    }
    return false;
}

bool fold_ever_observed(const struct fold *fold, const struct school_id *school)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_school(fold, school);
    if (number == NONE) return false;
    const struct numbers *roles = &fold->schools[number].roles;
    for (size_t i = 0; i < roles->n; i++) {
        if (gives_observer(fold, roles->v[i])) return true;
    }
    return false;
}

/* --------------------------------------------------------------------------- erase and hide */

static enum fold_erased erase_of(const struct fold *fold, const struct chain *chain,
                                 uint64_t seq, const struct envelope_id *id, uint32_t *best)
{
    CHECK(!fold->dirty);
    enum fold_erased erased = FOLD_NOT_ERASED;
    const uint64_t *first = map_get(&fold->erases, id->b);
    *best = NONE;
    for (uint32_t i = first == NULL ? NONE : (uint32_t)*first; i != NONE;
         i = fold->nodes[i]->same) {
        const struct statement *st = fold->nodes[i]->statement;
        if (!chain_eq(&st->u.erase.chain, chain) || st->u.erase.seq != seq) continue;
        enum fold_erased this = stands_now(fold, i) ? FOLD_ERASED : FOLD_ERASED_VOID;
        bool smaller = *best == NONE || envelope_id_cmp(&fold->nodes[i]->item.id,
                                                        &fold->nodes[*best]->item.id) < 0;
        if (this > erased || (this == erased && smaller)) *best = i;
        if (this > erased) erased = this;
    }
    return erased;
}

enum fold_erased fold_erased(const struct fold *fold, const struct chain *chain, uint64_t seq,
                             const struct envelope_id *id)
{
    uint32_t best;
    return erase_of(fold, chain, seq, id, &best);
}

const struct statement *fold_erase(const struct fold *fold, const struct chain *chain,
                                   uint64_t seq, const struct envelope_id *id)
{
    uint32_t best;
    (void)erase_of(fold, chain, seq, id, &best);
    return best == NONE ? NULL : fold->nodes[best]->statement;
}

bool fold_hidden(const struct fold *fold, const struct school_id *owner,
                 const struct record_id *record, struct envelope_id *by)
{
    CHECK(!fold->dirty);
    uint32_t best = NONE;
    for (size_t i = 0; i < fold->hides.n; i++) {
        uint32_t number = fold->hides.v[i];
        const struct statement *st = fold->nodes[number]->statement;
        if (!stands_now(fold, number) || !school_id_eq(&st->u.hide.owner, owner) ||
            !record_id_eq(&st->u.hide.record, record)) {
            continue;
        }
        if (best == NONE || graph_newer(fold, number, best)) best = number;
    }
    if (best == NONE || fold->nodes[best]->type == STATEMENT_UNHIDE) return false;
    *by = fold->nodes[best]->item.id;
    return true;
}

/* -------------------------------------------------------------------------- new statements */

struct tip {
    struct envelope_id id;
    int class; /* 0: by the concerned, 1: ends something, 2: the rest */
};

static int compare_tips(const void *a, const void *b)
{
    const struct tip *x = a, *y = b;
    if (x->class != y->class) return x->class < y->class ? -1 : 1;
    return envelope_id_cmp(&x->id, &y->id);
}

static int compare_ids(const void *a, const void *b)
{
    return envelope_id_cmp(a, b);
}

size_t fold_seen(const struct fold *fold, const struct device_pk *signer,
                 const struct school_id *concerned, struct envelope_id out[LIMIT_SEEN])
{
    CHECK(!fold->dirty);
    struct place own = fold_head(fold, signer);
    uint32_t about = concerned == NULL ? NONE : graph_find_school(fold, concerned);
    uint64_t *covered = mem_zalloc((bit_words(fold->nodes_n) + 1) * sizeof(*covered));
    struct tip *tips = mem_zalloc((fold->nodes_n + 1) * sizeof(*tips));
    size_t n = 0;
    for (uint32_t i = (uint32_t)fold->nodes_n; i-- > 0;) {
        const struct node *node = fold->nodes[i];
        if (!fold->counted[i] || bit_get(covered, i)) continue;
        for (size_t w = 0; w < bit_words(i); w++)
            covered[w] |= node_past(node, w);
        if (own.seq > 0 && envelope_id_eq(&own.id, &node->item.id)) continue;
        int class = node->end ? 1 : 2;
        if (about != NONE && fold->devices[node->device].school == about) class = 0;
        tips[n++] = (struct tip){.id = node->item.id, .class = class};
    }
    qsort(tips, n, sizeof(*tips), compare_tips);
    if (n > LIMIT_SEEN) n = LIMIT_SEEN;
    for (size_t i = 0; i < n; i++)
        out[i] = tips[i].id;
    qsort(out, n, sizeof(*out), compare_ids);
    free(tips);
    free(covered);
    return n;
}

bool fold_root_since(const struct fold *fold, const struct school_id *school,
                     struct envelope_id *out)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_school(fold, school);
    if (number == NONE || !fold->schools[number].live || fold->schools[number].root == NONE) {
        return false;
    }
    *out = fold->nodes[fold->schools[number].root]->item.id;
    return true;
}

enum fold_verdict fold_try(const struct fold *fold, const struct device_pk *signer,
                           const struct statement *statement)
{
    CHECK(!fold->dirty);
    struct fold *self = fold->self;
    struct place head = fold_head(fold, signer);
    struct statement copy = *statement;
    struct node node = {.statement = &copy, .type = statement->type, .signatures = true};
    node.item = (struct fold_item){.device = *signer, .seq = head.seq + 1, .prev = head.id};
    node.number = (uint32_t)fold->nodes_n;
    node.device = graph_device(self, signer);
    node.school = node.space = node.same = node.target_school = node.target_device = NONE;
    graph_past(fold, &node, &statement->seen);
    rights_judge(self, &node, judge_past(self, &node));
    enum fold_verdict verdict = node.own;
    if (verdict == FOLD_VERDICT_STANDS && node.assents_needed > 0)
        verdict = FOLD_VERDICT_PENDING;
    graph_node_fini(&node);
    return verdict;
}

bool fold_pending_at(const struct fold *fold, size_t i, struct envelope_id *out,
                     size_t *assents_missing)
{
    CHECK(!fold->dirty);
    struct numbers pending = {0};
    for (uint32_t k = 0; k < fold->nodes_n; k++) {
        if (fold->why[k] != FOLD_VERDICT_PENDING || fold->nodes[k]->assents_needed == 0)
            continue;
        graph_push(&pending, k);
        for (size_t at = pending.n - 1; at > 0; at--) {
            const struct node *x = fold->nodes[pending.v[at - 1]];
            const struct node *y = fold->nodes[pending.v[at]];
            if (envelope_id_cmp(&x->item.id, &y->item.id) < 0) break;
            pending.v[at - 1] = y->number;
            pending.v[at] = x->number;
        }
    }
    bool found = i < pending.n;
    if (found) {
        const struct node *node = fold->nodes[pending.v[i]];
        size_t given = 0;
        for (size_t e = 0; e < node->eligible.n; e++) {
            bool assented = false;
            for (size_t a = 0; a < node->assents.n && !assented; a++) {
                assented = stands_now(fold, node->assents.v[a]) &&
                           fold->nodes[node->assents.v[a]]->school == node->eligible.v[e];
            }
            given += assented ? 1 : 0;
        }
        *out = node->item.id;
        *assents_missing = node->assents_needed > given ? node->assents_needed - given : 0;
    }
    free(pending.v);
    return found;
}
