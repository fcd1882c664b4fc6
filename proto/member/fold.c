#include "proto/member/fold.h"

#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/crypto/hash.h"
#include "proto/member/fold_state.h"

const char *fold_verdict_name(enum fold_verdict verdict)
{
    static const char *const names[] = {
#define X(name, text) #name,
        FOLD_VERDICT_TABLE(X)
#undef X
    };
    CHECK(verdict < FOLD_VERDICT_COUNT);
    return names[verdict];
}

const char *fold_verdict_text(enum fold_verdict verdict)
{
    static const char *const texts[] = {
#define X(name, text) text,
        FOLD_VERDICT_TABLE(X)
#undef X
    };
    CHECK(verdict < FOLD_VERDICT_COUNT);
    return texts[verdict];
}

/* The maps whose keys are ids: all 32 bytes, apart from two. */
#define MAPS_32(X)     \
    X(by_id)           \
    X(schools_by_id)   \
    X(devices_by_id)   \
    X(epochs_by_id)    \
    X(epochs_by_key)   \
    X(key_refs_by_key) \
    X(erases)          \
    X(waiting_ids)     \
    X(waiting_for)     \
    X(waiting_devices)

struct fold *fold_new(const struct network_id *network)
{
    struct fold *fold = mem_zalloc(sizeof(*fold));
    fold->network = *network;
    fold->self = fold;
    fold->dirty = true;
    fold->touched.all = true;
    fold->hub = NONE;
    uint64_t seed;
    memcpy(&seed, network->b, sizeof(seed));
#define X(map) map_init(&fold->map, 32, seed);
    MAPS_32(X)
#undef X
    map_init(&fold->spaces_by_tag, sizeof(struct space_tag), seed);
    map_init(&fold->cache_by_key, 16, seed);
    map_init(&fold->grant_refs_by_key, sizeof(uint64_t), seed);
    struct map *const of_invites[] = {&fold->invites, &fold->invite_voids, &fold->admits};
    for (size_t i = 0; i < 3; i++)
        map_init(of_invites[i], sizeof(struct invite_id), seed);
    struct space_id space;
    space_network(&space, network);
    graph_space(fold, &space, SPACE_NETWORK, NONE, NONE);
    return fold;
}

void fold_free(struct fold *fold)
{
    if (fold == NULL) return;
    judge_free(fold);
    for (size_t i = 0; i < fold->nodes_n; i++) {
        graph_node_fini(fold->nodes[i]);
    }
    for (size_t i = 0; i < fold->schools_n; i++) {
        struct school *school = &fold->schools[i];
        free(school->members.v);
        free(school->roots.v);
        free(school->roles.v);
        free(school->ends.v);
        free(school->offs.v);
        free(school->devices.v);
    }
    for (size_t i = 0; i < fold->devices_n; i++) {
        free(fold->devices[i].enrolments.v);
        free(fold->devices[i].ends.v);
        free(fold->devices[i].chain.v);
    }
    for (size_t i = 0; i < fold->spaces_n; i++) {
        free(fold->spaces[i].accepts.v);
        free(fold->spaces[i].leaves.v);
        free(fold->spaces[i].carriers.v);
        free(fold->spaces[i].epochs.v);
        free(fold->spaces[i].members.v);
    }
    for (size_t i = 0; i < fold->epochs_n; i++)
        free(fold->epochs[i].grants.v);
    for (size_t i = 0; i < fold->waiting_n; i++)
        free(fold->waiting[i].body);
#define X(map) map_fini(&fold->map);
    MAPS_32(X)
#undef X
    map_fini(&fold->spaces_by_tag);
    map_fini(&fold->cache_by_key);
    map_fini(&fold->grant_refs_by_key);
    map_fini(&fold->invites);
    map_fini(&fold->invite_voids);
    map_fini(&fold->admits);
    struct touched *touched = &fold->touched;
    struct numbers *lists[] = {&fold->with_roles, &fold->successions, &fold->proofs,
                               &fold->hides,      &fold->forks_a,     &fold->forks_b,
                               &fold->by_school,  &fold->by_device,   &fold->by_space,
                               &fold->by_head,    &fold->by_invite,   &touched->schools,
                               &touched->devices, &touched->spaces};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        free(lists[i]->v);
    void *const plain[] = {fold->nodes,  fold->schools,  fold->devices,   fold->spaces,
                           fold->epochs, fold->key_refs, fold->waiting,   fold->core,
                           fold->why,    fold->counted,  fold->grant_refs};
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        free(plain[i]);
    arena_fini(&fold->arena);
    free(fold);
}

