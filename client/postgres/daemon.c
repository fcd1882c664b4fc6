#include "client/postgres/daemon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/http.h"

enum {
    DAEMON_PAGE_MS = 60 * 1000,
    DAEMON_QUIET_MS = 40 * 1000, /* it sends a comment each 15 s */
};

/* Its own sentence, from {"error": {"message"}}. */
static enum err refused(struct daemon *daemon, const struct http_answer *answer)
{
    json_t *json = json_loadb((const char *)answer->body.data, answer->body.len, 0, NULL);
    const char *message =
        json_string_value(json_object_get(json_object_get(json, "error"), "message"));

    snprintf(daemon->why, sizeof(daemon->why), "kithd: %s",
             message == NULL ? "an answer that is none" : message);
    json_decref(json);
    return ERR_REFUSED;
}

static enum err call(struct daemon *daemon, const struct http_request *request,
                     struct http_answer *answer)
{
    enum err err = http_call(daemon->socket, request, answer);

    if (err != ERR_OK) {
        snprintf(daemon->why, sizeof(daemon->why), "no kithd answers at %s (%s)",
                 daemon->socket, err_text(err));
        return err == ERR_REFUSED ? ERR_REFUSED : ERR_CLOSED;
    }
    if (answer->status >= 200 && answer->status < 300) return ERR_OK;
    err = refused(daemon, answer);
    http_answer_fini(answer);
    return err;
}

/* GET. The body, with a NUL, goes to *out. */
static enum err get(struct daemon *daemon, const struct buf *target, struct buf *out)
{
    struct http_request request = {
        .method = "GET", .target = (const char *)target->data, .timeout_ms = DAEMON_PAGE_MS};
    struct http_answer answer;
    enum err err = call(daemon, &request, &answer);

    if (err != ERR_OK) return err;
    buf_put(out, answer.body.data, answer.body.len);
    buf_put_u8(out, 0);
    http_answer_fini(&answer);
    return ERR_OK;
}

static enum err get_json(struct daemon *daemon, const struct buf *target, json_t **out)
{
    struct buf text = {0};
    enum err err = get(daemon, target, &text);

    *out = NULL;
    if (err == ERR_OK) *out = json_loads((const char *)text.data, 0, NULL);
    if (err == ERR_OK && *out == NULL) {
        snprintf(daemon->why, sizeof(daemon->why), "kithd answered with no JSON");
        err = ERR_REFUSED;
    }
    buf_fini(&text);
    return err;
}

static void network_target(const struct daemon *daemon, struct buf *out, const char *rest)
{
    buf_put_str(out, "/v1/networks/");
    http_put_escaped(out, daemon->network);
    buf_put_str(out, rest);
}

static char *copy(const json_t *object, const char *a, const char *b)
{
    const json_t *value = json_object_get(object, a);
    const char *text = json_string_value(b == NULL ? value : json_object_get(value, b));

    return text == NULL ? NULL : mem_strdup(text);
}

enum err daemon_who(struct daemon *daemon, char **network, char **device)
{
    struct buf target = {0};
    json_t *json;
    enum err err;

    network_target(daemon, &target, "");
    buf_put_u8(&target, 0);
    err = get_json(daemon, &target, &json);
    buf_fini(&target);
    if (err != ERR_OK) return err;
    *network = copy(json, "id", NULL);
    if (*network == NULL) *network = copy(json, "school", "id");
    *device = copy(json, "device", "id");
    json_decref(json);
    if (*network != NULL && *device != NULL) return ERR_OK;
    free(*network);
    free(*device);
    snprintf(daemon->why, sizeof(daemon->why), "kithd does not say who it is");
    return ERR_REFUSED;
}

/* A type that this program has already stays as it is built in, unless the daemon's differs:
 * what counts is what its records look like. */
static enum err add_type(struct daemon *daemon, const char *type, struct schema_set *set)
{
    struct buf target = {0}, text = {0};
    char *why = NULL;
    enum err err;

    buf_put_str(&target, "/v1/schemas/");
    http_put_escaped(&target, type);
    buf_put_u8(&target, 0);
    err = get(daemon, &target, &text);
    if (err == ERR_OK &&
        schema_set_add(set, slice_of(text.data, text.len - 1), &why) != ERR_OK) {
        fprintf(stderr, "kith-export-postgres: the type %s stays without a table: %s\n", type,
                why == NULL ? "" : why);
        free(why);
    }
    buf_fini(&target);
    buf_fini(&text);
    return err;
}

enum err daemon_schemas(struct daemon *daemon, struct schema_set **out)
{
    struct buf target = {0};
    struct schema_set *set = schema_set_bare();
    json_t *json;
    enum err err;

