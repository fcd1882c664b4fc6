/* Lists and reports: what the view answers goes out as it is. */
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/report/report.h"

struct reading {
    uint64_t before, limit, days;
    const char *words, *type, *owner;
    enum report_kind kind;
    bool all;
};

static struct reading *reading_new(struct call *call)
{
    struct reading *reading = arena_alloc(&call->arena, sizeof(*reading));

    call->state = reading;
    return reading;
}

static bool reading_limit(struct call *call, struct reading *reading)
{
    return call_query_number(call, "limit", 0, CALL_LIST_LIMIT_MAX, &reading->limit);
}

static enum err feed_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;

    return query_feed(reader, reading->before, reading->limit, &call->out);
}

void reading_feed(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!reading_limit(call, reading) ||
        !call_query_number(call, "before", 0, UINT64_MAX - 1, &reading->before)) {
        return;
    }
    call_read(call, feed_job, call_reply_view);
}

static enum err search_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;

    return query_search(reader, reading->words, reading->type, reading->limit, &call->out);
}

void reading_search(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!reading_limit(call, reading)) return;
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

    return query_unreadable(reader, reading->limit, &call->out);
}

void reading_unreadable(struct call *call)
{
    if (!reading_limit(call, reading_new(call))) return;
    call_read(call, unreadable_job, call_reply_view);
}

static enum err board_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;

    return query_board(reader, reading->owner, call->wall_s, &call->out);
}

void reading_board(struct call *call)
{
    reading_new(call)->owner = call_query(call, "owner");
    call_read(call, board_job, call_reply_view);
}

/* ------------------------------------------------------------------------------------ reports */

void reading_reports(struct call *call)
{
    json_t *items = json_array();

    for (int kind = 0; kind < REPORT_COUNT; kind++) {
        json_array_append_new(items, json_pack("{s:s, s:s}", "name", report_name(kind), "text",
                                               report_text(kind)));
    }
    json_array_append_new(items,
                          json_pack("{s:s, s:s}", "name", "all", "text", "all of them"));
    call_reply(call, 200, json_pack("{s:o}", "items", items));
}

static enum err report_job(struct call *call, struct view_reader *reader)
{
    const struct reading *reading = call->state;
    struct report_options options = {.wall_s = call->wall_s, .days = (int)reading->days};

    if (reading->all) return report_all(reader, &options, &call->out);
    return report_make(reader, reading->kind, &options, &call->out);
}

void reading_report(struct call *call)
{
    struct reading *reading = reading_new(call);

    if (!call_query_number(call, "days", 0, 36500, &reading->days)) return;
    reading->all = strcmp(call->segments[0], "all") == 0;
    if (!reading->all && report_by_name(call->segments[0], &reading->kind) != ERR_OK) {
        call_fail(call, ERR_NOT_FOUND, "there is no such report", "GET …/reports lists them", NULL);
        return;
    }
    call_read(call, report_job, call_reply_view);
}
