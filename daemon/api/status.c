/* How things stand. */
#include "daemon/api/status.h"

#include <string.h>
#include <unistd.h>

#include "daemon/api/attention.h"
#include "daemon/api/erasing.h"
#include "daemon/api/names.h"
#include "daemon/api/proposals.h"
#include "daemon/api/reached.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"

enum { STATUS_RECORDS = 200, STATUS_WAITS = 50 };

/* ---------------------------------------------------------------------- what the view says */

struct status {
    json_t *view; /* query_status */
    json_t *owed; /* query_feedback */
    struct reached_record *records;
    unsigned kept_years;
    char before[11]; /* what is older than the school keeps; "": it keeps all */
    call_fn then;
};

static json_t *parse(struct buf *text)
{
    json_t *json = json_loadb((const char *)text->data, text->len, 0, NULL);

    text->len = 0;
    return json == NULL ? json_object() : json;
}

/* The newest records of this school that others may read, and where their envelopes stand. */
static enum err gather_records(struct call *call, struct view_reader *reader)
{
    struct status *status = call->state;
    struct query_filter filter = {.owner = "me", .limit = STATUS_RECORDS};
    enum err err = query_records(reader, &filter, &call->out);
    json_t *list, *item;
    size_t i;

    if (err != ERR_OK) return err;
    list = parse(&call->out);
    json_array_foreach(json_object_get(list, "records"), i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        struct reached_record *record = arena_alloc(&call->arena, sizeof(*record));
        struct query_key key;

        if (id == NULL || query_resolve(reader, id, &key) != ERR_OK) continue;
        err = reached_places(call, reader, &key, &record->places);
        if (err != ERR_OK) break;
        if (!reached_shared(record->places)) continue;
        record->next = status->records;
        status->records = record;
    }
    json_decref(list);
    return err;
}

/* Last, for the question changes the reader's archive. */
static enum err gather_aged(struct call *call, struct view_reader *reader)
{
    struct status *status = call->state;

    if (status->before[0] == '\0') return ERR_OK;
    enum err err = query_aged(reader, status->before, 1, &call->out);
    if (err == ERR_OK) json_object_set_new(status->view, "aged", parse(&call->out));
    return err;
}

static enum err gather_job(struct call *call, struct view_reader *reader)
{
    struct status *status = call->state;
    enum err err = query_status(reader, call->wall_s, &call->out);

    if (err != ERR_OK) return err;
    json_object_set_new(call->body, "view", status->view = parse(&call->out));
    err = query_feedback(reader, QUERY_FEEDBACK_OWED, NULL, call->wall_s, &call->out);
    if (err != ERR_OK) return err;
    json_object_set_new(call->body, "owed", status->owed = parse(&call->out));
    err = gather_records(call, reader);
    return err == ERR_OK ? gather_aged(call, reader) : err;
}

void status_gather(struct call *call, call_fn then)
{
    if (call->body == NULL) call->body = json_object();
    struct status *status = arena_alloc(&call->arena, sizeof(*status));
    (void)erasing_kept(call, &status->kept_years, status->before);
    call->state = status;
    call_read(call, gather_job, then);
}

/* --------------------------------------------------------------------- what waits for whom */

static void wait_add(struct call *call, json_t *waits, const char *what, json_t *whom,
                     json_t *id, const char *text, const char *command)
{
    json_t *item;

    (void)call;
    if (json_array_size(waits) >= STATUS_WAITS) {
        json_decref(whom);
        json_decref(id);
        return;
    }
    item = json_object();
    names_set(item, "what", json_string(what));
    names_set(item, "for", whom);
    names_set(item, "text", json_string(text));
    names_set(item, "id", id);
    names_set(item, "command", command == NULL ? json_null() : json_string(command));
    json_array_append_new(waits, item);
}

