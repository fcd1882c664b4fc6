/* Tables as teams keep them: a preview of what a file is understood to say, and its writing. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/names.h"
#include "daemon/api/routes.h"
#include "daemon/api/settings.h"
#include "daemon/sheet/sheet.h"
#include "daemon/sheet/template.h"
#include "proto/base/text.h"
#include "proto/record/revision.h"

enum { TABLES_REMEMBERED_MAX = 100 }; /* sets of headers; the oldest goes */

/* Members of the answer, and what hangs under the call's body for as long as the call lives. */
struct table {
    struct compose_who who;
    struct slice bytes;
    json_t *remembered, *found; /* {KEY: said}; {"type text": ref} */
    json_t *answer, *lines, *remember;
    json_int_t counts[4]; /* of enum compose_row_is; then those with problems */
    bool update, write;
    bool wide; /* something goes to others, too */
    struct command_revision *revisions;
    size_t n, cap;
    char key[SHEET_KEY_CHARS + 1];
    uint64_t token;
    const char *oldest; /* of what is remembered, when it is too much */
    json_int_t oldest_at;
    size_t remembered_n;
    struct view_reader *reader; /* in the job */
};

static json_t *hang(struct call *call, const char *key, json_t *value)
{
    json_object_set_new(call->body, call_format(call, "\x01%s", key), value);
    return value;
}

/* --------------------------------------------------------------------- what cells name -- */

static const char *label_of(const struct call *call, const char *type)
{
    const struct schema *schema =
        type == NULL ? NULL : schema_set_find(call->host->schemas, type);

    return schema == NULL ? "record" : schema->label;
}

static bool find_ref(void *arg, const char *type, const char *text, char out[98],
                     const char **why)
{
    struct call *call = arg;
    struct table *table = call->state;
    const char *key = call_format(call, "%s %.900s", type == NULL ? "" : type, text);
    const char *known = json_string_value(json_object_get(table->found, key));
    struct query_key record;
    enum err err;

    if (known != NULL) {
        memcpy(out, known, strlen(known) + 1);
        return true;
    }
    if (revision_ref_decode(text, &record.owner, &record.record) == ERR_OK) {
        revision_ref(out, &record.owner, &record.record);
        return true;
    }
    err = compose_named(table->reader, type, text, &record);
    if (err == ERR_OK) {
        revision_ref(out, &record.owner, &record.record);
        json_object_set_new(table->found, key, json_string(out));
        return true;
    }
    *why = err == ERR_INVALID
               ? call_format(call, "several are called \"%.60s\": give the id of one", text)
               : call_format(call,
                             "there is no %s called \"%.60s\" here: add it first, or "
                             "leave the cell empty",
                             label_of(call, type), text);
    return false;
}

/* ------------------------------------------------------------------------- the lines ---- */

static void token_add(struct table *table, const char *text)
{
    for (; *text != '\0'; text++)
        table->token = (table->token ^ (uint8_t)*text) * 0x100000001b3u;
    table->token = (table->token ^ 0xff) * 0x100000001b3u;
}

/* A problem of the whole record, at the column that its place came from, where there is one. */
static json_t *problem_at(const json_t *columns, size_t line, const char *place,
                          const char *text)
{
    json_t *problem = json_object();
    const json_t *column = NULL;

    for (size_t i = 0; i < json_array_size(columns) && column == NULL; i++) {
        const json_t *of = json_array_get(columns, i);
        const char *at = json_string_value(json_object_get(of, "place"));

        if (at != NULL && strncmp(at, place, strlen(place)) == 0) column = of;
    }
    names_set(problem, "line", json_integer((json_int_t)line));
    names_set(problem, "column", json_incref(json_object_get(column, "column")));
    names_set(problem, "header", json_incref(json_object_get(column, "header")));
    names_set(problem, "place", json_string(place));
    names_set(problem, "label", json_incref(json_object_get(column, "label")));
    names_set(problem, "text", json_string(text));
    return problem;
}

