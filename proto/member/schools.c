#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/fold_state.h"

/* Schools and devices: who is a member now, with what keys and roles. */

static bool stands_now(const struct fold *fold, uint32_t number)
{
    return bit_get(fold->now.stands, number);
}

static uint32_t newest(const struct fold *fold, const struct numbers *list)
{
    uint32_t best = NONE;
    for (size_t i = 0; i < list->n; i++) {
        if (best == NONE || graph_newer(fold, list->v[i], best)) best = list->v[i];
    }
    return best;
}

static void ends_after(const struct fold *fold, const struct numbers *ends,
                       const struct numbers *givers, struct numbers *out)
{
    for (size_t i = 0; i < ends->n; i++) {
        uint32_t end = ends->v[i];
        if (!stands_now(fold, end)) continue;
        bool against = false;
        for (size_t k = 0; k < givers->n && !against; k++) {
            against = stands_now(fold, givers->v[k]) && !graph_in_past(fold, end, givers->v[k]);
        }
        if (against) graph_push(out, end);
    }
}

void schools_ends(const struct fold *fold, uint32_t school, uint32_t device,
                  struct numbers *out)
{
    const struct numbers *givers =
        device == NONE ? &fold->schools[school].members : &fold->devices[device].enrolments;
    if (device != NONE) ends_after(fold, &fold->devices[device].ends, givers, out);
    ends_after(fold, &fold->schools[school].ends, givers, out);
}

static uint32_t smallest(const struct fold *fold, const struct numbers *list)
{
    uint32_t best = NONE;
    for (size_t i = 0; i < list->n; i++) {
        if (!stands_now(fold, list->v[i])) continue;
        if (best == NONE || envelope_id_cmp(&fold->nodes[list->v[i]]->item.id,
                                            &fold->nodes[best]->item.id) < 0) {
            best = list->v[i];
        }
    }
    return best;
}

static void refresh_school(struct fold *fold, uint32_t number)
{
    struct school *school = &fold->schools[number];
    struct view now = view_now(fold);
    struct numbers list = {0};
    bool was = school->live;
    uint32_t root = school->root;
    school->live = view_school(&now, number, &list);
    if (!school->live) view_any_stands(&now, &school->members, &list);
    school->member = newest(fold, &list);
    list.n = 0;
    if (!view_root(&now, number, NULL, &list)) view_any_stands(&now, &school->roots, &list);
    school->root = newest(fold, &list);
    list.n = 0;
    if (!school->live && school->member != NONE) schools_ends(fold, number, NONE, &list);
    school->ended = smallest(fold, &list);
    free(list.v);
    school->steward = view_role(&now, number, STATEMENT_STEWARD, NULL);
    school->observer = view_role(&now, number, STATEMENT_OBSERVER, NULL);
    school->hub = number == fold->hub;
    if (was && (!school->live || school->root != root)) fold->touched.lost = true;
    if (!was && school->live) fold->touched.gained = true;
}

static void refresh_device(struct fold *fold, uint32_t number)
{
    struct device *device = &fold->devices[number];
    struct view now = view_now(fold);
    struct numbers list = {0};
    bool was = device->live;
    uint32_t school = device->school;
    device->school = NONE;
    device->ended = NONE;
    device->live = view_enrolled(&now, number, &device->school, &list);
    device->enrolment = smallest(fold, device->live ? &list : &device->enrolments);
    if (!device->live && device->enrolment != NONE) {
        device->school = fold->nodes[device->enrolment]->target_school;
        list.n = 0;
        schools_ends(fold, device->school, number, &list);
        device->ended = smallest(fold, &list);
    }
    free(list.v);
    if (was && (!device->live || device->school != school)) fold->touched.lost = true;
    if (!was && device->live) fold->touched.gained = true;
}