/* The first digits of an id, as people type them. */
static const char *short_id(struct call *call, const void *bytes)
{
    const uint8_t *b = bytes;

    return call_format(call, "%02x%02x%02x%02x", b[0], b[1], b[2], b[3]);
}

struct waits {
    struct call *call;
    json_t *list;
};

static void on_request(void *arg, const struct node_request *request)
{
    struct waits *waits = arg;
    struct call *call = waits->call;

    wait_add(call, waits->list, "request", json_string("me"),
             names_hex(request->invite.b, sizeof(request->invite.b)),
             call_format(call, "%.200s asks to join: compare the words \"%.60s\"",
                         request->school_name == NULL ? "?" : request->school_name,
                         request->four_words == NULL ? "" : request->four_words),
             call_format(call, "kith approve %s", short_id(call, request->invite.b)));
}

static void waits_groups(struct call *call, json_t *waits)
{
    const struct fold *fold = names_fold(call);
    struct fold_space space;
    struct space_tag tag;
    struct school_id other;

    for (size_t i = 0; fold_asked_at(fold, &call->network->school, i, &tag); i++) {
        bool group = fold_part(fold, &tag, &call->network->school) == FOLD_ASKED_MEMBER;

        if (!fold_space(fold, &tag, &space) || names_is_over(call, &space)) continue;
        wait_add(call, waits, group ? "buddy" : "carry", json_string("me"),
                 names_hex(space.id.b, sizeof(space.id.b)),
                 group ? call_format(call, "%s wants to be your buddy",
                                     names_school_text(call, &space.maker))
                       : call_format(call,
                                     "%s asks you to keep what it writes, sealed, and "
                                     "pass it on",
                                     names_school_text(call, names_owner(&space))),
                 call_format(call, group ? "kith buddy accept %s" : "kith carry accept %s",
                             short_id(call, space.id.b)));
    }
    for (size_t i = 0; fold_space_at(fold, i, &space); i++) {
        if (space.space_class != SPACE_GROUP) continue;
        if (fold_part(fold, &space.tag, &call->network->school) != FOLD_MEMBER) continue;
        for (size_t j = 0; fold_part_at(fold, &space.tag, FOLD_ASKED_MEMBER, j, &other); j++) {
            wait_add(
                call, waits, "buddy", names_school(call, &other),
                names_hex(space.id.b, sizeof(space.id.b)),
                call_format(call, "%s has not answered yet", names_school_text(call, &other)),
                NULL);
        }
    }
}

static void waits_proposals(struct call *call, json_t *waits)
{
    const struct fold *fold = names_fold(call);
    struct fold_school me;
    struct envelope_id id;
    size_t missing;

    if (!fold_school(fold, &call->network->school, &me) || !me.steward) return;
    for (size_t i = 0; fold_pending_at(fold, i, &id, &missing); i++) {
        const struct statement *statement = fold_statement(fold, &id);
        bool agreed = proposals_agreed(call, &id);

        if (statement == NULL) continue;
        wait_add(call, waits, "proposal", json_string(agreed ? "steward" : "me"),
                 names_hex(id.b, sizeof(id.b)),
                 call_format(call, "proposed: %s; %zu more steward%s must agree",
                             proposals_text(call, statement), missing, missing == 1 ? "" : "s"),
                 agreed ? NULL : call_format(call, "kith assent %s", short_id(call, id.b)));
    }
}

