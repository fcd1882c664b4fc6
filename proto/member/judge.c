#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/crypto/hash.h"
#include "proto/member/fold_state.h"

/*
 * What stands in a set: a set that is closed (with a statement, its past is in it).
 *
 *   1. forked statement chains are cut before the fork;
 *   2. the ends, highest rank first: an authorised end falls only to a standing end of strictly
 *      higher rank that takes what it rests on, and has it outside its past;
 *   3. the rest in causal order: one stands while each of its needs is met.
 *
 * Ends of one rank do not look at each other, and the rest look only at ends and at their own
 * past, so the result does not depend on the order in which equals are visited.
 *
 * The same procedure judges "now" (all statements) and the past of each statement (core
 * statements alone: the others give nothing to anybody). Pasts are cached by their set.
 */

/* Each costs a hash of the set's bits; where more came apart the set is judged as a whole. */
enum { JUDGE_ADDED_MAX = 16 };

bool judge_disturbs(const struct node *node)
{
    return node->own == FOLD_VERDICT_STANDS &&
           (node->end || node->type == STATEMENT_ASSENT || node->type == STATEMENT_PROOF);
}

/* ------------------------------------------------------------------------------------ forks */

static void fork_at(const struct fold *fold, struct verdicts *set, uint32_t device,
                    uint64_t seq)
{
    if (set->forks == NULL) {
        set->forks_n = fold->devices_n;
        set->forks = mem_realloc(NULL, set->forks_n, sizeof(*set->forks));
        for (size_t i = 0; i < set->forks_n; i++)
            set->forks[i] = UINT64_MAX;
    }
    if (seq < set->forks[device]) set->forks[device] = seq;
}

static bool forked(const struct verdicts *set, const struct node *node)
{
    return node->device < set->forks_n && set->forks[node->device] <= node->item.seq;
}

static bool in_set(const struct verdicts *set, uint32_t number)
{
    return number / 64 < set->words && bit_get(set->in, number);
}

static bool older(const struct fold *fold, uint32_t a, uint32_t b)
{
    const struct node *x = fold->nodes[a], *y = fold->nodes[b];
    if (x->height != y->height) return x->height < y->height;
    return envelope_id_cmp(&x->item.id, &y->item.id) < 0;
}

/*
 * Proofs count oldest first, and one that lies past a fork already counted does not: so a
 * circle of proofs has one outcome, and what is clipped has no effect.
 */
static void judge_forks(const struct fold *fold, struct verdicts *set)
{
    for (size_t i = 0; i < fold->forks_a.n; i++) {
        const struct node *a = fold->nodes[fold->forks_a.v[i]];
        if (in_set(set, a->number) && in_set(set, fold->forks_b.v[i])) {
            fork_at(fold, set, a->device, a->item.seq);
        }
    }
    struct numbers order = {0};
    for (size_t i = 0; i < fold->proofs.n; i++) {
        if (!in_set(set, fold->proofs.v[i])) continue;
        graph_push(&order, fold->proofs.v[i]);
        for (size_t k = order.n - 1; k > 0 && older(fold, order.v[k], order.v[k - 1]); k--) {
            uint32_t swap = order.v[k];
            order.v[k] = order.v[k - 1];
            order.v[k - 1] = swap;
        }
    }
    for (size_t i = 0; i < order.n; i++) {
        const struct node *proof = fold->nodes[order.v[i]];
        uint64_t seq;
        struct chain chain = signatures_proven(proof->statement, &seq);
        uint32_t device = graph_find_device(fold, &chain.device);
        if (!space_tag_is_zero(&chain.tag) || device == NONE || forked(set, proof)) continue;
        fork_at(fold, set, device, seq);
    }
    free(order.v);
}

/* ------------------------------------------------------------------------------------- ends */

static bool assent_of_end(const struct fold *fold, const struct node *node)
{
    if (node->type != STATEMENT_ASSENT || node->statement == NULL) return false;
    uint32_t act = graph_find(fold, &node->statement->u.assent.act);
    return act != NONE && fold->nodes[act]->end;
}

static bool felled(const struct fold *fold, const struct verdicts *set, const struct node *node)
{
    struct view view = view_at(fold, set, node);
    view.floor = node->rank;
    view.extended = false;
    view.bare = true;
    for (size_t i = 0; i < node->needs_n; i++) {
        if (node->needs[i].kind != NEED_STANDS && !view_met(&view, &node->needs[i]))
            return true;
    }
    return false;
}