/* Standing invites, in order of their statements' ids. */
static void refresh_invites(struct fold *fold)
{
    struct numbers *list = &fold->by_invite;
    if (fold->touched.all) list->n = 0;
    for (size_t i = fold->touched.all ? 0 : fold->refreshed; i < fold->nodes_n; i++) {
        const struct node *node = fold->nodes[i];
        if (node->type != STATEMENT_INVITE || !stands_now(fold, node->number)) continue;
        size_t low = 0, high = list->n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (envelope_id_cmp(&fold->nodes[list->v[middle]]->item.id, &node->item.id) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        graph_push(list, node->number);
        memmove(list->v + low + 1, list->v + low, (list->n - 1 - low) * sizeof(*list->v));
        list->v[low] = node->number;
    }
}

static void list_schools(struct fold *fold)
{
    const struct touched *touched = &fold->touched;
    const struct touched_order by_school = {fold->schools, sizeof(struct school),
                                            sizeof(struct school_id)};
    const struct touched_order by_device = {fold->devices, sizeof(struct device),
                                            sizeof(struct device_pk)};
    for (size_t i = 0; i < touched->schools.n; i++) {
        uint32_t number = touched->schools.v[i];
        bool in = fold->schools[number].member != NONE;
        touched_sort(&fold->schools[number].devices, by_device);
        touched_put(&fold->by_school, number, in, by_school);
    }
    for (size_t i = 0; i < touched->devices.n; i++) {
        uint32_t number = touched->devices.v[i];
        bool in = fold->devices[number].enrolment != NONE;
        touched_put(&fold->by_device, number, in, by_device);
    }
}

void schools_refresh(struct fold *fold)
{
    struct touched *touched = &fold->touched;
    struct view now = view_now(fold);
    uint32_t hub = view_hub(&now);
    if (hub != fold->hub) touched->all = true;
    fold->hub = hub;
    if (touched->all) touched_all(fold);
    for (size_t i = 0; i < touched->schools.n; i++)
        refresh_school(fold, touched->schools.v[i]);
    for (size_t i = 0; i < touched->devices.n; i++)
        refresh_device(fold, touched->devices.v[i]);
    list_schools(fold);
    refresh_invites(fold);
}

/* --------------------------------------------------------------------------------- queries */

static void fill_school(const struct fold *fold, uint32_t number, struct fold_school *out)
{
    const struct school *school = &fold->schools[number];
    const struct node *member = fold->nodes[school->member];
    *out = (struct fold_school){
        .id = school->id,
        .status = school->live ? FOLD_LIVE : FOLD_ENDED,
        .steward = school->steward,
        .hub = school->hub,
        .observer = school->observer,
        .since = member->item.id,
    };
    for (size_t i = 0; i < school->devices.n; i++) {
        const struct device *device = &fold->devices[school->devices.v[i]];
        if (device->enrolment != NONE && device->school == number) out->devices_n++;
    }
    out->name = member->type == STATEMENT_FOUND ? member->statement->u.found.school_name
                                                : member->statement->u.admit.school_name;
    const struct node *root = fold->nodes[school->root == NONE ? school->member : school->root];
    switch (root->type) {
    case STATEMENT_FOUND:
        out->root_pk = root->statement->u.found.root_pk;
        out->recovery_pk = root->statement->u.found.recovery_pk;
        break;
    case STATEMENT_ADMIT:
        out->root_pk = root->statement->u.admit.root_pk;
        out->recovery_pk = root->statement->u.admit.recovery_pk;
        break;
    default:
        out->root_pk = root->statement->u.root_rotate.root_pk;
        out->recovery_pk = root->statement->u.root_rotate.recovery_pk;
        break;
    }
    if (school->ended != NONE) {
        out->ended = fold->nodes[school->ended]->item.id;
        out->left = fold->nodes[school->ended]->type == STATEMENT_LEAVE;
    }
}

bool fold_school_at(const struct fold *fold, size_t i, struct fold_school *out)
{
    CHECK(!fold->dirty);
    if (i >= fold->by_school.n) return false;
    fill_school(fold, fold->by_school.v[i], out);
    return true;
}

bool fold_school(const struct fold *fold, const struct school_id *id, struct fold_school *out)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_school(fold, id);
    if (number == NONE || fold->schools[number].member == NONE) return false;
    fill_school(fold, number, out);
    return true;
}

const struct statement_device *schools_keys(const struct fold *fold, uint32_t device)
{
    const struct node *node = fold->nodes[fold->devices[device].enrolment];
    switch (node->type) {
    case STATEMENT_FOUND:
        return &node->statement->u.found.device;
    case STATEMENT_ADMIT:
        return &node->statement->u.admit.device;
    default:
        return &node->statement->u.device_add.device;
    }
}

static void fill_device(const struct fold *fold, uint32_t number, struct fold_device *out)
{
    const struct device *device = &fold->devices[number];
    const struct node *node = fold->nodes[device->enrolment];
    const struct statement_device *keys = schools_keys(fold, number);
    *out = (struct fold_device){
        .id = device->id,
        .school = fold->schools[device->school].id,
        .status = device->live ? FOLD_LIVE : FOLD_ENDED,
        .box = keys->box,
        .transport = keys->transport,
        .name = keys->name,
        .enrolled = node->item.id,
    };
    if (device->ended != NONE) out->ended = fold->nodes[device->ended]->item.id;
}