const struct network_id *fold_network(const struct fold *fold)
{
    return &fold->network;
}

/* -------------------------------------------------------------------------------- complete */

static void mark_core(struct fold *fold, struct node *node)
{
    node->core = true;
    bit_set(fold->core, node->number);
}

/* Two statements at one place of a chain: nothing of it counts from there. */
static void note_forks(struct fold *fold, struct node *node)
{
    const struct numbers *chain = &fold->devices[node->device].chain;
    for (size_t i = 0; i < chain->n; i++) {
        struct node *other = fold->nodes[chain->v[i]];
        if (other == node || other->item.seq != node->item.seq) continue;
        graph_push(&fold->forks_a, node->number);
        graph_push(&fold->forks_b, other->number);
        mark_core(fold, node);
        mark_core(fold, other);
        node->twin = other->twin = true;
        judge_forget(fold);
        fold->stale = true;
    }
}

static void note_erase(struct fold *fold, struct node *node)
{
    if (node->type != STATEMENT_ERASE || node->statement == NULL) return;
    const struct envelope_id *id = &node->statement->u.erase.id;
    const uint64_t *first = map_get(&fold->erases, id->b);
    node->same = first == NULL ? NONE : (uint32_t)*first;
    map_put(&fold->erases, id->b, node->number);
}

/* Its past is held: number it, judge it in its past, and enter it everywhere. */
static void complete(struct fold *fold, const struct fold_item *item)
{
    struct node *node = arena_alloc(&fold->arena, sizeof(*node));
    node->item = *item;
    node->item.body =
        slice_of(arena_dup(&fold->arena, item->body.p, item->body.n), item->body.n);
    struct statement_list seen;
    CHECK(statement_decode_seen(&node->type, &seen, node->item.body) == ERR_OK);
    struct statement statement;
    if (statement_decode(&statement, &fold->arena, node->item.body) == ERR_OK) {
        node->statement = arena_dup(&fold->arena, &statement, sizeof(statement));
        node->end = rights_is_end(node->statement);
    }
    node->school = node->space = node->same = NONE;
    node->target_school = node->target_device = NONE;
    node->signatures = item->vouched || signatures_hold(&fold->network, node);
    node->number = (uint32_t)fold->nodes_n;
    graph_past(fold, node, &seen);
    MEM_RESERVE(fold->nodes, fold->nodes_n, fold->nodes_cap);
    fold->nodes[fold->nodes_n++] = node;
    size_t words = bit_words(fold->nodes_n) + 1;
    if (words > fold->bits_words) {
        fold->core = mem_realloc(fold->core, words * 2, sizeof(*fold->core));
        memset(fold->core + fold->bits_words, 0,
               (words * 2 - fold->bits_words) * sizeof(*fold->core));
        fold->bits_words = words * 2;
    }
    map_put(&fold->by_id, item->id.b, node->number);
    node->device = graph_device(fold, &item->device);
    graph_push(&fold->devices[node->device].chain, node->number);
    if (rights_is_core(node->type)) mark_core(fold, node);
    note_forks(fold, node);
    note_erase(fold, node);
    const struct verdicts *past = judge_past(fold, node);
    rights_judge(fold, node, past);
    if (node->own == FOLD_VERDICT_STANDS) {
        spaces_grantees(fold, node, past);
        graph_register(fold, node);
    }
    judge_append(fold, node);
    touched_by(fold, node);
    fold->dirty = true;
}

/* --------------------------------------------------------------------------------- waiting */