static void judge_rank(const struct fold *fold, struct verdicts *set,
                       const struct numbers *ends, enum rank rank, bool assents)
{
    /* The view of a set as a whole: every assent in it counts. */
    struct view whole = view_at(fold, set, NULL);
    for (size_t i = 0; i < ends->n; i++) {
        const struct node *node = fold->nodes[ends->v[i]];
        if (node->rank != rank || (node->type == STATEMENT_ASSENT) != assents) continue;
        if (forked(set, node) || felled(fold, set, node)) continue;
        if (!assents && !view_carried(&whole, node->number)) continue;
        bit_set(set->stands, node->number);
    }
}

static bool stands(const struct fold *fold, const struct verdicts *set, const struct node *node)
{
    if (node->own != FOLD_VERDICT_STANDS || forked(set, node)) return false;
    struct view view = view_at(fold, set, node);
    for (size_t i = 0; i < node->needs_n; i++) {
        if (!view_met(&view, &node->needs[i])) return false;
    }
    return true;
}

static void judge_set(const struct fold *fold, struct verdicts *set)
{
    struct numbers ends = {0}, rest = {0};
    memset(set->stands, 0, set->words * sizeof(*set->stands));
    free(set->forks);
    set->forks = NULL;
    set->forks_n = 0;
    judge_forks(fold, set);
    for (uint32_t i = 0; i < fold->nodes_n && i / 64 < set->words; i++) {
        const struct node *node = fold->nodes[i];
        if (!bit_get(set->in, i) || node->own != FOLD_VERDICT_STANDS) continue;
        graph_push(node->end || assent_of_end(fold, node) ? &ends : &rest, i);
    }
    for (enum rank rank = RANK_SEVERAL; rank > RANK_NONE; rank--) {
        judge_rank(fold, set, &ends, rank, true);
        judge_rank(fold, set, &ends, rank, false);
    }
    for (size_t i = 0; i < rest.n; i++) {
        if (stands(fold, set, fold->nodes[rest.v[i]])) bit_set(set->stands, rest.v[i]);
    }
    free(ends.v);
    free(rest.v);
}

/* -------------------------------------------------------------------------- pasts, cached */

static void verdicts_fini(struct verdicts *set)
{
    free(set->in);
    free(set->stands);
    free(set->forks);
}

void judge_forget(struct fold *fold)
{
    for (size_t i = 0; i < VERDICTS_CACHED; i++) {
        if (fold->cache[i] == NULL) continue;
        map_delete(&fold->cache_by_key, fold->cache[i]->key);
        verdicts_fini(fold->cache[i]);
        free(fold->cache[i]);
        fold->cache[i] = NULL;
    }
}

void judge_free(struct fold *fold)
{
    judge_forget(fold);
    verdicts_fini(&fold->now);
}

static const struct verdicts *cached(const struct fold *fold, const uint8_t key[16])
{
    const uint64_t *slot = map_get(&fold->cache_by_key, key);
    return slot == NULL ? NULL : fold->cache[*slot];
}

static uint32_t last_of(const uint64_t *bits, size_t words)
{
    for (size_t w = words; w > 0; w--) {
        if (bits[w - 1] != 0)
            return (uint32_t)(w * 64 - 1) - (uint32_t)__builtin_clzll(bits[w - 1]);
    }
    return NONE;
}

/* The words of a set without trailing zeros, and its name. */
static size_t name_of(const uint64_t *in, size_t words, uint8_t key[16])
{
    while (words > 0 && in[words - 1] == 0)
        words--;
    hash_bytes(key, 16, slice_of(NULL, 0), "kith/1 fold past",
               slice_of(in, words * sizeof(*in)), slice_of(NULL, 0));
    return words;
}

/*
 * A statement that disturbs nobody adds one verdict to those of the set without it, if it is in
 * no other's past. So from a set that is cached one may go on: by one statement where everybody
 * saw everything, by a few where some had not heard the newest.
 */
static bool judge_from_cached(const struct fold *fold, struct verdicts *set)
{
    uint32_t added[JUDGE_ADDED_MAX];
    size_t n = 0, words = set->words;
    const struct verdicts *base = NULL;
    uint64_t *rest = mem_dup(set->in, (words + 1) * sizeof(*rest));
    uint32_t last;
    while (base == NULL && (last = last_of(rest, words)) != NONE) {
        const struct node *node = fold->nodes[last];
        if (n == JUDGE_ADDED_MAX || judge_disturbs(node) || node->twin) break;
        added[n++] = last;
        rest[last / 64] &= ~((uint64_t)1 << (last % 64));
        uint8_t key[16];
        words = name_of(rest, words, key);
        base = cached(fold, key);
    }
    bool all = base == NULL && last_of(rest, words) == NONE;
    free(rest);
    if (!all && (base == NULL || base->forks != NULL)) return false;
    if (base != NULL) memcpy(set->stands, base->stands, base->words * sizeof(*base->stands));
    while (n > 0) {
        const struct node *node = fold->nodes[added[--n]];
        if (stands(fold, set, node)) bit_set(set->stands, node->number);
    }
    return true;
}

