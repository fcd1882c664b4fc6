#include "daemon/api/reached.h"

#include <string.h>

#include "daemon/api/names.h"
#include "proto/base/text.h"

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

static const struct holder *find_holders(struct call *call, const struct reached_place *places)
{
    struct match match = {.call = call, .places = places};

    if (names_fold(call) != NULL) node_each_holding(call->network->node, on_holding, &match);
    return match.holders;
}

/* Who told of it; null when the holder did itself. */
static json_t *told_by(struct call *call, const struct holder *h)
{
    struct fold_device through;
    bool told = !device_pk_eq(&h->through, &h->device) &&
                fold_device(names_fold(call), &h->through, &through);

    return told ? names_school(call, &through.school) : json_null();
}

json_t *reached_json(struct call *call, const struct reached_place *places)
{
    json_t *list = json_array();

    for (const struct holder *h = find_holders(call, places); h != NULL; h = h->next) {
        json_t *item = json_object();

        names_set(item, "school", names_school(call, &h->school));
        names_set(item, "class", json_string(names_class(h->class)));
        names_set(item, "through", told_by(call, h));
        names_set(item, "at", names_time(h->wall_s));
        json_array_append_new(list, item);
    }
    return list;
}

/* May the school read it in a space of this class, or (SPACE_OWN) in any that is shared? */
static bool is_reader(const struct fold *fold, const struct reached_place *places,
                      const struct school_id *school, enum space_class class)
{
    for (; places != NULL; places = places->next) {
        if (places->place.class != SPACE_OWN &&
            (class == SPACE_OWN || places->place.class == class) &&
            fold_part(fold, &places->place.chain.tag, school) == FOLD_MEMBER)
            return true;
    }
    return false;
}

/* The schools that may read something of it, by id, each with how many records they may. */
static json_t *readers(struct call *call, const struct reached_record *records)
{
    const struct fold *fold = names_fold(call);
    json_t *sums = json_object();
    struct fold_school school;

    for (size_t i = 0; fold != NULL && fold_school_at(fold, i, &school); i++) {
        json_int_t of = 0;
        json_t *name;

        if (school.status != FOLD_LIVE) continue;
        if (school_id_eq(&school.id, &call->network->school)) continue;
        for (const struct reached_record *r = records; r != NULL; r = r->next)
            of += is_reader(fold, r->places, &school.id, SPACE_OWN);
        if (of == 0) continue;
        name = names_school(call, &school.id);
        json_object_set_new(sums, json_string_value(json_object_get(name, "id")),
                            json_pack("{s:O, s:i, s:I, s:n, s:n}", "school", name, "records", 0,
                                      "of", of, "through", "at"));
        json_decref(name);
    }
    return sums;
}

/* Adds a record's holders to the sums: a school once, in however many spaces it reads it. */
static void add_holders(struct call *call, json_t *sums, const struct reached_place *places)
{
    json_t *seen = json_object();

    for (const struct holder *h = find_holders(call, places); h != NULL; h = h->next) {
        char id[2 * sizeof(h->school.b) + 1];
        json_t *sum, *count, *told;

        if (h->class == SPACE_OWN) continue;
        if (!is_reader(names_fold(call), places, &h->school, h->class))
            continue; /* carries it */
        text_hex(id, h->school.b, sizeof(h->school.b));
        sum = json_object_get(sums, id);
        if (sum == NULL) continue; /* another device of this school */
        count = json_object_get(sum, "records");
        told = told_by(call, h);
        if (json_integer_value(count) == 0 || json_is_null(told)) /* its own word is better */
            json_object_set(sum, "through", told);
        json_decref(told);
        if (json_is_null(json_object_get(sum, "at")))
            json_object_set_new(sum, "at", names_time(h->wall_s));
        if (json_object_get(seen, id) != NULL) continue;
        json_object_set_new(seen, id, json_true());
        json_integer_set(count, json_integer_value(count) + 1);
    }
    json_decref(seen);
}

json_t *reached_records(struct call *call, const struct reached_record *records)
{
    json_t *sums = readers(call, records), *list = json_array(), *sum;
    json_int_t n = 0;
    const char *id;

    for (const struct reached_record *r = records; r != NULL; r = r->next, n++)
        add_holders(call, sums, r->places);
    json_object_foreach(sums, id, sum) json_array_append(list, sum);
    json_decref(sums);
    return json_pack("{s:I, s:o}", "records", n, "schools", list);
}
