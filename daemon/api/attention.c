/* What needs a person's attention, worst first, each with what to do. */
#include "daemon/api/attention.h"

#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/state.h"

#define ATTENTION_CLOCK_MIN INT64_C(1767225600) /* 2026: there was no Kith before */

static void attend(json_t *list, const char *code, const char *text, const char *hint)
{
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:s}", "code", code, "text", text, "hint", hint));
}

struct turned_away {
    struct school_id school; /* the first of them */
    size_t n;
};

static void on_space(void *arg, const struct node_space *space)
{
    *(size_t *)arg += space->key != ERR_OK;
}

static void attend_view(struct call *call, json_t *list, const json_t *view)
{
    size_t i;
    json_t *item;

    json_array_foreach(json_object_get(view, "attention"), i, item)
    {
        const char *flag = json_string_value(json_array_get(json_object_get(item, "flags"), 0));
        const char *id = json_string_value(json_object_get(item, "short"));
        const char *title = json_string_value(json_object_get(item, "title"));

        if (flag == NULL || id == NULL) continue;
        attend(list, flag,
               call_format(call, "\"%.120s\": %s", title == NULL ? "" : title,
                           strcmp(flag, "overdue") == 0 ? "it was to end before today"
                           : strcmp(flag, "done_not_studied") == 0 ? "done, but not studied"
                           : strcmp(flag, "stalled") == 0 ? "nothing was written for 30 days"
                                                          : flag),
               call_format(call,
                           strcmp(flag, "done_not_studied") == 0 ? "kith cycle study %s"
                                                                 : "kith cycle show %s",
                           id));
    }
    json_array_foreach(json_object_get(view, "unreadable"), i, item)
    {
        attend(list, "unreadable",
               call_format(call, "%lld entries do not read: %.120s",
                           (long long)json_integer_value(json_object_get(item, "count")),
                           json_string_value(json_object_get(item, "text"))),
               "kith doctor says more");
    }
}

static void on_turned_away(void *arg, const struct node_peer *peer)
{
    struct turned_away *away = arg;

    if (!peer->turned_away) return;
    if (away->n++ == 0) away->school = peer->school;
}

static void attend_aged(struct call *call, json_t *list, const json_t *view)
{
    long long n = (long long)json_integer_value(
        json_object_get(json_object_get(view, "aged"), "records"));

    if (n == 0) return;
    attend(list, "retention",
           call_format(call, "%lld record%s older than this school keeps", n,
                       n == 1 ? " is" : "s are"),
           "kith retention shows them, and erases them");
}

/* Left or removed: by whom, and what is left to do. */
static void attend_end(struct call *call, json_t *list)
{
    const struct fold *fold = names_fold(call);
    struct fold_school own = {0};
    struct fold_device device, by = {0};
    struct fold_item end;
    bool known = fold_device(fold, &call->network->device, &device) &&
                 fold_find(fold, &device.ended, &end) && fold_device(fold, &end.device, &by);
    bool school = fold_school(fold, &call->network->school, &own);

    if (school && own.left) {
        attend(list, "ended", "this school has left the network: it reads, and writes nothing",
               CALL_HINT_ENDED);
    } else if (school && own.status == FOLD_LIVE) {
        attend(list, "ended",
               "this computer was removed from its school: it reads, and writes nothing",
               "kith device add on another of the school's computers makes a new one");
    } else if (!school) {
        attend(list, "ended",
               "this school's admission is not counted: it reads, and writes nothing",
               "telephone a steward: a new invite brings it in again");
    } else {
        attend(list, "ended",
               call_format(call,
                           "this school was removed%s%s: it reads what it has, and "
                           "writes nothing",
                           known ? " by " : "",
                           known ? names_school_text(call, &by.school) : ""),
               CALL_HINT_ENDED);
    }
}

/* May this device write at all, and do the others count it as one of theirs? */
static void attend_standing(struct call *call, json_t *list, const struct node_status *node)
{
    struct turned_away away = {0};

    if (node->store == ERR_FROZEN) {
        attend(list, "copied",
               "this computer's data is an older copy: nothing new is signed here",
               "kith device add prints how it becomes a new device of the school");
    } else if (node->store != ERR_OK) {
        attend(list, err_name(node->store),
               call_format(call, "nothing new can be written: %s", err_text(node->store)),
               "make room or mend the disk; what is there can still be read");
    }
    if (node->state == NODE_ENDED) attend_end(call, list);
    node_each_peer(call->network->node, on_turned_away, &away);
    if (away.n > 0) {
        attend(list, "turned_away",
               call_format(call, "%s%s not count this computer as a member",
                           names_school_text(call, &away.school),
                           away.n > 1 ? " and others do" : " does"),
               "it was removed, or they have not heard yet: telephone a steward");
    }
    if (call->host->deaf(call->host->ctx, call->network)) {
        attend(list, "deaf", "others cannot call this computer: its port is taken",
               "end the other program, or give kithd another port (listen)");
    }
    if (call->wall_s < ATTENTION_CLOCK_MIN) {
        attend(list, "clock", "this computer's clock is years behind",
               "set it: dates that people read are wrong until then");
    }
}

static void attend_types(struct call *call, json_t *list)
{
    size_t i;
    json_t *refused;

    json_array_foreach(call->host->types_refused, i, refused)
    {
        attend(list, "type",
               call_format(call, "the record type in %.80s is left out: %.200s",
                           json_string_value(json_object_get(refused, "file")),
                           json_string_value(json_object_get(refused, "text"))),
               "mend the file and start kithd again; kith help types lists the types");
    }
}

json_t *attention_json(struct call *call, const struct node_status *node, const json_t *view)
{
    const struct fold *fold = names_fold(call);
    json_t *list = json_array();
    struct fold_device device;
    size_t keys = 0;

    attend_standing(call, list, node);
    if (node->damaged > 0) {
        attend(list, "damaged",
               call_format(call, "%llu stored entries are damaged",
                           (unsigned long long)node->damaged),
               "kith doctor says which, and what to do");
    }
    node_each_space(call->network->node, on_space, &keys);
    if (keys > 0) {
        attend(list, "NO_KEY",
               call_format(call, "the keys of %zu spaces have not arrived", keys),
               "kith sync asks for them");
    }
    for (size_t i = 0; fold != NULL && fold_device_at(fold, i, &device); i++) {
        struct chain chain = {.device = device.id};

        if (fold_forked(fold, &chain) == 0) continue;
        attend(list, "frozen",
               call_format(call, "a device of %s contradicted itself: a copied disk?",
                           names_school_text(call, &device.school)),
               "its school removes it and adds it anew (kith device remove)");
    }
    attend_view(call, list, view);
    attend_aged(call, list, view);
    attend_types(call, list);
    return list;
}