/* The core part of a past, and its name. */
static uint64_t *core_part(const struct fold *fold, const struct node *node, size_t *words_out,
                           uint8_t key[16])
{
    size_t words = bit_words(node->number);
    uint64_t *in = mem_zalloc((words + 1) * sizeof(*in));
    for (size_t w = 0; w < words; w++)
        in[w] = node_past(node, w) & fold->core[w];
    *words_out = name_of(in, words, key);
    return in;
}

const struct verdicts *judge_past(struct fold *fold, const struct node *node)
{
    uint8_t key[16];
    size_t words;
    uint64_t *in = core_part(fold, node, &words, key);
    const struct verdicts *known = cached(fold, key);
    if (known != NULL) {
        free(in);
        return known;
    }
    struct verdicts *set = mem_zalloc(sizeof(*set));
    set->in = in;
    set->words = words;
    set->stands = mem_zalloc((words + 1) * sizeof(*set->stands));
    memcpy(set->key, key, sizeof(set->key));
    if (!judge_from_cached(fold, set)) judge_set(fold, set);
    size_t slot = fold->cache_next++ % VERDICTS_CACHED;
    if (fold->cache[slot] != NULL) {
        map_delete(&fold->cache_by_key, fold->cache[slot]->key);
        verdicts_fini(fold->cache[slot]);
        free(fold->cache[slot]);
    }
    fold->cache[slot] = set;
    map_put(&fold->cache_by_key, key, slot);
    return set;
}

/* -------------------------------------------------------------------------------------- now */

static void now_reserve(struct fold *fold)
{
    struct verdicts *now = &fold->now;
    size_t words = bit_words(fold->nodes_n) + 1;
    if (words <= now->words) return;
    size_t cap = words * 2;
    now->in = mem_realloc(now->in, cap, sizeof(*now->in));
    now->stands = mem_realloc(now->stands, cap, sizeof(*now->stands));
    memset(now->in + now->words, 0, (cap - now->words) * sizeof(*now->in));
    memset(now->stands + now->words, 0, (cap - now->words) * sizeof(*now->stands));
    now->words = cap;
}

void judge_append(struct fold *fold, const struct node *node)
{
    now_reserve(fold);
    bit_set(fold->now.in, node->number);
    if (judge_disturbs(node)) fold->stale = true;
    if (!fold->stale && stands(fold, &fold->now, node)) {
        bit_set(fold->now.stands, node->number);
    }
}

/* Why a statement does not stand now, although its own past allowed it. */
static enum fold_verdict why(const struct fold *fold, const struct node *node)
{
    const struct verdicts *now = &fold->now;
    if (node->own != FOLD_VERDICT_STANDS) return node->own;
    struct view view = view_at(fold, now, NULL);
    bool end = node->end || assent_of_end(fold, node);
    if (bit_get(now->stands, node->number)) {
        return view_carried(&view, node->number) ? FOLD_VERDICT_STANDS : FOLD_VERDICT_PENDING;
    }
    if (forked(now, node)) return FOLD_VERDICT_FORKED;
    if (end) return felled(fold, now, node) ? FOLD_VERDICT_ENDED : FOLD_VERDICT_PENDING;
    view = view_at(fold, now, node);
    for (size_t i = 0; i < node->needs_n; i++) {
        struct need bare = {.kind = NEED_STANDS, .givers = node->needs[i].givers};
        if (!view_met(&view, &bare)) return FOLD_VERDICT_BASELESS;
    }
    return FOLD_VERDICT_ENDED;
}

void judge_now(struct fold *fold)
{
    now_reserve(fold);
    if (fold->stale) {
        judge_set(fold, &fold->now);
        fold->touched.all = true;
    }
    fold->stale = false;
    if (fold->why_cap < fold->nodes_n) {
        fold->why_cap = fold->nodes_n * 2;
        fold->why = mem_realloc(fold->why, fold->why_cap, sizeof(*fold->why));
        fold->counted = mem_realloc(fold->counted, fold->why_cap, sizeof(*fold->counted));
    }
    for (size_t i = fold->touched.all ? 0 : fold->refreshed; i < fold->nodes_n; i++)
        fold->why[i] = why(fold, fold->nodes[i]);
}
