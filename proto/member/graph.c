#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/crypto/phrase.h"
#include "proto/member/fold_state.h"

/*
 * The graph: statements by number, their causal pasts as bits, and the lists by which an
 * authorised statement is found again (of a school, a device, a space). What was not authorised
 * in its own past never comes into those lists: nothing can make it count later.
 */

void graph_push(struct numbers *list, uint32_t number)
{
    MEM_RESERVE(list->v, list->n, list->cap);
    list->v[list->n++] = number;
}

void graph_sort(uint32_t *numbers, size_t n, const void *items, size_t item_bytes,
                size_t id_bytes)
{
    const uint8_t *base = items;
    for (size_t gap = n / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < n; i++) {
            uint32_t moving = numbers[i];
            size_t k = i;
            for (; k >= gap && memcmp(base + numbers[k - gap] * item_bytes,
                                      base + moving * item_bytes, id_bytes) > 0;
                 k -= gap) {
                numbers[k] = numbers[k - gap];
            }
            numbers[k] = moving;
        }
    }
}

static uint32_t find(const struct map *map, const void *key)
{
    const uint64_t *value = map_get(map, key);
    return value == NULL ? NONE : (uint32_t)*value;
}

uint32_t graph_find(const struct fold *fold, const struct envelope_id *id)
{
    return find(&fold->by_id, id->b);
}

uint32_t graph_find_school(const struct fold *fold, const struct school_id *id)
{
    return find(&fold->schools_by_id, id->b);
}

uint32_t graph_find_device(const struct fold *fold, const struct device_pk *id)
{
    return find(&fold->devices_by_id, id->b);
}

uint32_t graph_find_space(const struct fold *fold, const struct space_tag *tag)
{
    return find(&fold->spaces_by_tag, tag->b);
}

uint32_t graph_school(struct fold *fold, const struct school_id *id)
{
    uint32_t number = graph_find_school(fold, id);
    if (number != NONE) return number;
    MEM_RESERVE(fold->schools, fold->schools_n, fold->schools_cap);
    fold->schools[fold->schools_n] = (struct school){.id = *id,
                                                     .own_space = NONE,
                                                     .hub_space = NONE,
                                                     .member = NONE,
                                                     .root = NONE,
                                                     .ended = NONE};
    map_put(&fold->schools_by_id, id->b, fold->schools_n);
    return (uint32_t)fold->schools_n++;
}

uint32_t graph_device(struct fold *fold, const struct device_pk *id)
{
    uint32_t number = graph_find_device(fold, id);
    if (number != NONE) return number;
    MEM_RESERVE(fold->devices, fold->devices_n, fold->devices_cap);
    fold->devices[fold->devices_n] =
        (struct device){.id = *id, .enrolment = NONE, .school = NONE, .ended = NONE};
    map_put(&fold->devices_by_id, id->b, fold->devices_n);
    return (uint32_t)fold->devices_n++;
}

uint32_t graph_space(struct fold *fold, const struct space_id *id, enum space_class class,
                     uint32_t school, uint32_t made_by)
{
    struct space_tag tag = space_tag(id);
    uint32_t number = graph_find_space(fold, &tag);
    if (number != NONE) return number;
    MEM_RESERVE(fold->spaces, fold->spaces_n, fold->spaces_cap);
    fold->spaces[fold->spaces_n] = (struct space){.id = *id,
                                                  .tag = tag,
                                                  .space_class = class,
                                                  .school = school,
                                                  .made_by = made_by,
                                                  .write_epoch = NONE,
                                                  .carriers_now = NONE};
    map_put(&fold->spaces_by_tag, tag.b, fold->spaces_n);
    return (uint32_t)fold->spaces_n++;
}

bool graph_in_past(const struct fold *fold, uint32_t past, uint32_t of)
{
    return past < of && bit_get(fold->nodes[of]->past, past);
}

bool graph_newer(const struct fold *fold, uint32_t a, uint32_t b)
{
    const struct node *x = fold->nodes[a], *y = fold->nodes[b];
    if (x->height != y->height) return x->height > y->height;
    return envelope_id_cmp(&x->item.id, &y->item.id) < 0;
}