static bool missing_of(const struct fold *fold, const struct fold_item *item,
                       struct envelope_id *out)
{
    uint8_t type;
    struct statement_list seen;
    if (!envelope_id_is_zero(&item->prev) && graph_find(fold, &item->prev) == NONE) {
        *out = item->prev;
        return true;
    }
    if (statement_decode_seen(&type, &seen, item->body) != ERR_OK) return false;
    for (size_t i = 0; i < seen.n; i++) {
        if (graph_find(fold, statement_id_at(&seen, i)) != NONE) continue;
        *out = *statement_id_at(&seen, i);
        return true;
    }
    return false;
}

static void count_waiting(struct fold *fold, const struct device_pk *device, int by)
{
    uint64_t *count = map_get(&fold->waiting_devices, device->b);
    uint64_t now = (count == NULL ? 0 : *count) + (uint64_t)(int64_t)by;
    fold->waiting_count += (size_t)by;
    if (now == 0) {
        map_delete(&fold->waiting_devices, device->b);
    } else {
        map_put(&fold->waiting_devices, device->b, now);
    }
}

static void wait_for(struct fold *fold, uint32_t slot, const struct envelope_id *missing)
{
    const uint64_t *first = map_get(&fold->waiting_for, missing->b);
    fold->waiting[slot].next = first == NULL ? NONE : (uint32_t)*first;
    map_put(&fold->waiting_for, missing->b, slot);
}

static enum fold_added keep_waiting(struct fold *fold, const struct fold_item *item,
                                    const struct envelope_id *missing)
{
    if (map_get(&fold->waiting_ids, item->id.b) != NULL) return FOLD_WAITS;
    const uint64_t *count = map_get(&fold->waiting_devices, item->device.b);
    if (count != NULL && *count >= LIMIT_STATEMENTS_WAITING) return FOLD_FULL;
    uint32_t slot = 0;
    while (slot < fold->waiting_n && fold->waiting[slot].body != NULL)
        slot++;
    if (slot == fold->waiting_n) {
        MEM_RESERVE(fold->waiting, fold->waiting_n, fold->waiting_cap);
        fold->waiting_n++;
    }
    uint8_t *body = mem_dup(item->body.p, item->body.n);
    fold->waiting[slot] = (struct waiting){.item = *item, .body = body, .next = NONE};
    fold->waiting[slot].item.body.p = body;
    map_put(&fold->waiting_ids, item->id.b, slot);
    count_waiting(fold, &item->device, 1);
    wait_for(fold, slot, missing);
    return FOLD_WAITS;
}

/* What waited for this id: completed, or set to wait for the next id that it misses. */
static void release(struct fold *fold, const struct envelope_id *id, struct numbers *ready)
{
    const uint64_t *first = map_get(&fold->waiting_for, id->b);
    uint32_t slot = first == NULL ? NONE : (uint32_t)*first;
    if (first != NULL) map_delete(&fold->waiting_for, id->b);
    while (slot != NONE) {
        uint32_t next = fold->waiting[slot].next;
        struct envelope_id missing;
        if (missing_of(fold, &fold->waiting[slot].item, &missing)) {
            wait_for(fold, slot, &missing);
        } else {
            graph_push(ready, slot);
        }
        slot = next;
    }
}

enum fold_added fold_add(struct fold *fold, const struct fold_item *item)
{
    uint8_t type;
    struct statement_list seen;
    if (statement_decode_seen(&type, &seen, item->body) != ERR_OK) return FOLD_REFUSED;
    if (fold_holds(fold, &item->id)) return FOLD_KNOWN;
    struct envelope_id missing;
    if (missing_of(fold, item, &missing)) return keep_waiting(fold, item, &missing);
    struct numbers ready = {0};
    complete(fold, item);
    release(fold, &item->id, &ready);
    for (size_t i = 0; i < ready.n; i++) {
        struct waiting *waiting = &fold->waiting[ready.v[i]];
        struct fold_item waited = waiting->item;
        uint8_t *body = waiting->body;
        waiting->body = NULL;
        map_delete(&fold->waiting_ids, waited.id.b);
        count_waiting(fold, &waited.device, -1);
        if (!fold_holds(fold, &waited.id)) complete(fold, &waited);
        free(body);
        release(fold, &waited.id, &ready);
    }
    free(ready.v);
    return FOLD_ADDED;
}

