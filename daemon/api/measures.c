/* Measures: charts, numbers on their way in, what is published of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/state.h"
#include "daemon/report/cells.h"
#include "daemon/report/entry.h"
#include "daemon/report/plot.h"
#include "daemon/report/release.h"
#include "daemon/report/svg.h"
#include "proto/base/text.h"

enum { MEASURES_GROUPS_MAX = 64, MEASURES_BATCH = 64 };

struct measures {
    struct plot_options plot;
    const char *groups[MEASURES_GROUPS_MAX + 1];
    const char *from, *until, *period, *person;
    char today[11];
    uint64_t least;

    /* Numbers on their way in. */
    struct entries entries;
    struct compose_who who;
    const json_t *points;
    const char *table;
    bool check;
    struct compose *made;    /* one a line that is written */
    size_t made_n, at, upto; /* written up to `at`, being written up to `upto` */
};

static struct measures *measures_new(struct call *call)
{
    struct measures *state = arena_alloc(&call->arena, sizeof(*state));
    time_t now = (time_t)call->wall_s;
    struct tm tm;

    if (gmtime_r(&now, &tm) != NULL)
        strftime(state->today, sizeof(state->today), "%Y-%m-%d", &tm);
    call->state = state;
    return state;
}

/* ---- charts ---- */

/* "Girls|Boys": names, a bar between. */
static void take_groups(struct call *call, struct measures *state)
{
    const char *text = call_query(call, "group");
    size_t n = 0;

    state->plot.every_group = call_query_flag(call, "groups");
    if (text == NULL) return;
    for (char *p = arena_strdup(&call->arena, text); n < MEASURES_GROUPS_MAX; p++) {
        state->groups[n++] = p;
        p += strcspn(p, "|");
        if (*p == '\0') break;
        *p = '\0';
    }
    state->plot.groups = state->groups;
}

static struct measures *chart_new(struct call *call)
{
    struct measures *state = measures_new(call);

    take_groups(call, state);
    state->plot.of = call_query(call, "of");
    state->plot.from = call_query(call, "from");
    state->plot.until = call_query(call, "until");
    state->plot.limits = call_query_flag(call, "limits");
    return state;
}

static enum err chart_job(struct call *call, struct view_reader *reader)
{
    const struct measures *state = call->state;

    return plot_make(reader, call->segments[0], &state->plot, &call->out);
}

void measures_chart(struct call *call)
{
    chart_new(call);
    call_read(call, chart_job, call_reply_view);
}

static enum err svg_job(struct call *call, struct view_reader *reader)
{
    enum err err = chart_job(call, reader);
    json_t *chart;

    if (err != ERR_OK) return err;
    chart = json_loadb((const char *)call->out.data, call->out.len, 0, NULL);
    call->out.len = 0;
    svg_draw(chart, &call->out);
    json_decref(chart);
    return ERR_OK;
}

static void svg_drawn(struct call *call)
{
    call->answered = true;
    if (call->http == NULL) return;
    http_respond(call->http, 200, "image/svg+xml; charset=utf-8", buf_slice(&call->out), NULL,
                 0);
}

void measures_svg(struct call *call)
{
    chart_new(call);
    call_read(call, svg_job, svg_drawn);
}

/* ---- numbers on their way in ---- */

static enum err grid_job(struct call *call, struct view_reader *reader)
{
    const struct measures *state = call->state;

    return entry_grid(reader, call->segments[0], state->from, state->until, state->today,
                      &call->out);
}

void measures_grid(struct call *call)
{
    struct measures *state = measures_new(call);

    state->from = call_query(call, "from");
    state->until = call_query(call, "until");
    call_read(call, grid_job, call_reply_view);
}

/* Turns lines that change something into revisions, when nothing is wrong. */
static enum err compose_lines(struct call *call, struct view_reader *reader)
{
    struct measures *state = call->state;
    enum err err = ERR_OK;