static void waits_view(struct call *call, json_t *waits)
{
    struct status *status = call->state;
    json_int_t open = json_integer_value(
        json_object_get(json_object_get(status->view, "counts"), "feedback_open"));
    const json_t *owed = json_object_get(status->owed, "records");
    size_t i;
    json_t *item;

    if (open > 0) {
        wait_add(call, waits, "feedback", json_string("me"), json_null(),
                 call_format(call, "%lld piece%s of feedback to answer", (long long)open,
                             open == 1 ? "" : "s"),
                 "kith feedback list");
    }
    if (json_array_size(owed) > 0) {
        wait_add(call, waits, "feedback", json_string("me"), json_null(),
                 call_format(call, "%zu record%s shared with you without a word from you",
                             json_array_size(owed), json_array_size(owed) == 1 ? "" : "s"),
                 "kith feedback list --owed");
    }
    json_array_foreach(json_object_get(status->view, "lagging"), i, item)
    {
        const char *id = json_string_value(json_object_get(item, "short"));
        const char *class =
            json_string_value(json_object_get(json_object_get(item, "audience"), "class"));

        wait_add(call, waits, "share_edit", json_string("me"),
                 json_incref(json_object_get(item, "id")),
                 call_format(call,
                             "\"%.120s\" was edited, and its readers do not have that yet",
                             json_string_value(json_object_get(item, "title"))),
                 call_format(call, "kith share %s --with %s", id == NULL ? "" : id,
                             class == NULL || strcmp(class, "group") == 0 ? "buddies" : class));
    }
}

static void on_draft(void *arg, const char *key, struct slice value)
{
    (void)key;
    (void)value;
    ++*(size_t *)arg;
}

static json_t *status_waits(struct call *call, const struct node_status *node)
{
    struct waits waits = {.call = call, .list = json_array()};
    size_t drafts = 0;

    if (node->state == NODE_JOINING) {
        const char *note = node->joining_note == NULL ? "" : node->joining_note;
        bool device = node->joining_words == NULL || node->joining_words[0] == '\0';

        /* a further device of a school shows no words: the school has let it in itself */
        wait_add(call, waits.list, "joining", json_string("me"), json_null(),
                 !device ? "telephone the steward: the four words must be the same there"
                 : note[0] != '\0'
                     ? note
                     : "no computer of the network was reached yet; Kith goes on trying",
                 device && note[0] != '\0' ? "kith join CODE" : NULL);
    }
    node_each_request(call->network->node, on_request, &waits);
    if (names_fold(call) != NULL) {
        waits_groups(call, waits.list);
        waits_proposals(call, waits.list);
    }
    waits_view(call, waits.list);
    call->host->setting_each(call->host->ctx, call->network, "draft/", on_draft, &drafts);
    if (drafts > 0) {
        wait_add(call, waits.list, "draft", json_string("me"), json_null(),
                 call_format(call, "%zu draft%s to finish", drafts, drafts == 1 ? "" : "s"),
                 "kith draft list");
    }
    return waits.list;
}

/* ----------------------------------------------------------------------------------- heard */

struct heard {
    const struct school_id *school;
    bool connected, equal, known;
    int64_t at;
};

static void on_heard(void *arg, const struct node_peer *peer)
{
    struct heard *heard = arg;

    if (!school_id_eq(&peer->school, heard->school)) return;
    heard->known = true;
    heard->connected = heard->connected || peer->connected;
    heard->equal = heard->equal || (peer->connected && peer->equal);
    if (peer->heard_wall_s > heard->at) heard->at = peer->heard_wall_s;
}

static json_t *status_heard(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_t *list = json_array();
    struct fold_school school;

    for (size_t i = 0; fold != NULL && fold_school_at(fold, i, &school); i++) {
        struct heard heard = {.school = &school.id};
        json_t *item;

        if (school.status != FOLD_LIVE) continue;
        if (school_id_eq(&school.id, &call->network->school)) continue;
        node_each_peer(call->network->node, on_heard, &heard);
        item = json_object();
        names_set(item, "school", names_school(call, &school.id));
        names_set(item, "connected", json_boolean(heard.connected));
        names_set(item, "equal", json_boolean(heard.equal));
        names_set(item, "at", names_time(heard.at));
        json_array_append_new(list, item);
    }
    return list;
}

/* ------------------------------------------------------------------------------- all of it */

