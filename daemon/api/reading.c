/* Lists and reports: what the view answers goes out as it is. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/reshape.h"
#include "daemon/api/routes.h"
#include "daemon/report/calendar.h"
#include "daemon/report/digest.h"
#include "daemon/report/report.h"
#include "daemon/report/tally.h"
#include "proto/record/date.h"

enum { READING_LIMIT = 50, READING_FEED_PAGES = 20, READING_BOARD = 1000 };

struct reading {
    uint64_t before, limit, days; /* before: where the list goes on */
    const char *words, *type, *owner;
    bool others;
    enum report_kind kind;
    bool all, csv, html;
    struct report_options options;
    json_t
        *heard; /* of a report: how far the others' news reach; hangs under the call's body */
};

static struct reading *reading_new(struct call *call)
{
    struct reading *reading = arena_alloc(&call->arena, sizeof(*reading));

    call->state = reading;
    return reading;
}

static bool reading_limit(struct call *call, struct reading *reading)
{
    if (!call_query_number(call, "limit", READING_LIMIT, CALL_LIST_LIMIT_MAX,
                           &reading->limit)) {
        return false;
    }
    if (reading->limit == 0) reading->limit = READING_LIMIT;
    return true;
}

/* Pages of the view's feed, until enough of them is what was asked for. */
static enum err feed_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;
    const struct reshape_feed feed = {reading->type, reading->owner, reading->others,
                                      reading->limit};
    json_t *items = json_array(), *applied = NULL, *json;
    uint64_t before = reading->before;
    bool more = false, wanting = true;
    enum err err = ERR_OK;
    char *text;

    for (size_t page = 0; page < READING_FEED_PAGES && wanting && err == ERR_OK; page++) {
        err = query_feed(reader, before,
                         CALL_LIST_LIMIT_MAX < reading->limit * 4 ? CALL_LIST_LIMIT_MAX
                                                                  : reading->limit * 4,
                         &call->out);
        if (err == ERR_OK) {
            wanting = reshape_feed_page(&call->out, &feed, items, &before, &more, &applied);
        }
    }
    json = json_pack("{s:o, s:o}", "items", items, "next",
                     more ? names_number(before) : json_null());
    json_object_set_new(json, "applied", applied == NULL ? json_integer(0) : applied);
    if (err == ERR_OK) {
        text = json_dumps(json, JSON_COMPACT);
        buf_put_str(&call->out, text);
        free(text);
    }
    json_decref(json);
    return err;
}

void reading_feed(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!reading_limit(call, reading) ||
        !call_query_number(call, "cursor", 0, INT64_MAX, &reading->before)) {
        return;
    }
    reading->type = call_query(call, "type");
    if (!names_query_owner(call, &reading->owner)) return;
    reading->others = call_query_flag(call, "others");
    call_read(call, feed_job, call_reply_view);
}

static enum err search_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;

    enum err err =
        query_search(reader, reading->words, reading->type, CALL_LIST_LIMIT_MAX, &call->out);

    if (err == ERR_OK) {
        reshape_search(&call->out, reading->owner, reading->before, reading->limit);
    }
    return err;
}

void reading_search(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!reading_limit(call, reading) ||
        !call_query_number(call, "cursor", 0, CALL_LIST_LIMIT_MAX, &reading->before)) {
        return;
    }
    if (!names_query_owner(call, &reading->owner)) return;
    reading->words = call_query(call, "q");
    reading->type = call_query(call, "type");
    if (reading->words == NULL || reading->words[strspn(reading->words, " ")] == '\0') {
        call_fail(call, ERR_INVALID, "search for what?", "add ?q=WORDS", "?q");
        return;
    }
    call_read(call, search_job, call_reply_view);
}

static enum err unreadable_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;

    enum err err = query_unreadable(reader, reading->limit, &call->out);

    if (err == ERR_OK) reshape_list(&call->out);
    return err;
}

void reading_unreadable(struct call *call)
{
    if (!reading_limit(call, reading_new(call))) return;
    call_read(call, unreadable_job, call_reply_view);
}

static enum err board_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;

    return query_board(reader, reading->owner, reading->limit, call->wall_s, &call->out);
}