static void add_problems(struct sheet_line *line, const json_t *columns, enum err err,
                         const char *problems)
{
    json_t *list = problems == NULL ? NULL : json_loads(problems, 0, NULL);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *of = json_array_get(list, i);
        const char *section = json_string_value(json_object_get(of, "section"));
        const char *field = json_string_value(json_object_get(of, "field"));
        const char *text = json_string_value(json_object_get(of, "text"));
        struct buf place = {0};

        buf_put_str(&place, section == NULL ? "" : section);
        if (field != NULL && *field != '\0') {
            buf_put_u8(&place, '.');
            buf_put_str(&place, field);
        }
        buf_put_u8(&place, 0);
        json_array_append_new(line->problems,
                              problem_at(columns, line->line, (const char *)place.data,
                                         text == NULL ? err_text(err) : text));
        buf_fini(&place);
    }
    if (json_array_size(list) == 0) {
        json_array_append_new(line->problems,
                              problem_at(columns, line->line, "", err_text(err)));
    }
    json_decref(list);
}

/* In the call's arena, so that they go with the call wherever it ends. */
static void make_room(struct call *call, size_t more)
{
    struct table *table = call->state;
    struct command_revision *larger;

    if (table->n + more <= table->cap) return;
    table->cap = 2 * (table->n + more);
    larger = arena_alloc(&call->arena, table->cap * sizeof(*larger));
    if (table->n > 0) memcpy(larger, table->revisions, table->n * sizeof(*larger));
    table->revisions = larger;
}

static void keep_revisions(struct call *call, const struct compose *made)
{
    struct table *table = call->state;

    make_room(call, made->revisions_n);
    for (size_t i = 0; i < made->revisions_n; i++) {
        const struct compose_revision *from = &made->revisions[i];

        table->revisions[table->n++] = (struct command_revision){
            .audience = {.class = (enum audience_class)from->class, .group = from->group},
            .body =
                slice_of(arena_dup(&call->arena, from->body.p, from->body.n), from->body.n)};
        table->wide = table->wide || from->class != SPACE_OWN;
    }
}

/* Composes the line; says what it is. */
static const char *compose_line(struct call *call, const struct sheet *sheet,
                                struct sheet_line *line, json_t *out)
{
    static const char *const names[] = {
#define X(name, text) text,
        COMPOSE_ROWS(X)
#undef X
    };
    struct table *table = call->state;
    char *sections = json_dumps(line->sections, JSON_COMPACT);
    struct compose_row_ask ask = {.type = sheet->schema->type,
                                  .sections = sections,
                                  .source = line->source,
                                  .record = line->record,
                                  .update = table->update};
    enum compose_row_is is = COMPOSE_ROW_NEW;
    struct compose made;
    enum err err = compose_row(table->reader, &table->who, &ask, &is, &made);

    token_add(table, sections);
    free(sections);
    if (err != ERR_OK && err != ERR_EXISTS) {
        add_problems(line, json_object_get(table->answer, "columns"), err, made.problems);
        compose_fini(&made);
        return NULL;
    }
    keep_revisions(call, &made);
    if (made.preview != NULL) {
        names_set(out, "differs", json_loads(made.preview, 0, NULL));
    }
    names_set(out, "record", names_hex(made.key.record.b, sizeof(made.key.record.b)));
    compose_fini(&made);
    table->counts[is]++;
    return names[is];
}

static void put_line(struct call *call, const struct sheet *sheet, struct sheet_line *line,
                     bool asking)
{
    struct table *table = call->state;
    json_t *out = json_object();
    const char *is = NULL;

    if (!asking && json_array_size(line->problems) == 0) {
        is = compose_line(call, sheet, line, out);
    }
    token_add(table, is == NULL ? "" : is);
    table->counts[3] += json_array_size(line->problems) > 0;
    names_set(out, "line", json_integer((json_int_t)line->line));
    names_set(out, "is", is == NULL ? json_null() : json_string(is));
    names_set(out, "title", json_string(schema_title(sheet->schema, line->sections)));
    names_set(out, "fields", json_incref(line->fields));
    names_set(out, "problems", json_incref(line->problems));
    json_array_append_new(table->lines, out);
}