static void add_past(const struct fold *fold, uint64_t *bits, uint64_t *height,
                     const struct envelope_id *id)
{
    uint32_t parent = graph_find(fold, id);
    CHECK(parent != NONE);
    if (bit_get(bits, parent)) return;
    const struct node *node = fold->nodes[parent];
    for (size_t w = 0; w < bit_words(parent); w++)
        bits[w] |= node->past[w];
    bit_set(bits, parent);
    if (node->height + 1 > *height) *height = node->height + 1;
}

uint64_t *graph_past_of(const struct fold *fold, const struct statement_list *seen,
                        const struct envelope_id *prev, uint64_t *height)
{
    uint64_t *bits = mem_zalloc((bit_words(fold->nodes_n) + 1) * sizeof(*bits));
    *height = 0;
    if (!envelope_id_is_zero(prev)) add_past(fold, bits, height, prev);
    for (size_t i = 0; i < seen->n; i++) {
        add_past(fold, bits, height, statement_id_at(seen, i));
    }
    return bits;
}

void graph_node_fini(struct node *node)
{
    free(node->past);
    free(node->granted_member);
    for (size_t i = 0; i < node->needs_n; i++)
        free(node->needs[i].givers.v);
    free(node->eligible.v);
    free(node->assents.v);
    free(node->extends.v);
}

/* -------------------------------------------------------------------------------- register */

static void key_ref(struct fold *fold, const uint8_t key[32], uint32_t school, uint32_t device)
{
    uint32_t next = find(&fold->key_refs_by_key, key);
    for (uint32_t i = next; i != NONE; i = fold->key_refs[i].next) {
        if (fold->key_refs[i].school == school && fold->key_refs[i].device == device) return;
    }
    MEM_RESERVE(fold->key_refs, fold->key_refs_n, fold->key_refs_cap);
    fold->key_refs[fold->key_refs_n] =
        (struct key_ref){.school = school, .device = device, .next = next};
    map_put(&fold->key_refs_by_key, key, fold->key_refs_n++);
}

static void enrol(struct fold *fold, struct node *node, uint32_t school,
                  const struct statement_device *keys)
{
    uint32_t device = graph_device(fold, &keys->device);
    node->target_school = school;
    node->target_device = device;
    graph_push(&fold->devices[device].enrolments, node->number);
    key_ref(fold, keys->box.b, school, device);
    struct numbers *devices = &fold->schools[school].devices;
    for (size_t i = 0; i < devices->n; i++) {
        if (devices->v[i] == device) return;
    }
    graph_push(devices, device);
}

static void join(struct fold *fold, struct node *node, const struct school_id *id,
                 const struct recovery_pk *recovery, const struct statement_device *keys)
{
    uint32_t school = graph_school(fold, id);
    graph_push(&fold->schools[school].members, node->number);
    graph_push(&fold->schools[school].roots, node->number);
    key_ref(fold, recovery->b, school, NONE);
    enrol(fold, node, school, keys);
    struct space_id space;
    space_own(&space, &fold->network, id);
    fold->schools[school].own_space = graph_space(fold, &space, SPACE_OWN, school, NONE);
    space_hub(&space, &fold->network, id);
    fold->schools[school].hub_space = graph_space(fold, &space, SPACE_HUB, school, NONE);
}

static void register_epoch(struct fold *fold, const struct node *node)
{
    MEM_RESERVE(fold->epochs, fold->epochs_n, fold->epochs_cap);
    fold->epochs[fold->epochs_n] = (struct epoch_state){.node = node->number};
    map_put(&fold->epochs_by_id, node->item.id.b, fold->epochs_n);
    /* Two statements with one key id seal the same key for the same parents: the smaller id. */
    const struct key_id *key = &node->statement->u.space_epoch.key_id;
    uint32_t other = find(&fold->epochs_by_key, key->b);
    if (other == NONE ||
        envelope_id_cmp(&node->item.id, &fold->nodes[fold->epochs[other].node]->item.id) < 0) {
        map_put(&fold->epochs_by_key, key->b, fold->epochs_n);
    }
    graph_push(&fold->spaces[node->space].epochs, (uint32_t)fold->epochs_n++);
}

