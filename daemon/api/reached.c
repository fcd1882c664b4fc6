#include "daemon/api/reached.h"

#include <string.h>

#include "daemon/api/names.h"

struct collect {
    struct call *call;
    struct reached_place *places;
};

static void on_place(void *arg, const struct query_place *place)
{
    struct collect *collect = arg;
    struct reached_place *p;

    /* The node knows who holds the chains of this device only. */
    if (!device_pk_eq(&place->chain.device, &collect->call->network->device)) return;
    for (p = collect->places; p != NULL; p = p->next) {
        if (space_id_eq(&p->place.space, &place->space)) break;
    }
    if (p == NULL) {
        p = arena_alloc(&collect->call->arena, sizeof(*p));
        p->next = collect->places;
        collect->places = p;
    } else if (p->place.seq > place->seq) {
        return;
    }
    p->place = *place;
}

enum err reached_places(struct call *call, struct view_reader *reader,
                        const struct query_key *key, struct reached_place **out)
{
    struct collect collect = {.call = call};
    enum err err = query_places(reader, key, on_place, &collect);

    *out = collect.places;
    return err;
}

bool reached_shared(const struct reached_place *places)
{
    for (; places != NULL; places = places->next) {
        if (places->place.class != SPACE_OWN) return true;
    }
    return false;
}

/* A school that holds it; direct word goes before hearsay. */
struct holder {
    struct holder *next;
    struct school_id school;
    enum space_class class;
    struct device_pk device, through;
    int64_t wall_s;
};

struct match {
    struct call *call;
    const struct reached_place *places;
    struct holder *holders;
};

static void on_holding(void *arg, const struct node_holding *holding)
{
    struct match *match = arg;
    const struct fold *fold = names_fold(match->call);
    struct fold_device device;

    if (fold == NULL || !fold_device(fold, &holding->holder, &device)) return;
    if (device_pk_eq(&holding->holder, &match->call->network->device)) return;
    for (const struct reached_place *p = match->places; p != NULL; p = p->next) {
        struct holder *h = match->holders;
        bool direct = device_pk_eq(&holding->through, &holding->holder);

        if (holding->seq < p->place.seq) continue;
        if (!space_tag_eq(&holding->tag, &p->place.chain.tag)) continue;
        while (h != NULL &&
               (!school_id_eq(&h->school, &device.school) || h->class != p->place.class)) {
            h = h->next;
        }
        if (h == NULL) {
            h = arena_alloc(&match->call->arena, sizeof(*h));
            h->next = match->holders;
            match->holders = h;
        } else if (!direct || device_pk_eq(&h->through, &h->device)) {
            continue;
        }
        h->school = device.school;
        h->class = p->place.class;
        h->device = holding->holder;
        h->through = holding->through;
        h->wall_s = holding->wall_s;
    }
}

json_t *reached_json(struct call *call, const struct reached_place *places)
{
    struct match match = {.call = call, .places = places};
    const struct fold *fold = names_fold(call);
    json_t *list = json_array();

    if (fold == NULL) return list;
    node_each_holding(call->network->node, on_holding, &match);
    for (const struct holder *h = match.holders; h != NULL; h = h->next) {
        json_t *item = json_object();
        struct fold_device through;
        bool told =
            !device_pk_eq(&h->through, &h->device) && fold_device(fold, &h->through, &through);

        names_set(item, "school", names_school(call, &h->school));
        names_set(item, "class", json_string(names_class(h->class)));
        names_set(item, "through", told ? names_school(call, &through.school) : json_null());
        names_set(item, "at", names_time(h->wall_s));
        json_array_append_new(list, item);
    }
    return list;
}
