#include "daemon/app/doctor.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/view/query.h"
#include "proto/base/check.h"
#include "proto/base/map.h"
#include "proto/base/text.h"
#include "proto/crypto/hash.h"
#include "proto/envelope/envelope.h"
#include "proto/record/revision.h"

enum { READ_ENTRIES = 500, STEP_ENTRIES = 500 };

#define HINT_DAMAGED                                                                        \
    "kith export what can be read; then make this computer a new device of its school, as " \
    "docs/OPERATING.md says under A damaged store"
#define HINT_FETCH                                                                          \
    "kith sync while another member can be reached that has it, and kith doctor again; if " \
    "nobody has it, " HINT_DAMAGED

/* X(NAME, what it is, what to do about it) */
#define PROBLEM_TABLE(X)                                                                      \
    X(FORM, "an envelope is not well formed", HINT_DAMAGED)                                   \
    X(CHAIN, "an envelope does not continue its chain", HINT_DAMAGED)                         \
    X(SIGNATURE, "a chain's last envelope has no good signature",                             \
      "kith sync with other members, then kith doctor again")                                 \
    X(PAYLOAD, "a payload is damaged", HINT_FETCH)                                            \
    X(STATEMENT, "a statement was damaged and is whole again",                                \
      "start kithd again: it counts "                                                         \
      "from then on")                                                                         \
    X(LOCAL, "a local revision is damaged", "kith export what can be read, and keep it safe") \
    X(KEY, "the key of a space has not arrived",                                              \
      "it was asked for again; kith sync when a member of that space can be reached")         \
    X(VIEW, "the projection is damaged", "kith doctor --rebuild")                             \
    X(DIFFERENT, "the projection was not what the log says", "it has been made anew")         \
    X(STORE, "the disk refuses new writes", "free some space or replace the disk")

enum problem {
#define X(name, text, hint) PROBLEM_##name,
    PROBLEM_TABLE(X)
#undef X
        PROBLEM_COUNT
};

static const struct {
    const char *code, *text, *hint;
} problems[] = {
#define X(name, text, hint) {#name, text, hint},
    PROBLEM_TABLE(X)
#undef X
};

struct doctor {
    struct app *app;
    struct app_network *network;
    struct doctor *next;
    bool rebuild;
    api_progress_fn progress;
    api_result_fn done;
    void *arg;
    const char *step; /* what goes on, for a person */
    uint64_t of;
    _Atomic uint64_t viewed; /* entries that the rebuilt projection has */
    _Atomic bool cancel;
    enum err err;
    struct doctor_report report;
    uint64_t grants, records;
    size_t asked, mended; /* of the lost payloads */
    struct command mend;  /* the one that is asked for */
    bool rebuilt;
    uv_work_t work;
    uv_timer_t timer;
};

static void on_doctor_work(uv_work_t *work);
static void on_doctor_worked(uv_work_t *work, int status);
static void on_doctor_timer(uv_timer_t *timer);
static void on_doctor_closed(uv_handle_t *handle);

static void report_problem(struct doctor_report *report, enum problem problem,
                           const char *where)
{
    if (report->problems_n++ >= DOCTOR_PROBLEMS_MAX) return;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s}", "code", problems[problem].code, "text",
                  problems[problem].text, "hint", problems[problem].hint, "where", where);
    char *text = json_dumps(json, JSON_COMPACT);
    if (report->problems.len > 0) buf_put_u8(&report->problems, ',');
    buf_put_str(&report->problems, text);
    free(text);
    json_decref(json);
}

/* ----------------------------------------------------------------------------- the log -- */

/* A chain as far as it was read. */
struct walked {
    struct chain chain;
    struct place head;
    uint64_t unsigned_since; /* seq of the first after the last good signature; 0: none */
};

struct walk {
    struct doctor_report *report;
    const _Atomic bool *cancel;
    struct map chains; /* chain -> index in walked */
    struct walked *walked;
    size_t n, cap;
    uint64_t after;
    bool any;
};

static void where_of(char out[128], const struct device_pk *device, uint64_t seq)
{
    char number[21];

    text_hex(out, device->b, 8);
    (void)strcat(out, " seq ");
    (void)strcat(out, text_decimal(number, seq));
}

static struct walked *walked_of(struct walk *walk, const struct chain *chain)
{
    const uint64_t *at = map_get(&walk->chains, chain);

