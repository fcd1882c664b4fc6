#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/base/cursor.h"
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
    return node_saw(fold->nodes[of], past);
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
        bits[w] |= node_past(node, w);
    bit_set(bits, parent);
    if (node->height + 1 > *height) *height = node->height + 1;
}

void graph_past(const struct fold *fold, struct node *node, const struct statement_list *seen)
{
    size_t words = bit_words(node->number);
    uint64_t *bits = mem_zalloc((words + 1) * sizeof(*bits));
    node->height = 0;
    if (!envelope_id_is_zero(&node->item.prev)) {
        add_past(fold, bits, &node->height, &node->item.prev);
    }
    for (size_t i = 0; i < seen->n; i++) {
        add_past(fold, bits, &node->height, statement_id_at(seen, i));
    }
    node->past_from = 0;
    while (node->past_from < words && bits[node->past_from] == UINT64_MAX)
        node->past_from++;
    node->past =
        mem_dup(bits + node->past_from, (words - node->past_from + 1) * sizeof(*node->past));
    free(bits);
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

uint32_t graph_of_invite(const struct map *map, const struct invite_id *id)
{
    return find(map, id->b);
}

static void add_of_invite(struct map *map, const struct invite_id *id, struct node *node)
{
    node->same = find(map, id->b);
    map_put(map, id->b, node->number);
}

static void add_role(struct fold *fold, struct node *node)
{
    struct numbers *roles = &fold->schools[node->target_school].roles;
    if (roles->n == 0) graph_push(&fold->with_roles, node->target_school);
    graph_push(roles, node->number);
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

/*
 * Grants are found by eight bytes of the key, with the epoch's number in them; what falls
 * together is told apart by the walk.
 */
static uint64_t grant_key(uint32_t epoch, const uint8_t recipient[32])
{
    return get_be64(recipient) + epoch * UINT64_C(0x9e3779b97f4a7c15);
}

static void register_grant(struct fold *fold, const struct node *node)
{
    const struct statement *st = node->statement;
    const struct statement_list *grants = &st->u.space_grant.grants;
    const uint64_t *epoch = map_get(&fold->epochs_by_id, st->u.space_grant.epoch.b);
    if (epoch == NULL) return;
    graph_push(&fold->epochs[*epoch].grants, node->number);
    for (uint32_t i = 0; i < grants->n; i++) {
        uint64_t key = grant_key((uint32_t)*epoch, statement_grant_at(grants, i)->recipient);
        uint32_t next = find(&fold->grant_refs_by_key, &key);
        MEM_RESERVE(fold->grant_refs, fold->grant_refs_n, fold->grant_refs_cap);
        fold->grant_refs[fold->grant_refs_n] =
            (struct grant_ref){.node = node->number, .at = i, .next = next};
        map_put(&fold->grant_refs_by_key, &key, fold->grant_refs_n++);
    }
}

static const struct grant_ref *same_grant(const struct fold *fold, uint32_t at,
                                          const struct envelope_id *epoch,
                                          const uint8_t recipient[32])
{
    for (; at != NONE; at = fold->grant_refs[at].next) {
        const struct grant_ref *ref = &fold->grant_refs[at];
        const struct statement *st = fold->nodes[ref->node]->statement;
        const struct statement_list *grants = &st->u.space_grant.grants;
        if (envelope_id_eq(&st->u.space_grant.epoch, epoch) &&
            memcmp(statement_grant_at(grants, ref->at)->recipient, recipient, 32) == 0) {
            return ref;
        }
    }
    return NULL;
}

const struct grant_ref *graph_grant(const struct fold *fold, uint32_t epoch,
                                    const uint8_t recipient[32])
{
    uint64_t key = grant_key(epoch, recipient);
    return same_grant(fold, find(&fold->grant_refs_by_key, &key),
                      &fold->nodes[fold->epochs[epoch].node]->item.id, recipient);
}

const struct grant_ref *graph_grant_next(const struct fold *fold, const struct grant_ref *ref)
{
    const struct statement *st = fold->nodes[ref->node]->statement;
    return same_grant(fold, ref->next, &st->u.space_grant.epoch,
                      statement_grant_at(&st->u.space_grant.grants, ref->at)->recipient);
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
        add_role(fold, node);
        break;
    case STATEMENT_ADMIT:
        join(fold, node, &st->u.admit.school, &st->u.admit.recovery_pk, &st->u.admit.device);
        add_of_invite(&fold->admits, &st->u.admit.invite, node);
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
        if (st->u.role.on) {
            add_role(fold, node);
        } else {
            graph_push(&fold->schools[node->target_school].offs, node->number);
        }
        break;
    case STATEMENT_HUB_SUCCESSION:
        add_role(fold, node);
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
    struct space_id id;
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
        register_grant(fold, node);
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
        add_of_invite(&fold->invites, &st->u.invite.invite, node);
        break;
    case STATEMENT_INVITE_VOID:
        add_of_invite(&fold->invite_voids, &st->u.invite_void.invite, node);
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