static void register_member(struct fold *fold, struct node *node)
{
    const struct statement *st = node->statement;
    struct school_id id;
    uint32_t school;
    switch (node->type) {
    case STATEMENT_FOUND:
        phrase_school_id(&id, &st->u.found.root_pk);
        join(fold, node, &id, &st->u.found.recovery_pk, &st->u.found.device);
        graph_push(&fold->schools[node->target_school].roles, node->number);
        break;
    case STATEMENT_ADMIT:
        join(fold, node, &st->u.admit.school, &st->u.admit.recovery_pk, &st->u.admit.device);
        graph_push(&fold->admits, node->number);
        break;
    case STATEMENT_DEVICE_ADD:
        school = graph_school(fold, &st->u.device_add.school);
        enrol(fold, node, school, &st->u.device_add.device);
        break;
    case STATEMENT_DEVICE_REMOVE:
        graph_push(&fold->devices[node->target_device].ends, node->number);
        break;
    case STATEMENT_SCHOOL_REMOVE:
    case STATEMENT_LEAVE:
        graph_push(&fold->schools[node->target_school].ends, node->number);
        break;
    case STATEMENT_ROLE:
        graph_push(st->u.role.on ? &fold->schools[node->target_school].roles
                                 : &fold->schools[node->target_school].offs,
                   node->number);
        break;
    case STATEMENT_HUB_SUCCESSION:
        graph_push(&fold->schools[node->target_school].roles, node->number);
        graph_push(&fold->successions, node->number);
        break;
    case STATEMENT_ROOT_ROTATE:
        graph_push(&fold->schools[node->target_school].roots, node->number);
        key_ref(fold, st->u.root_rotate.recovery_pk.b, node->target_school, NONE);
        break;
    default:
        break;
    }
}

static void register_space(struct fold *fold, struct node *node)
{
    const struct statement *st = node->statement;
    struct space_id id;
    const uint64_t *epoch;
    switch (node->type) {
    case STATEMENT_SPACE_NEW:
        space_group(&id, &fold->network, &node->item.id);
        node->space = graph_space(fold, &id, SPACE_GROUP, NONE, node->number);
        break;
    case STATEMENT_SPACE_ACCEPT:
        graph_push(&fold->spaces[node->space].accepts, node->number);
        break;
    case STATEMENT_SPACE_LEAVE:
        graph_push(&fold->spaces[node->space].leaves, node->number);
        break;
    case STATEMENT_SPACE_CARRIERS:
        graph_push(&fold->spaces[node->space].carriers, node->number);
        break;
    case STATEMENT_SPACE_EPOCH:
        register_epoch(fold, node);
        break;
    case STATEMENT_SPACE_GRANT:
        epoch = map_get(&fold->epochs_by_id, st->u.space_grant.epoch.b);
        if (epoch != NULL) graph_push(&fold->epochs[*epoch].grants, node->number);
        break;
    default:
        break;
    }
}

void graph_register(struct fold *fold, struct node *node)
{
    const struct statement *st = node->statement;
    switch (node->type) {
    case STATEMENT_INVITE:
        graph_push(&fold->invites, node->number);
        break;
    case STATEMENT_INVITE_VOID:
        graph_push(&fold->invite_voids, node->number);
        break;
    case STATEMENT_ASSENT:
        graph_push(&fold->nodes[graph_find(fold, &st->u.assent.act)]->assents, node->number);
        break;
    case STATEMENT_CUTOFF_EXTEND:
        graph_push(&fold->nodes[graph_find(fold, &st->u.cutoff_extend.removal)]->extends,
                   node->number);
        break;
    case STATEMENT_PROOF: {
        uint64_t seq;
        struct chain chain = signatures_proven(st, &seq);
        graph_device(fold, &chain.device);
        graph_push(&fold->proofs, node->number);
        break;
    }
    case STATEMENT_HIDE:
    case STATEMENT_UNHIDE:
        graph_push(&fold->hides, node->number);
        break;
    default:
        register_member(fold, node);
        register_space(fold, node);
        break;
    }
}