void reading_board(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!names_query_owner(call, &reading->owner) ||
        !call_query_number(call, "limit", READING_BOARD, READING_BOARD, &reading->limit))
        return;
    call_read(call, board_job, call_reply_view);
}

/* ----------------------------------------------------------------------------------- tally */

struct tally {
    const char *survey, *round;
    const struct schema *schema; /* when it is not a survey's */
};

static enum err tally_job(struct call *call, struct view_reader *reader)
{
    const struct tally *tally = call->state;

    return tally->schema == NULL ? tally_survey(reader, tally->survey, tally->round, &call->out)
                                 : tally_poles(reader, tally->schema, tally->round, &call->out);
}

void reading_tally(struct call *call)
{
    struct tally *tally = arena_alloc(&call->arena, sizeof(*tally));
    const char *type = call_query(call, "type");

    tally->survey = call_query(call, "survey");
    tally->round = call_query(call, "round");
    tally->schema = type == NULL ? NULL : schema_set_find(call->host->schemas, type);
    if ((tally->survey == NULL) == (type == NULL) ||
        (type != NULL && (tally->schema == NULL || !tally->schema->anonymous))) {
        call_fail(call, ERR_INVALID, "a tally is of a survey, or of a type that names nobody",
                  "say ?survey=RECORD or ?type=tension_rating", "?survey");
        return;
    }
    call->state = tally;
    call_read(call, tally_job, call_reply_view);
}

/* --------------------------------------------------------------------------------- reports */

void reading_reports(struct call *call)
{
    json_t *items = json_array();

    for (int kind = 0; kind < REPORT_COUNT; kind++) {
        json_array_append_new(items, json_pack("{s:s, s:s}", "report", report_name(kind),
                                               "title", report_text(kind)));
    }
    json_array_append_new(items,
                          json_pack("{s:s, s:s}", "report", "summary", "title", "all of them"));
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

enum { READING_LATE_S = 24 * 3600 }; /* who was heard longer ago may have news */

struct report_heard {
    struct school_id school;
    bool connected;
    int64_t at;
};

static void on_report_peer(void *arg, const struct node_peer *peer)
{
    struct report_heard *heard = arg;

    if (!school_id_eq(&heard->school, &peer->school)) return;
    heard->connected = heard->connected || peer->connected;
    if (peer->heard_wall_s > heard->at) heard->at = peer->heard_wall_s;
}

/* What time a report speaks of: how many others were not heard from for a day, and since when.
 */
static json_t *report_heard(struct call *call)
{
    const struct fold *fold = names_fold(call);
    json_int_t schools = 0, late = 0, never = 0;
    int64_t oldest = 0;
    struct fold_school school;

    for (size_t i = 0; fold != NULL && fold_school_at(fold, i, &school); i++) {
        struct report_heard heard = {.school = school.id};

        if (school.status != FOLD_LIVE) continue;
        if (school_id_eq(&school.id, &call->network->school)) continue;
        schools++;
        node_each_peer(call->network->node, on_report_peer, &heard);
        if (heard.connected || heard.at + READING_LATE_S >= call->wall_s) continue;
        late++;
        if (heard.at == 0) never++;
        if (heard.at > 0 && (oldest == 0 || heard.at < oldest)) oldest = heard.at;
    }
    return json_pack("{s:I, s:I, s:I, s:o}", "schools", schools, "late", late, "never", never,
                     "oldest_at", oldest == 0 ? json_null() : names_time(oldest));
}

static enum err report_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;
    const struct report_options *options = &reading->options;

    enum err err = reading->all ? report_all(reader, options, &call->out)
                                : report_make(reader, reading->kind, options, &call->out);

    if (err == ERR_OK && reading->csv) reshape_report_csv(&call->out);
    if (err == ERR_OK && !reading->csv) reshape_report(&call->out, reading->heard);
    return err;
}

static void reply_csv(struct call *call)
{
    call->answered = true;
    if (call->http == NULL) return;
    http_respond(call->http, 200, "text/csv", buf_slice(&call->out), NULL, 0);
}

/* ---------------------------------------------------------------------- digest, calendar -- */

static enum err digest_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;
    enum err err = digest_make(reader, call->wall_s, (int)reading->days, &call->out);

    if (err == ERR_OK && reading->html) {
        struct buf html = {0};

        err = digest_html(buf_slice(&call->out), &html);
        call->out.len = 0;
        buf_put(&call->out, html.data, html.len);
        buf_fini(&html);
    }
    return err;
}