bool fold_device_at(const struct fold *fold, size_t i, struct fold_device *out)
{
    CHECK(!fold->dirty);
    if (i >= fold->by_device.n) return false;
    fill_device(fold, fold->by_device.v[i], out);
    return true;
}

bool fold_device(const struct fold *fold, const struct device_pk *id, struct fold_device *out)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_device(fold, id);
    if (number == NONE || fold->devices[number].enrolment == NONE) return false;
    fill_device(fold, number, out);
    return true;
}

bool fold_school_device_at(const struct fold *fold, const struct school_id *id, size_t i,
                           struct fold_device *out)
{
    CHECK(!fold->dirty);
    uint32_t number = graph_find_school(fold, id);
    if (number == NONE) return false;
    const struct numbers *devices = &fold->schools[number].devices;
    for (size_t k = 0; k < devices->n; k++) {
        const struct device *device = &fold->devices[devices->v[k]];
        if (device->enrolment == NONE || device->school != number || i-- > 0) continue;
        fill_device(fold, devices->v[k], out);
        return true;
    }
    return false;
}

/* A transport key is public: who enrols somebody else's later must not take its place. */
bool fold_device_by_transport(const struct fold *fold, const struct transport_pk *transport,
                              struct fold_device *out)
{
    CHECK(!fold->dirty);
    uint32_t first = NONE;
    for (size_t i = 0; i < fold->by_device.n; i++) {
        uint32_t number = fold->by_device.v[i];
        const struct device *device = &fold->devices[number];
        if (!device->live || device->enrolment >= first ||
            !transport_pk_eq(&schools_keys(fold, number)->transport, transport)) {
            continue;
        }
        first = device->enrolment;
        fill_device(fold, number, out);
    }
    return first != NONE;
}

bool fold_hub(const struct fold *fold, struct school_id *out)
{
    CHECK(!fold->dirty);
    for (size_t i = 0; i < fold->by_school.n; i++) {
        if (!fold->schools[fold->by_school.v[i]].hub) continue;
        *out = fold->schools[fold->by_school.v[i]].id;
        return true;
    }
    return false;
}

size_t fold_stewards(const struct fold *fold)
{
    CHECK(!fold->dirty);
    size_t n = 0;
    for (size_t i = 0; i < fold->by_school.n; i++) {
        n += fold->schools[fold->by_school.v[i]].steward ? 1 : 0;
    }
    return n;
}

struct statement_text fold_network_name(const struct fold *fold)
{
    struct envelope_id id;
    memcpy(id.b, fold->network.b, sizeof(id.b));
    const struct statement *found = fold_statement(fold, &id);
    if (found == NULL || found->type != STATEMENT_FOUND) return (struct statement_text){0};
    return found->u.found.network_name;
}

/* --------------------------------------------------------------------------------- invites */

static void fill_invite(const struct fold *fold, uint32_t number, struct fold_invite *out)
{
    const struct node *node = fold->nodes[number];
    *out = (struct fold_invite){
        .id = node->statement->u.invite.invite,
        .statement = node->item.id,
        .by = fold->schools[node->school].id,
        .expires_ms = node->statement->u.invite.expires_ms,
        .status = FOLD_INVITE_OPEN,
        .seals = node->statement->u.invite.seals,
    };
    for (uint32_t i = graph_of_invite(&fold->invite_voids, &out->id); i != NONE;
         i = fold->nodes[i]->same) {
        if (stands_now(fold, i)) out->status = FOLD_INVITE_VOID;
    }
    for (uint32_t i = graph_of_invite(&fold->admits, &out->id); i != NONE;
         i = fold->nodes[i]->same) {
        if (stands_now(fold, i)) out->uses++;
    }
    if (out->uses > 0) out->status = FOLD_INVITE_USED;
}

bool fold_invite_at(const struct fold *fold, size_t i, struct fold_invite *out)
{
    CHECK(!fold->dirty);
    if (i >= fold->by_invite.n) return false;
    fill_invite(fold, fold->by_invite.v[i], out);
    return true;
}

bool fold_invite(const struct fold *fold, const struct invite_id *id, struct fold_invite *out)
{
    CHECK(!fold->dirty);
    struct numbers same = {0};
    for (uint32_t i = graph_of_invite(&fold->invites, id); i != NONE; i = fold->nodes[i]->same)
        graph_push(&same, i);
    uint32_t first = smallest(fold, &same);
    free(same.v);
    if (first != NONE) fill_invite(fold, first, out);
    return first != NONE;
}