    state->made = arena_alloc(&call->arena, (state->entries.n + 1) * sizeof(*state->made));
    for (size_t i = 0; i < state->entries.n && err == ERR_OK; i++) {
        const struct entry_line *line = &state->entries.list[i];
        json_t *sections;
        char *text;

        if (line->what != ENTRY_NEW && line->what != ENTRY_CHANGED) continue;
        sections = json_pack("{s:O}", "head", line->head);
        text = json_dumps(sections, JSON_COMPACT);
        if (line->what == ENTRY_NEW) {
            err = compose_new(reader, &state->who, "point", text, false,
                              &state->made[state->made_n]);
        } else {
            err = compose_edit(reader, &state->who, line->record, text, NULL,
                               &state->made[state->made_n]);
        }
        if (err == ERR_OK) {
            state->made_n++;
        } else {
            call->compose = state->made[state->made_n];
        }
        free(text);
        json_decref(sections);
    }
    return err;
}

static void points_fini(struct measures *state)
{
    for (size_t i = 0; i < state->made_n; i++)
        compose_fini(&state->made[i]);
    state->made_n = 0;
    json_decref(state->entries.keep);
    state->entries.keep = NULL;
}

static enum err points_job(struct call *call, struct view_reader *reader)
{
    struct measures *state = call->state;
    json_t *json;
    char *text;
    enum err err = entry_read(reader, call->segments[0], state->points, state->table,
                              &call->arena, &state->entries, &call->out);

    if (err != ERR_OK) {
        points_fini(state);
        return err;
    }
    json = entry_json(&state->entries);
    names_set(json, "written", json_integer(0));
    text = json_dumps(json, JSON_COMPACT);
    buf_put_str(&call->out, text);
    free(text);
    json_decref(json);
    if (state->check || state->entries.count[ENTRY_WRONG] > 0) return ERR_OK;
    err = compose_lines(call, reader);
    if (err != ERR_OK) points_fini(state);
    return err;
}

static void points_answer(struct call *call)
{
    struct measures *state = call->state;
    json_t *json = json_loadb((const char *)call->out.data, call->out.len, 0, NULL);

    names_set(json, "written", json_integer((json_int_t)state->at));
    names_set(json, "lseq", names_number(call->lseq));
    points_fini(state);
    call_reply(call, 200, json);
}

static void points_next(struct call *call);

static void on_points_reply(void *arg, const struct reply *reply)
{
    struct call *call = arg;
    struct measures *state = call->state;

    call->owed--;
    if (reply->err != ERR_OK) {
        points_fini(state);
        if (!call->answered) {
            call_fail(call, reply->err,
                      call_format(call, "%s; %zu of the numbers were written before that",
                                  reply->reason == NULL ? err_text(reply->err) : reply->reason,
                                  state->at),
                      "give the same table again: what is there already is left as it is",
                      NULL);
        }
        if (call->http == NULL) call_gone(call);
        return;
    }
    state->at = state->upto;
    call_written(call, reply->lseq);
    points_next(call);
}

/* A batch a command, so that no step seals for long. A point that the hub has too is two
 * revisions. */
static void points_next(struct call *call)
{
    struct measures *state = call->state;
    struct command_revision *revisions;
    size_t n = 0;

    if (state->at == state->made_n) {
        points_answer(call);
        return;
    }
    for (state->upto = state->at; state->upto < state->made_n && n < MEASURES_BATCH;
         state->upto++)
        n += state->made[state->upto].revisions_n;
    revisions = arena_alloc(&call->arena, (n + 1) * sizeof(*revisions));
    n = 0;
    for (size_t i = state->at; i < state->upto; i++) {
        for (size_t k = 0; k < state->made[i].revisions_n; k++, n++) {
            const struct compose_revision *from = &state->made[i].revisions[k];

            revisions[n].audience.class = (enum audience_class)from->class;
            revisions[n].audience.group = from->group;
            revisions[n].body = from->body;
        }
    }
    call->command.kind = COMMAND_WRITE;
    call->command.write.revisions = revisions;
    call->command.write.n = n;
    call->owed++;
    call->host->submit(call->host->ctx, call->network, &call->command, on_points_reply, call);
}