    if (at != NULL) return &walk->walked[*at];
    MEM_RESERVE(walk->walked, walk->n, walk->cap);
    map_put(&walk->chains, chain, walk->n);
    walk->walked[walk->n] = (struct walked){.chain = *chain};
    return &walk->walked[walk->n++];
}

void doctor_report_lost(struct doctor_report *report, const struct doctor_lost *lost)
{
    char where[128];

    where_of(where, &lost->chain.device, lost->seq);
    report_problem(report, PROBLEM_PAYLOAD, where);
}

static void walk_envelope(struct walk *walk, const struct log_entry *entry)
{
    struct doctor_report *report = walk->report;
    struct envelope envelope;
    struct envelope_id id;
    char where[128];

    report->envelopes++;
    report->statements += entry->kind == LOG_STATEMENT;
    if (envelope_decode(&envelope, entry->header) != ERR_OK) {
        report_problem(report, PROBLEM_FORM, "");
        return;
    }
    where_of(where, &envelope.device, envelope.seq);
    envelope_id(&id, entry->header.p);
    struct chain chain = envelope_chain(&envelope);
    struct walked *walked = walked_of(walk, &chain);
    if (envelope.seq != walked->head.seq + 1 ||
        !envelope_id_eq(&envelope.prev, &walked->head.id))
        report_problem(report, PROBLEM_CHAIN, where);
    walked->head = (struct place){.seq = envelope.seq, .id = id};
    report->signatures++;
    if (envelope_verify_signature(entry->header.p))
        walked->unsigned_since = 0;
    else if (walked->unsigned_since == 0)
        walked->unsigned_since = envelope.seq;
    if (entry->erased || envelope_check_payload(&envelope, entry->payload) == ERR_OK) return;
    MEM_RESERVE(report->lost, report->lost_n, report->lost_cap);
    report->lost[report->lost_n++] = (struct doctor_lost){.chain = chain, .seq = envelope.seq};
}

static void walk_local(struct walk *walk, const struct log_entry *entry)
{
    struct revision_id id;
    char where[65];

    walk->report->locals++;
    hash_bytes(id.b, sizeof(id.b), slice_of(NULL, 0), REVISION_ID_LABEL, entry->payload,
               slice_of(NULL, 0));
    if (revision_id_eq(&id, &entry->revision)) return;
    text_hex(where, entry->revision.b, sizeof(entry->revision.b));
    report_problem(walk->report, PROBLEM_LOCAL, where);
}

static bool walk_entry(void *arg, const struct log_entry *entry)
{
    struct walk *walk = arg;

    walk->any = true;
    walk->after = entry->lseq;
    atomic_fetch_add(&walk->report->entries, 1);
    if (entry->kind == LOG_LOCAL)
        walk_local(walk, entry);
    else
        walk_envelope(walk, entry);
    return !atomic_load(walk->cancel);
}

enum err doctor_read_log(const struct log_reader *log, struct doctor_report *report,
                         const _Atomic bool *cancel)
{
    struct walk walk = {.report = report, .cancel = cancel};
    enum err err = ERR_OK;
    char where[128];

    map_init(&walk.chains, sizeof(struct chain), 0);
    do {
        walk.any = false;
        err = log->read(log->ctx, walk.after, READ_ENTRIES, walk_entry, &walk);
        if (err == ERR_OK && atomic_load(cancel)) err = ERR_CLOSED;
    } while (err == ERR_OK && walk.any);
    /* An envelope is good when it or a later one of its chain is well signed. */
    for (size_t i = 0; i < walk.n && err == ERR_OK; i++) {
        if (walk.walked[i].unsigned_since == 0) continue;
        where_of(where, &walk.walked[i].chain.device, walk.walked[i].unsigned_since);
        report_problem(report, PROBLEM_SIGNATURE, where);
    }
    free(walk.walked);
    map_fini(&walk.chains);
    return err;
}

/* ---------------------------------------------------------------------- keys and store -- */

static void look_at_space(void *arg, const struct node_space *space)
{
    struct doctor *doctor = arg;
    char where[65];

    if (space->readable) doctor->grants++;
    if (space->key != ERR_NO_KEY) return;
    text_hex(where, space->space.b, 8);
    report_problem(&doctor->report, PROBLEM_KEY, where);
}

static void look_at_node(struct doctor *doctor)
{
    const struct node *node = runtime_node(doctor->network->runtime);
    struct node_status status;

    node_get_status(node, &status);
    if (status.store != ERR_OK)
        report_problem(&doctor->report, PROBLEM_STORE, err_text(status.store));
    node_each_space(node, look_at_space, doctor);
}