static void put_counts(struct table *table)
{
    char token[17];
    uint8_t bytes[8];

    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(table->token >> (8 * i));
    text_hex(token, bytes, sizeof(bytes));
    names_set(table->answer, "counts",
              json_pack("{s:I, s:I, s:I, s:I}", "new", table->counts[COMPOSE_ROW_NEW], "same",
                        table->counts[COMPOSE_ROW_SAME], "differs",
                        table->counts[COMPOSE_ROW_DIFFERS], "bad", table->counts[3]));
    names_set(table->answer, "token", json_string(token));
}

/* ------------------------------------------------------------------------------ the job ----
 */

static enum err refuse_file(struct call *call, enum err err, const struct spread_problem *problem)
{
    json_t *json = json_object();
    const char *text = problem->line == 0
                           ? problem->text
                           : call_format(call, "line %zu: %s", problem->line, problem->text);
    char *dump;

    names_set(json, "error", json_string(text));
    dump = json_dumps(json, JSON_COMPACT);
    buf_put_str(&call->out, dump);
    free(dump);
    json_decref(json);
    return err;
}

static enum err table_job(struct call *call, struct view_reader *reader)
{
    struct table *table = call->state;
    struct sheet sheet;
    struct spread_problem problem;
    struct sheet_ask ask = {.bytes = table->bytes,
                            .schemas = call->host->schemas,
                            .said = call->body,
                            .remembered = table->remembered,
                            .ref = find_ref,
                            .arg = call};
    enum err err;
    bool asking;

    table->reader = reader;
    err = sheet_read(&sheet, &ask, &problem);
    if (err != ERR_OK) {
        call->out.len = 0; /* the file stood there */
        return refuse_file(call, err, &problem);
    }
    table->answer = hang(call, "answer", json_incref(sheet.about));
    table->lines = json_array();
    names_set(table->answer, "lines", table->lines);
    asking = json_array_size(json_object_get(sheet.about, "questions")) > 0;
    for (size_t i = 0; i < sheet.n; i++)
        put_line(call, &sheet, &sheet.lines[i], asking);
    put_counts(table);
    table->write = table->write && sheet.schema != NULL && !asking;
    table->remember = hang(call, "remember", json_incref(sheet.remember));
    memcpy(table->key, sheet.key, sizeof(table->key));
    sheet_fini(&sheet);
    call->out.len = 0;
    return ERR_OK;
}

/* ---------------------------------------------------------------------------- the answer ----
 */

static void table_reply(struct call *call)
{
    struct table *table = call->state;
    bool written = call_bool(call, "write");

    names_set(table->answer, "written",
              written
                  ? json_integer(
                        (json_int_t)(table->counts[COMPOSE_ROW_NEW] +
                                     (table->update ? table->counts[COMPOSE_ROW_DIFFERS] : 0)))
                  : json_integer(0));
    if (written) names_set(table->answer, "lseq", names_number(call->lseq));
    call_reply(call, 200, json_incref(table->answer));
}

static void remember_then_reply(struct call *call)
{
    struct table *table = call->state;
    char *text;

    names_set(table->remember, "at", json_integer((json_int_t)call->wall_s));
    text = json_dumps(table->remember, JSON_COMPACT);
    call_put(call, call_format(call, "import/%s", table->key), slice_of(text, strlen(text)),
             table_reply);
    free(text);
}

static void forget_the_oldest(struct call *call)
{
    struct table *table = call->state;

    if (table->remembered_n < TABLES_REMEMBERED_MAX ||
        json_object_get(table->remembered, table->key) != NULL) {
        remember_then_reply(call);
        return;
    }
    call_put(call, call_format(call, "import/%s", table->oldest), slice_of(NULL, 0),
             remember_then_reply);
}

static void table_written(struct call *call, const struct reply *reply)
{
    (void)reply;
    forget_the_oldest(call);
}