size_t fold_waiting(const struct fold *fold)
{
    return fold->waiting_count;
}

static int compare_ids(const void *a, const void *b)
{
    return envelope_id_cmp(a, b);
}

size_t fold_wanted(const struct fold *fold, struct envelope_id *out, size_t max)
{
    const void *key;
    uint64_t slot;
    size_t n = 0, at = 0;
    struct envelope_id *all = mem_zalloc((fold->waiting_for.count + 1) * sizeof(*all));
    while (map_next(&fold->waiting_for, &at, &key, &slot)) {
        if (map_get(&fold->waiting_ids, key) == NULL) memcpy(all[n++].b, key, sizeof(all->b));
    }
    qsort(all, n, sizeof(*all), compare_ids);
    if (n > max) n = max;
    memcpy(out, all, n * sizeof(*out));
    free(all);
    return n;
}

/* --------------------------------------------------------------------------------- refresh */

void fold_refresh(struct fold *fold)
{
    if (!fold->dirty) return;
    judge_now(fold);
    schools_refresh(fold);
    if (fold->touched.lost && !fold->touched.all) { /* rare, and reaches far */
        touched_all(fold);
        schools_refresh(fold);
    }
    cutoffs_refresh(fold);
    spaces_refresh(fold);
    touched_clear(fold);
    fold->refreshed = fold->nodes_n;
    fold->dirty = false;
    fold->generation++;
}

uint64_t fold_generation(const struct fold *fold)
{
    return fold->generation;
}

size_t fold_count(const struct fold *fold)
{
    return fold->nodes_n;
}

bool fold_item_at(const struct fold *fold, size_t i, struct fold_item *out)
{
    if (i >= fold->nodes_n) return false;
    *out = fold->nodes[i]->item;
    return true;
}

bool fold_holds(const struct fold *fold, const struct envelope_id *id)
{
    return graph_find(fold, id) != NONE;
}

bool fold_vouched(const struct fold *fold, const struct envelope_id *id)
{
    uint32_t number = graph_find(fold, id);
    return number != NONE && fold->nodes[number]->signatures;
}

bool fold_find(const struct fold *fold, const struct envelope_id *id, struct fold_item *out)
{
    uint32_t number = graph_find(fold, id);
    return number != NONE && fold_item_at(fold, number, out);
}

void fold_digest(const struct fold *fold, struct digest *out)
{
    CHECK(!fold->dirty);
    struct envelope_id *ids = mem_zalloc((fold->nodes_n + 1) * sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; i < fold->nodes_n; i++) {
        if (fold->counted[i]) ids[n++] = fold->nodes[i]->item.id;
    }
    qsort(ids, n, sizeof(*ids), compare_ids);
    struct hash hash;
    hash_init(&hash, sizeof(out->b), slice_of(NULL, 0), "kith/1 fold");
    hash_add_u64(&hash, FOLD_VERSION);
    hash_add(&hash, ids, n * sizeof(*ids));
    hash_final(&hash, out->b);
    free(ids);
}

enum fold_verdict fold_verdict(const struct fold *fold, const struct envelope_id *id)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find(fold, id);
    CHECK(number != NONE);
    return fold->why[number];
}

const struct statement *fold_statement(const struct fold *fold, const struct envelope_id *id)
{
    uint32_t number = graph_find(fold, id);
    return number == NONE ? NULL : fold->nodes[number]->statement;
}

bool fold_in_past(const struct fold *fold, const struct envelope_id *past,
                  const struct envelope_id *id)
{
    uint32_t x = graph_find(fold, past), y = graph_find(fold, id);
    return x != NONE && y != NONE && graph_in_past(fold, x, y);
}