/* ---------------------------------------------------------------------- the projection -- */

/* Is it sound? tell: a damage is a finding, and not only a reason to make it anew. */
static bool check_view(struct doctor *doctor, struct view *view, bool tell)
{
    struct buf why = {0};
    bool sound = view_check(view, &why) == ERR_OK;

    buf_put_u8(&why, 0);
    if (!sound && tell) report_problem(&doctor->report, PROBLEM_VIEW, (const char *)why.data);
    buf_fini(&why);
    return sound;
}

static enum err catch_up(struct doctor *doctor, struct view *view)
{
    struct view_status status;
    bool more = true;
    enum err err = ERR_OK;

    while (more && err == ERR_OK) {
        err = atomic_load(&doctor->cancel) ? ERR_CLOSED : view_step(view, STEP_ENTRIES, &more);
        view_get_status(view, &status);
        atomic_store(&doctor->viewed, status.applied);
    }
    return err;
}

static enum err rebuild_view(struct doctor *doctor, struct view *view)
{
    struct buf before = {0}, after = {0};
    /* A damaged one is not read any further: it goes, whatever it says. */
    bool compare = doctor->mended == 0 && doctor->of <= DOCTOR_COMPARE_MAX &&
                   check_view(doctor, view, false) && catch_up(doctor, view) == ERR_OK &&
                   view_dump(view, &before) == ERR_OK;
    enum err err = view_rebuild(view);
    if (err == ERR_OK) err = catch_up(doctor, view);
    if (err == ERR_OK && compare) err = view_dump(view, &after);
    /* The log may have grown between; then the dumps differ and nothing is wrong. */
    if (err == ERR_OK && compare && before.len == after.len &&
        !slice_eq(buf_slice(&before), buf_slice(&after)))
        report_problem(&doctor->report, PROBLEM_DIFFERENT, "");
    doctor->rebuilt = err == ERR_OK;
    buf_fini(&before);
    buf_fini(&after);
    return err;
}

static enum err on_view(void *arg, struct view *view)
{
    struct doctor *doctor = arg;

    bool anew = doctor->rebuild || doctor->mended > 0;
    enum err err = anew ? rebuild_view(doctor, view) : ERR_OK;
    if (err == ERR_OK) (void)check_view(doctor, view, true);
    return err;
}

static enum err on_reader(void *arg, struct view_reader *reader)
{
    struct doctor *doctor = arg;
    struct buf text = {0};
    enum err err = query_status(reader, 0, &text);

    if (err == ERR_OK) {
        json_t *status = json_loadb((const char *)text.data, text.len, 0, NULL);
        const json_t *counts = json_object_get(status, "counts");
        doctor->records = (uint64_t)json_integer_value(json_object_get(counts, "records"));
        json_decref(status);
    }
    buf_fini(&text);
    return err;
}

/* -------------------------------------------------------------------------- its course -- */

static void finish(struct doctor *doctor)
{
    char number[6][21], *text;
    const struct doctor_report *report = &doctor->report;

    if (doctor->err != ERR_OK) {
        doctor->done(doctor->arg, doctor->err, NULL);
    } else {
        struct buf list = {0};
        buf_put_u8(&list, '[');
        buf_put(&list, report->problems.data, report->problems.len);
        buf_put_u8(&list, ']');
        json_t *json =
            json_pack("{s:b, s:{s:s, s:s, s:s, s:s, s:s}, s:o, s:b, s:s}", "healthy",
                      report->problems_n == 0, "checked", "envelopes",
                      text_decimal(number[0], report->envelopes + report->locals), "statements",
                      text_decimal(number[1], report->statements), "signatures",
                      text_decimal(number[2], report->signatures), "grants",
                      text_decimal(number[3], doctor->grants), "records",
                      text_decimal(number[4], doctor->records), "problems",
                      json_loadb((const char *)list.data, list.len, 0, NULL), "rebuilt",
                      doctor->rebuilt, "mended", text_decimal(number[5], doctor->mended));
        text = json_dumps(json, JSON_COMPACT);
        doctor->done(doctor->arg, ERR_OK, text);
        free(text);
        json_decref(json);
        buf_fini(&list);
    }
    struct doctor **at = &doctor->app->doctors;
    while (*at != doctor)
        at = &(*at)->next;
    *at = doctor->next;
    uv_close((uv_handle_t *)&doctor->timer, on_doctor_closed);
}