static void reply_html(struct call *call)
{
    call->answered = true;
    if (call->http == NULL) return;
    http_respond(call->http, 200, "text/html; charset=utf-8", buf_slice(&call->out), NULL, 0);
}

void reading_digest(struct call *call)
{
    struct reading *reading = reading_new(call);
    const char *format = call_query(call, "format");

    if (!call_query_number(call, "days", DIGEST_DAYS, DIGEST_DAYS_MAX, &reading->days)) return;
    reading->html = format != NULL && strcmp(format, "html") == 0;
    call_read(call, digest_job, reading->html ? reply_html : call_reply_view);
}

static enum err calendar_job(struct call *call, struct view_reader *reader)
{
    return calendar_make(reader, &call->out);
}

static void reply_calendar(struct call *call)
{
    call->answered = true;
    if (call->http == NULL) return;
    http_respond(call->http, 200, "text/calendar; charset=utf-8", buf_slice(&call->out), NULL,
                 0);
}

void reading_calendar(struct call *call)
{
    call_read(call, calendar_job, reply_calendar);
}

/* --------------------------------------------------------------------- a report, narrowed --
 */

/* A day of the query into out; false when it is none, and then it is answered. */
static bool report_day(struct call *call, const char *name, char out[11])
{
    const char *text = call_query(call, name);

    if (text == NULL || *text == '\0') return true;
    if (!date_is(text)) {
        call_fail(call, ERR_INVALID, call_format(call, "%s is not a day", name),
                  "write it as 2026-03-01", call_format(call, "?%s", name));
        return false;
    }
    memcpy(out, text, 11);
    return true;
}

static bool report_narrow(struct call *call, struct reading *reading)
{
    struct report_options *options = &reading->options;
    unsigned filters =
        reading->all ? REPORT_BY_PERIOD | REPORT_BY_GROUP : report_filters(reading->kind);
    const char *group = call_query(call, "group");

    *options = (struct report_options){
        .wall_s = call->wall_s,
        .days = (int)reading->days,
        .rows_max = reading->csv ? 0 : REPORT_ROWS_MAX,
        .group = group == NULL || *group == '\0' ? NULL : group,
        .poles = schema_set_find(call->host->schemas, "tension_rating"),
    };
    if (!report_day(call, "from", options->from) || !report_day(call, "to", options->to))
        return false;
    if (options->from[0] != '\0' && options->to[0] != '\0' &&
        strcmp(options->from, options->to) > 0) {
        call_fail(call, ERR_INVALID, "the period ends before it begins",
                  "turn from and to around", "?to");
        return false;
    }
    bool period = options->from[0] != '\0' || options->to[0] != '\0' || options->days > 0;
    if ((period && (filters & REPORT_BY_PERIOD) == 0) ||
        (options->group != NULL && (filters & REPORT_BY_GROUP) == 0)) {
        bool by_group = options->group != NULL && (filters & REPORT_BY_GROUP) == 0;
        call_fail(call, ERR_INVALID,
                  by_group ? "this report does not speak of student groups"
                           : "this report does not speak of a period",
                  "leave that out", by_group ? "?group" : "?from");
        return false;
    }
    return true;
}

void reading_report(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!call_query_number(call, "days", 0, 36500, &reading->days)) return;
    reading->all = strcmp(call->segments[0], "summary") == 0;
    if (!reading->all && report_by_name(call->segments[0], &reading->kind) != ERR_OK) {
        call_fail(call, ERR_NOT_FOUND, "there is no such report",
                  "kith report --list names them", NULL);
        return;
    }
    const char *format = call_query(call, "format");
    reading->csv = format != NULL && strcmp(format, "csv") == 0;
    if (reading->csv && reading->all) {
        call_fail(call, ERR_INVALID, "a table holds one report", "name one: kith report --list",
                  "?format");
        return;
    }
    if (!report_narrow(call, reading)) return;
    reading->heard = report_heard(call);
    if (call->body == NULL) call->body = json_object();
    json_object_set_new(call->body, "heard", reading->heard);
    call_read(call, report_job, reading->csv ? reply_csv : call_reply_view);
}