static void table_write(struct call *call)
{
    struct table *table = call->state;
    const char *token = call_text(call, "token");

    if (token == NULL ||
        strcmp(token, json_string_value(json_object_get(table->answer, "token"))) != 0) {
        call_fail(call, ERR_REFUSED, "what would be written is not what you saw",
                  "look at the preview once more", "$.token");
        return;
    }
    if (table->n > COMMAND_SEALS_MAX && table->wide) {
        call_fail(call, ERR_LIMIT,
                  "so many at once only for the school alone; others read some of these",
                  "split the file: 64 at a time", NULL);
        return;
    }
    if (table->n == 0) { /* all of it is here already */
        forget_the_oldest(call);
        return;
    }
    call->command.write.revisions = table->revisions;
    call->command.write.n = table->n;
    call_submit(call, COMMAND_WRITE, table_written);
}

static void table_read(struct call *call)
{
    struct table *table = call->state;

    if (!call_bool(call, "write")) {
        table_reply(call);
    } else if (!table->write) {
        const json_t *questions = json_object_get(table->answer, "questions");
        const char *text =
            json_string_value(json_object_get(json_array_get(questions, 0), "text"));

        call_fail(call, ERR_REFUSED, call_format(call, "nothing was written. %s", text),
                  "answer what the preview asks", "$");
    } else if (table->counts[3] > 0) {
        call_fail(call, ERR_REFUSED,
                  call_format(call, "nothing was written: %lld of the lines are not right",
                              (long long)table->counts[3]),
                  "the preview names each line and field; mend the file and send it again",
                  "$");
    } else {
        table_write(call);
    }
}

static void on_remembered(void *arg, const char *key, struct slice value)
{
    struct call *call = arg;
    struct table *table = call->state;
    json_t *json = json_loadb((const char *)value.p, value.n, 0, NULL);
    json_int_t at = json_integer_value(json_object_get(json, "at"));
    const char *name = key + strlen("import/");

    if (table->remembered_n++ == 0 || at < table->oldest_at) {
        table->oldest = arena_strdup(&call->arena, name);
        table->oldest_at = at;
    }
    if (json != NULL) json_object_set_new(table->remembered, name, json);
}

void tables_read(struct call *call)
{
    static const struct call_field fields[] = {
        {"type", CALL_TEXT, false},     {"columns", CALL_OBJECT, false},
        {"dates", CALL_TEXT, false},    {"decimal", CALL_TEXT, false},
        {"encoding", CALL_TEXT, false}, {"delimiter", CALL_TEXT, false},
        {"set", CALL_OBJECT, false},    {"update", CALL_BOOL, false},
        {"write", CALL_BOOL, false},    {"token", CALL_TEXT, false},
        {"person", CALL_TEXT, false},
    };
    struct table *table = arena_alloc(&call->arena, sizeof(*table));
    const uint8_t *end;

    if (!call_body(call, fields, sizeof(fields) / sizeof(fields[0]))) return;
    http_take_body(call->http, &call->out);
    end = call->out.len == 0 ? NULL : memchr(call->out.data, '\n', call->out.len);
    if (end == NULL) {
        call_fail(call, ERR_MALFORMED, "the file is missing",
                  "send a line of JSON, a line end, and then the file as it is", "$");
        return;
    }
    table->bytes = slice_of(end + 1, call->out.len - (size_t)(end + 1 - call->out.data));
    table->who = call_who(call);
    table->update = call_bool(call, "update");
    table->write = call_bool(call, "write");
    table->token = 0xcbf29ce484222325u;
    table->found = hang(call, "found", json_object());
    table->remembered = hang(call, "remembered", json_object());
    call->state = table;
    call->host->setting_each(call->host->ctx, call->network, "import/", on_remembered, call);
    call_read(call, table_job, table_read);
}

void tables_template(struct call *call)
{
    if (template_put(&call->out, call->host->schemas, call->segments[0]) != ERR_OK) {
        call_fail(call, ERR_NOT_FOUND, "there is no such template",
                  "pdsa, or a type: GET /v1/schemas lists them", NULL);
        return;
    }
    call->answered = true;
    if (call->http == NULL) return;
    http_respond(call->http, 200, "text/csv", buf_slice(&call->out), NULL, 0);
}