static const char *state_name(enum node_state state)
{
    static const char *const names[] = {"solo", "joining", "member", "ended"};

    return names[state];
}

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *network_json(const struct call *call, const struct api_network *network,
                            const struct node_status *node)
{
    const struct fold *fold = node_fold(network->node);
    json_t *json = json_object();

    (void)call;
    names_set(json, "name", json_string(network->name));
    names_set(json, "id", names_hex(node->network.b, sizeof(node->network.b)));
    names_set(json, "title", fold == NULL ? json_null() : names_text(fold_network_name(fold)));
    names_set(json, "state", json_string(state_name(node->state)));
    return json;
}

static json_t *joining_json(const struct node_status *node)
{
    json_t *json;

    if (node->state != NODE_JOINING) return json_null();
    json = json_object();
    names_set(json, "words", text_or_null(node->joining_words));
    names_set(json, "note", text_or_null(node->joining_note));
    return json;
}

static json_t *me_json(const struct call *call, const struct node_status *node)
{
    json_t *json = json_object();

    names_set(json, "school", names_school(call, &call->network->school));
    names_set(json, "device", names_own_device(call->network));
    names_set(json, "roles", names_roles(names_fold(call), &call->network->school));
    names_set(json, "joining", joining_json(node));
    return json;
}

static json_int_t members_count(const struct call *call)
{
    const struct fold *fold = names_fold(call);
    struct fold_school school;
    json_int_t n = 0;

    for (size_t i = 0; fold != NULL && fold_school_at(fold, i, &school); i++) {
        n += school.status == FOLD_LIVE;
    }
    return n;
}

json_t *status_json(struct call *call)
{
    struct status *status = call->state;
    json_t *json = json_object(), *counts;
    struct node_status node;

    node_get_status(call->network->node, &node);
    counts = json_incref(json_object_get(status->view, "counts"));
    if (counts == NULL) counts = json_object();
    names_set(counts, "members", json_integer(members_count(call)));
    names_set(json, "network", network_json(call, call->network, &node));
    names_set(json, "event", names_number(call->api->events_last));
    names_set(json, "me", me_json(call, &node));
    names_set(json, "waits", status_waits(call, &node));
    names_set(json, "heard", status_heard(call));
    names_set(json, "reached", reached_records(call, status->records));
    names_set(json, "attention", attention_json(call, &node, status->view));
    names_set(json, "counts", counts);
    names_set(
        json, "store",
        json_pack("{s:s, s:s}", "err", err_name(node.store), "text", err_text(node.store)));
    json_object_set(json, "applied", json_object_get(status->view, "applied"));
    names_set(json, "behind", json_boolean(call->behind));
    return json;
}

static void status_reply(struct call *call)
{
    call_reply(call, 200, status_json(call));
}

void status_show(struct call *call)
{
    status_gather(call, status_reply);
}

static void network_reply(struct call *call)
{
    json_t *all = status_json(call);
    json_t *json = json_incref(json_object_get(all, "network"));
    json_t *me = json_object_get(all, "me");
    json_t *counts = json_object_get(all, "counts");
    struct node_status node;

    node_get_status(call->network->node, &node);
    json_object_update(json, me);
    names_set(counts, "statements", names_number(node.statements));
    json_object_set(json, "counts", counts);
    json_object_set(json, "applied", json_object_get(all, "applied"));
    json_object_set(json, "behind", json_object_get(all, "behind"));
    json_decref(all);
    call_reply(call, 200, json);
}

void status_network(struct call *call)
{
    status_gather(call, network_reply);
}

void status_networks(struct call *call)
{
    const struct api_host *host = call->host;
    json_t *items = json_array();

    for (size_t i = 0; host->initialised(host->ctx) && i < host->networks(host->ctx); i++) {
        const struct api_network *network = host->network(host->ctx, i);
        struct node_status node;
        json_t *item;

        node_get_status(network->node, &node);
        item = network_json(call, network, &node);
        names_set(item, "school", names_own_school(network));
        names_set(item, "device", names_own_device(network));
        json_array_append_new(items, item);
    }
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}