static void on_reader_done(void *arg, enum err err)
{
    struct doctor *doctor = arg;

    if (doctor->err == ERR_OK) doctor->err = err;
    finish(doctor);
}

static void on_view_done(void *arg, enum err err)
{
    struct doctor *doctor = arg;

    doctor->err = err;
    viewer_run(runtime_viewer(doctor->network->runtime), on_reader, on_reader_done, doctor);
}

/* ----------------------------------------------------------------------- what was lost -- */

static void mend_next(struct doctor *doctor);

static void on_mended(void *arg, const struct reply *reply)
{
    struct doctor *doctor = arg;
    const struct doctor_lost *lost = &doctor->report.lost[doctor->asked++];

    if (reply->err == ERR_CLOSED) {
        doctor->err = ERR_CLOSED;
        finish(doctor);
        return;
    }
    if (reply->err != ERR_OK)
        doctor_report_lost(&doctor->report, lost);
    else if (space_tag_is_zero(&lost->chain.tag))
        report_problem(&doctor->report, PROBLEM_STATEMENT, "");
    doctor->mended += reply->err == ERR_OK;
    mend_next(doctor);
}

/* One after the other, and then on to the projection. */
static void mend_next(struct doctor *doctor)
{
    if (doctor->asked < doctor->report.lost_n) {
        const struct doctor_lost *lost = &doctor->report.lost[doctor->asked];
        doctor->step = "fetching what was damaged";
        doctor->mend = (struct command){.kind = COMMAND_MEND,
                                        .mend = {.chain = lost->chain, .seq = lost->seq}};
        runtime_command(doctor->network->runtime, &doctor->mend, on_mended, doctor);
        return;
    }
    bool anew = doctor->rebuild || doctor->mended > 0;
    doctor->step = anew ? "building the projection anew" : "checking the projection";
    viewer_run_view(runtime_viewer(doctor->network->runtime), on_view, on_view_done, doctor);
}

static void log_read(struct doctor *doctor)
{
    if (doctor->err != ERR_OK) {
        finish(doctor);
        return;
    }
    look_at_node(doctor);
    mend_next(doctor);
}

void doctor_start(struct app *app, struct app_network *network, bool rebuild,
                  api_progress_fn progress, api_result_fn done, void *arg)
{
    struct doctor *doctor = mem_zalloc(sizeof(*doctor));
    const struct log_reader *log = store_get_log(runtime_store(network->runtime));

    *doctor = (struct doctor){.app = app,
                              .network = network,
                              .next = app->doctors,
                              .rebuild = rebuild,
                              .progress = progress,
                              .done = done,
                              .arg = arg,
                              .step = "reading the log",
                              .of = log->last(log->ctx)};
    app->doctors = doctor;
    doctor->work.data = doctor;
    CHECK(uv_timer_init(&app->loop, &doctor->timer) == 0);
    doctor->timer.data = doctor;
    uv_timer_start(&doctor->timer, on_doctor_timer, DOCTOR_PROGRESS_MS, DOCTOR_PROGRESS_MS);
    CHECK(uv_queue_work(&app->loop, &doctor->work, on_doctor_work, on_doctor_worked) == 0);
}

void doctor_cancel(struct app *app)
{
    for (struct doctor *doctor = app->doctors; doctor != NULL; doctor = doctor->next)
        atomic_store(&doctor->cancel, true);
}

/* ------------------------------------------------------------------- libuv's callbacks -- */

static void on_doctor_work(uv_work_t *work)
{
    struct doctor *doctor = work->data;
    const struct log_reader *log = store_get_log(runtime_store(doctor->network->runtime));
    doctor->err = doctor_read_log(log, &doctor->report, &doctor->cancel);
}

static void on_doctor_worked(uv_work_t *work, int status)
{
    struct doctor *doctor = work->data;
    if (status != 0) doctor->err = ERR_CLOSED;
    log_read(doctor);
}

static void on_doctor_timer(uv_timer_t *timer)
{
    struct doctor *doctor = timer->data;
    uint64_t viewed = atomic_load(&doctor->viewed);
    uint64_t done = viewed > 0 ? viewed : atomic_load(&doctor->report.entries);
    doctor->progress(doctor->arg, doctor->step, done, doctor->of);
}

static void on_doctor_closed(uv_handle_t *handle)
{
    struct doctor *doctor = handle->data;
    buf_fini(&doctor->report.problems);
    free(doctor->report.lost);
    free(doctor);
}