/* The first line that is wrong, as the error. */
static void points_wrong(struct call *call)
{
    const struct measures *state = call->state;
    const struct entry_line *line = state->entries.list;

    while (line->what != ENTRY_WRONG)
        line++;
    call_fail(call, ERR_INVALID,
              call_format(call, "line %u%s%s: %s; nothing was written", line->line,
                          *line->field == '\0' ? "" : ", ", line->field, line->problem),
              "ask with \"check\": true to see what every line was understood as", NULL);
}

static void points_read(struct call *call)
{
    struct measures *state = call->state;

    if (state->check) {
        call_reply_view(call);
        points_fini(state);
    } else if (state->entries.count[ENTRY_WRONG] > 0) {
        points_wrong(call);
        points_fini(state);
    } else {
        points_next(call);
    }
}

void measures_points(struct call *call)
{
    static const struct call_field fields[] = {
        {"points", CALL_LIST, false},
        {"table", CALL_TEXT, false},
        {"check", CALL_BOOL, false},
        {"person", CALL_TEXT, false},
    };
    struct measures *state = measures_new(call);

    if (!call_body(call, fields, 4)) return;
    state->points = json_object_get(call->body, "points");
    state->table = call_text(call, "table");
    if ((state->points == NULL) == (state->table == NULL)) {
        call_fail_field(call, "points", "give a list of points, or a table as text");
        return;
    }
    state->check = call_bool(call, "check");
    state->who = call_who(call);
    call_read(call, points_job, points_read);
}

/* ---- what is published ---- */

static enum err release_job(struct call *call, struct view_reader *reader)
{
    const struct measures *state = call->state;

    return release_make(reader, call->segments[0], state->period, (int64_t)state->least,
                        &call->out);
}

void measures_release(struct call *call)
{
    struct measures *state = measures_new(call);

    if (!call_query_number(call, "least", MEASURE_LEAST, SUPPRESS_LEAST_MAX, &state->least))
        return;
    state->period = call_query(call, "period");
    call_read(call, release_job, call_reply_view);
}

/* The release as a record: a new one, or the edition that nobody else has seen yet, made anew.
 */
static enum err publish_job(struct call *call, struct view_reader *reader)
{
    struct measures *state = call->state;
    enum err err = release_job(call, reader);
    json_t *json, *replaces;
    char *text;

    if (err != ERR_OK) return err;
    json = json_loadb((const char *)call->out.data, call->out.len, 0, NULL);
    replaces = json_object_get(json, "replaces");
    text = json_dumps(json_object_get(json, "sections"), JSON_COMPACT);
    if (json_is_string(replaces)) {
        err = compose_replace(reader, &state->who, json_string_value(replaces), text, NULL,
                              &call->compose);
        if (err == ERR_EXISTS) { /* it says just that already */
            err = query_resolve(reader, json_string_value(replaces), &call->compose.key);
            call->compose.revisions_n = 0;
        }
    } else {
        err = compose_new(reader, &state->who, "release", text, false, &call->compose);
    }
    free(text);
    json_decref(json);
    return err;
}

static void published(struct call *call)
{
    json_t *json = call_written_json(call);
    json_t *made = json_loadb((const char *)call->out.data, call->out.len, 0, NULL);

    json_object_del(made, "sections");
    names_set(json, "release", made);
    call_reply(call, 200, json);
}

static void publish_composed(struct call *call)
{
    call_write(call, published);
}

void measures_publish(struct call *call)
{
    static const struct call_field fields[] = {
        {"period", CALL_TEXT, true},
        {"least", CALL_INTEGER, false},
        {"person", CALL_TEXT, false},
    };
    struct measures *state = measures_new(call);
    const json_t *least;

    if (!call_body(call, fields, 3)) return;
    least = json_object_get(call->body, "least");
    state->least = least == NULL ? MEASURE_LEAST : (uint64_t)json_integer_value(least);
    state->period = call_text(call, "period");
    state->who = call_who(call);
    call_read(call, publish_job, publish_composed);
}