    buf_put_str(&target, "/v1/schemas");
    buf_put_u8(&target, 0);
    err = get_json(daemon, &target, &json);
    buf_fini(&target);
    for (size_t i = 0; err == ERR_OK && i < json_array_size(json_object_get(json, "items"));
         i++) {
        const char *type = json_string_value(
            json_object_get(json_array_get(json_object_get(json, "items"), i), "type"));

        if (type != NULL) err = add_type(daemon, type, set);
    }
    json_decref(json);
    if (err != ERR_OK) {
        schema_set_free(set);
        return err;
    }
    *out = set;
    return ERR_OK;
}

/* ----------------------------------------------------------------------------- what changed --
 */

enum err daemon_changes(struct daemon *daemon, const char *since, const char *cursor,
                        size_t limit, struct daemon_page *out)
{
    struct buf target = {0};
    char number[32];
    enum err err;

    *out = (struct daemon_page){0};
    network_target(daemon, &target, "/changes?limit=");
    snprintf(number, sizeof(number), "%zu", limit);
    buf_put_str(&target, number);
    if (daemon->mine) buf_put_str(&target, "&mine=1");
    if (since != NULL) {
        buf_put_str(&target, "&since=");
        http_put_escaped(&target, since);
    }
    if (cursor != NULL) {
        buf_put_str(&target, "&cursor=");
        http_put_escaped(&target, cursor);
    }
    buf_put_u8(&target, 0);
    err = get(daemon, &target, &out->text);
    buf_fini(&target);
    if (err != ERR_OK) return err;
    out->json = json_loads((const char *)out->text.data, 0, NULL);
    if (!json_is_array(json_object_get(out->json, "items"))) {
        daemon_page_fini(out);
        snprintf(daemon->why, sizeof(daemon->why), "kithd answered with no page");
        return ERR_REFUSED;
    }
    out->n = json_array_size(json_object_get(out->json, "items"));
    out->next = json_string_value(json_object_get(out->json, "next"));
    out->applied = (uint64_t)json_integer_value(json_object_get(out->json, "applied"));
    return ERR_OK;
}

void daemon_page_fini(struct daemon_page *page)
{
    buf_fini(&page->text);
    json_decref(page->json);
    *page = (struct daemon_page){0};
}

/* ------------------------------------------------------------------------------------ events
 * -- */

struct follow {
    daemon_changed_fn fn;
    void *arg;
    struct buf line;
    bool changed, ended;
};

/* "event: NAME": whether it means that records may look otherwise. A new stream is one, too. */
static void take_line(struct follow *follow)
{
    static const char *const names[] = {"log", "membership", "joined", "reset"};
    const char *line = (const char *)follow->line.data;

    if (strncmp(line, "event:", 6) != 0) return;
    for (line += 6; *line == ' ';)
        line++;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        follow->changed |= strcmp(line, names[i]) == 0;
}

static bool on_events(void *ctx, struct slice bytes)
{
    struct follow *follow = ctx;

    for (size_t i = 0; i < bytes.n; i++) {
        if (bytes.p[i] != '\n' && bytes.p[i] != '\r') {
            if (follow->line.len < 200) buf_put_u8(&follow->line, bytes.p[i]);
            continue;
        }
        buf_put_u8(&follow->line, 0);
        take_line(follow);
        follow->line.len = 0;
    }
    if (!follow->changed) return true;
    follow->changed = false;
    follow->ended = !follow->fn(follow->arg);
    return !follow->ended;
}

enum err daemon_event(struct daemon *daemon, char out[24])
{
    struct buf target = {0};
    json_t *json;
    const char *event;
    enum err err;

    network_target(daemon, &target, "/status");
    buf_put_u8(&target, 0);
    err = get_json(daemon, &target, &json);
    buf_fini(&target);
    if (err != ERR_OK) return err;
    event = json_string_value(json_object_get(json, "event"));
    snprintf(out, 24, "%s", event == NULL ? "0" : event);
    json_decref(json);
    return ERR_OK;
}

enum err daemon_follow(struct daemon *daemon, const char *event, daemon_changed_fn fn,
                       void *arg)
{
    struct follow follow = {.fn = fn, .arg = arg};
    char target[64];
    struct http_request request = {.method = "GET",
                                   .target = target,
                                   .timeout_ms = DAEMON_QUIET_MS,
                                   .sink = on_events,
                                   .ctx = &follow};
    struct http_answer answer;
    enum err err;

    snprintf(target, sizeof(target), "/v1/events?last=%s", event);
    err = call(daemon, &request, &answer);
    if (err == ERR_OK) http_answer_fini(&answer);
    buf_fini(&follow.line);
    return follow.ended ? ERR_OK : err == ERR_REFUSED ? ERR_REFUSED : ERR_CLOSED;
}
