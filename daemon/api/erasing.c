/* Taking back: from an audience, or from everywhere for good; what is older than is kept. */
#include "daemon/api/erasing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/settings.h"
#include "daemon/api/sharing.h"

enum { RETENTION_SHOWN = 20 };

struct erasing {
    const char *person, *act;
    const char *from; /* unshare: the audience; else NULL: everywhere */
    const char *title;
    char before[11]; /* retention */
    unsigned years;
};

static void erase_logged(struct call *call)
{
    const struct erasing *erasing = call->state;
    json_t *json = call_done_json(call);
    bool records = erasing->before[0] != '\0';

    names_set(
        json, "erased",
        json_integer((json_int_t)(records ? call->compose.erased_n : call->compose.erases_n)));
    call_reply(call, 200, json);
}

static void erase_written(struct call *call, const struct reply *reply)
{
    const struct erasing *erasing = call->state;

    (void)reply;
    sharing_log(call,
                &(struct sharing_line){.person = erasing->person,
                                       .act = erasing->act,
                                       .title = erasing->title,
                                       .with = erasing->from == NULL ? "" : erasing->from},
                erase_logged);
}

/* What the job composed, as the command. */
static void erase_all(struct call *call)
{
    struct command_erase_item *items =
        arena_alloc(&call->arena, (call->compose.erases_n + 1) * sizeof(*items));

    for (size_t i = 0; i < call->compose.erases_n; i++) {
        const struct compose_erase *from = &call->compose.erases[i];

        items[i] = (struct command_erase_item){.chain = from->chain,
                                               .seq = from->seq,
                                               .record = from->record,
                                               .revision = from->revision,
                                               .edit = from->edit,
                                               .lamport = from->lamport,
                                               .parents = from->parents,
                                               .parents_n = from->parents_n};
    }
    call->command.erase.items = items;
    call->command.erase.n = call->compose.erases_n;
    call_submit(call, COMMAND_ERASE, erase_written);
}

/* ----------------------------------------------------------------------------- one record --
 */

static enum err record_job(struct call *call, struct view_reader *reader)
{
    const struct erasing *erasing = call->state;
    const char *id = call->segments[0];
    struct compose_audience audience;
    enum err err = ERR_OK;

    if (erasing->from != NULL) err = sharing_audience(call, reader, erasing->from, &audience);
    if (err == ERR_OK) err = query_record(reader, id, false, call->wall_s, &call->out);
    if (err != ERR_OK) return err;
    return erasing->from == NULL ? compose_erase(reader, id, &call->compose)
                                 : compose_unshare(reader, id, &audience, &call->compose);
}

static void record_made(struct call *call)
{
    struct erasing *erasing = call->state;
    json_t *record =
        json_loadb((const char *)call->out.data, call->out.len, 0, NULL); /* as it was */
    const char *title = json_string_value(json_object_get(record, "title"));

    erasing->title = title == NULL ? "" : arena_strdup(&call->arena, title);
    json_decref(record);
    erase_all(call);
}

static struct erasing *begin(struct call *call, const char *act)
{
    struct erasing *erasing = arena_alloc(&call->arena, sizeof(*erasing));

    erasing->act = act;
    erasing->person = call_who(call).person;
    call->state = erasing;
    return sharing_may(call, erasing->person) ? erasing : NULL;
}

void erasing_unshare(struct call *call)
{
    static const struct call_field fields[] = {
        {"from", CALL_TEXT, true},
        {"person", CALL_TEXT, false},
    };
    struct erasing *erasing;

    if (!call_body(call, fields, 2)) return;
    erasing = begin(call, "unshare");
    if (erasing == NULL) return;
    erasing->from = call_text(call, "from");
    call_read(call, record_job, record_made);
}

void erasing_record(struct call *call)
{
    static const struct call_field fields[] = {{"person", CALL_TEXT, false}};

    if (!call_body(call, fields, 1) || begin(call, "erase") == NULL) return;
    call_read(call, record_job, record_made);
}

/* ------------------------------------------------------------------------------ retention --
 */

bool erasing_kept(const struct call *call, unsigned *years, char before[11])
{
    json_t *kept = settings_json(call, "app/retention");
    json_int_t n = json_integer_value(kept);
    time_t now = (time_t)call->wall_s;
    struct tm tm;
    bool is = n >= 1 && n <= ERASING_YEARS_MAX && gmtime_r(&now, &tm) != NULL &&
              tm.tm_year + 1900 - n >= 0 && tm.tm_year + 1900 <= 9999;

    json_decref(kept);
    before[0] = '\0';
    if (!is) return false;
    *years = (unsigned)n;
    if (tm.tm_mon == 1 && tm.tm_mday == 29) tm.tm_mday = 28; /* in most other years */
    (void)snprintf(before, 11, "%04u-%02u-%02u", (unsigned)(tm.tm_year + 1900 - n) % 10000,
                   (unsigned)(tm.tm_mon + 1) % 100, (unsigned)tm.tm_mday % 100);
    return true;
}

static enum err aged_job(struct call *call, struct view_reader *reader)
{
    const struct erasing *erasing = call->state;

    return query_aged(reader, erasing->before, RETENTION_SHOWN, &call->out);
}

static void aged(struct call *call)
{
    const struct erasing *erasing = call->state;
    json_t *json = json_loadb((const char *)call->out.data, call->out.len, 0, NULL);

    names_set(json, "years", json_integer((json_int_t)erasing->years));
    names_set(json, "before", json_string(erasing->before));
    call_reply(call, 200, json);
}

void erasing_retention(struct call *call)
{
    struct erasing *erasing = arena_alloc(&call->arena, sizeof(*erasing));

    call->state = erasing;
    if (!erasing_kept(call, &erasing->years, erasing->before)) {
        call_reply(call, 200,
                   json_pack("{s:n, s:n, s:i, s:n, s:[]}", "years", "before", "records", 0,
                             "oldest", "items"));
        return;
    }
    call_read(call, aged_job, aged);
}

static enum err retire_job(struct call *call, struct view_reader *reader)
{
    const struct erasing *erasing = call->state;

    return compose_retire(reader, erasing->before, &call->compose);
}

static void retired(struct call *call)
{
    struct erasing *erasing = call->state;

    if (call->compose.erases_n == 0) {
        json_t *json = call_done_json(call);

        names_set(json, "erased", json_integer(0));
        call_reply(call, 200, json);
        return;
    }
    erasing->title = call_format(call, "%zu records older than %u years",
                                 call->compose.erased_n, erasing->years);
    erase_all(call);
}

void erasing_retire(struct call *call)
{
    static const struct call_field fields[] = {
        {"before", CALL_TEXT, true},
        {"person", CALL_TEXT, false},
    };
    struct erasing *erasing;

    if (!call_body(call, fields, 2)) return;
    erasing = begin(call, "erase");
    if (erasing == NULL) return;
    if (!erasing_kept(call, &erasing->years, erasing->before)) {
        call_fail(call, ERR_REFUSED, "this school keeps everything",
                  "kith retention YEARS says for how long instead", NULL);
        return;
    }
    /* Not more than the person was shown: the day may have turned meanwhile. */
    if (strcmp(call_text(call, "before"), erasing->before) != 0) {
        call_fail(call, ERR_REFUSED, "what is older than is kept is not what you saw",
                  "kith retention shows what it is now", "$.before");
        return;
    }
    call_read(call, retire_job, retired);
}
