#include "daemon/report/tally.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/record/ijson.h"
#include "proto/record/revision.h"

/* The answers of a round, each its sections, in the order in which they came. */
struct answers {
    json_t *list;   /* of the round that is spoken of */
    json_t *rounds; /* all there are */
    const char *round;
    size_t shown; /* of the list's first */
    size_t least;
};

/* One thing that was asked: how often each value was given. */
struct line {
    int64_t low; /* what counts[0] stands for */
    size_t n;    /* values */
    size_t counts[TALLY_VALUES_MAX];
    size_t dont_know;
};

/* --- reading --- */

static enum err read_all(struct view_reader *reader, const char *type, const char *survey,
                         json_t *out)
{
    sqlite3_stmt *row = NULL;
    const struct school_id *school = view_reader_school(reader);
    int code = sqlite3_prepare_v2(
        view_reader_db(reader),
        "SELECT t.sections FROM records r JOIN states t ON t.id = r.id *"
        " 65536 + r.space WHERE r.type = ?1 AND r.owner = ?2 AND r.hidden IS"
        " NULL AND (?3 IS NULL OR json_extract(t.sections, '$.head.survey') ="
        " ?3) ORDER BY r.lseq, r.record",
        -1, &row, NULL);
    if (code != SQLITE_OK) return ERR_SYSTEM;
    (void)sqlite3_bind_text(row, 1, type, -1, SQLITE_STATIC);
    (void)sqlite3_bind_blob(row, 2, school->b, sizeof(school->b), SQLITE_STATIC);
    if (survey != NULL) (void)sqlite3_bind_text(row, 3, survey, -1, SQLITE_STATIC);
    while ((code = sqlite3_step(row)) == SQLITE_ROW) {
        json_t *sections = json_loads((const char *)sqlite3_column_text(row, 0), 0, NULL);
        if (sections != NULL) CHECK(json_array_append_new(out, sections) == 0);
    }
    (void)sqlite3_finalize(row);
    return code == SQLITE_DONE ? ERR_OK : ERR_IO;
}

static const char *round_of(const json_t *sections)
{
    const char *round = json_string_value(schema_get(sections, "head.round"));
    return round == NULL ? "" : round;
}

static bool holds(const json_t *list, const char *text)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (strcmp(json_string_value(entry), text) == 0) return true;
    }
    return false;
}

/* Takes all; keeps those of the round that is asked for, or of the one that came last. */
static void choose_round(struct answers *answers, json_t *all, const char *round)
{
    size_t i;
    json_t *sections;
    answers->list = json_array();
    answers->rounds = json_array();
    json_array_foreach(all, i, sections)
    {
        if (!holds(answers->rounds, round_of(sections))) {
            json_array_append_new(answers->rounds, json_string(round_of(sections)));
        }
    }
    size_t n = json_array_size(all);
    answers->round = round != NULL ? round : n > 0 ? round_of(json_array_get(all, n - 1)) : "";
    json_array_foreach(all, i, sections)
    {
        if (strcmp(round_of(sections), answers->round) == 0) {
            json_array_append(answers->list, sections);
        }
    }
    size_t given = json_array_size(answers->list);
    answers->shown = given - given % TALLY_STEP;
    if (answers->shown < answers->least) answers->shown = 0;
}

static void answers_fini(struct answers *answers)
{
    json_decref(answers->list);
    json_decref(answers->rounds);
}

/* --- counting --- */

static void count(struct line *line, const json_t *value)
{
    int64_t at = (int64_t)json_number_value(value) - line->low;
    if (json_is_number(value) && at >= 0 && at < (int64_t)line->n) line->counts[at]++;
}

/* The middle of what was given, in halves; NULL when nothing was. */
static json_t *middle(const struct line *line)
{
    size_t all = 0, seen = 0;
    int64_t twice = 0;
    for (size_t i = 0; i < line->n; i++)
        all += line->counts[i];
    if (all == 0) return json_null();
    /* The places (all - 1) / 2 and all / 2, counted from 0, and their mean. */
    for (size_t i = 0; i < line->n; i++) {
        size_t before = seen;
        seen += line->counts[i];
        if (before <= (all - 1) / 2 && (all - 1) / 2 < seen) twice += line->low + (int64_t)i;
        if (before <= all / 2 && all / 2 < seen) twice += line->low + (int64_t)i;
    }
    return twice % 2 == 0 ? json_integer(twice / 2) : json_real((double)twice / 2);
}

static json_t *line_json(const struct line *line, const char *of, const char *label)
{
    json_t *counts = json_array();
    for (size_t i = 0; i < line->n; i++)
        json_array_append_new(counts, json_integer((json_int_t)line->counts[i]));
    return json_pack("{s:s, s:s, s:n, s:n, s:n, s:o, s:I, s:o}", "of", of, "label", label,
                     "side", "low", "high", "counts", counts, "dont_know",
                     (json_int_t)line->dont_know, "middle", middle(line));
}

static enum err put(struct view_reader *reader, const struct answers *answers, json_t *tally,
                    struct buf *out)
{
    json_object_set_new(tally, "round",
                        *answers->round == '\0' ? json_null() : json_string(answers->round));
    json_object_set(tally, "rounds", answers->rounds);
    json_object_set_new(tally, "given",
                        json_integer((json_int_t)json_array_size(answers->list)));
    json_object_set_new(tally, "answers", json_integer((json_int_t)answers->shown));
    json_object_set_new(tally, "least", json_integer((json_int_t)answers->least));
    json_object_set_new(tally, "applied",
                        json_integer((json_int_t)view_reader_applied(reader)));
    char *text = json_dumps(tally, JSON_COMPACT);
    buf_put_str(out, text);
    free(text);
    json_decref(tally);
    return ERR_OK;
}

/* --- a survey --- */

static void count_answer(struct line *line, const json_t *sections, const char *statement)
{
    size_t i;
    json_t *item;
    json_array_foreach(schema_get(sections, "answers.list"), i, item)
    {
        if (strcmp(ijson_str(item, "id"), statement) != 0) continue;
        if (json_is_true(json_object_get(item, "dont_know")))
            line->dont_know++;
        else
            count(line, json_object_get(item, "answer"));
    }
}

static json_t *survey_lines(const json_t *survey, const struct answers *answers)
{
    json_t *lines = json_array(), *statement;
    size_t labels = json_array_size(schema_get(survey, "scale.labels")), i;
    json_array_foreach(schema_get(survey, "form.statements"), i, statement)
    {
        struct line line = {.low = 1,
                            .n = labels < TALLY_VALUES_MAX ? labels : TALLY_VALUES_MAX};
        const char *id = ijson_str(statement, "id");
        for (size_t a = 0; a < answers->shown; a++)
            count_answer(&line, json_array_get(answers->list, a), id);
        json_array_append_new(lines, line_json(&line, id, ijson_str(statement, "text")));
    }
    return lines;
}

/* The survey's sections; owned by the caller. */
static enum err load_survey(struct view_reader *reader, const char *id, char ref[],
                            json_t **sections, struct buf *out)
{
    struct query_key key;
    struct buf text = {0};
    enum err err = query_record(reader, id, false, 0, &text);
    if (err == ERR_OK) err = query_resolve(reader, id, &key);
    json_t *record =
        err == ERR_OK ? json_loadb((const char *)text.data, text.len, 0, NULL) : NULL;
    if (err == ERR_INVALID) buf_put(out, text.data, text.len);
    buf_fini(&text);
    if (err == ERR_OK && strcmp(ijson_str(record, "type"), "survey") != 0) {
        buf_put_str(out, "{\"error\":\"that record is no survey\"}");
        err = ERR_INVALID;
    }
    if (err == ERR_OK) {
        revision_ref(ref, &key.owner, &key.record);
        *sections = json_incref(json_object_get(record, "sections"));
    }
    json_decref(record);
    return err;
}

enum err tally_survey(struct view_reader *reader, const char *id, const char *round,
                      struct buf *out)
{
    char ref[REVISION_REF_CHARS + 1];
    json_t *survey = NULL, *all = json_array();
    enum err err = load_survey(reader, id, ref, &survey, out);
    if (err == ERR_OK) err = read_all(reader, "survey_response", ref, all);
    if (err == ERR_OK) {
        json_int_t least = json_integer_value(schema_get(survey, "head.least"));
        struct answers answers = {.least = least < TALLY_LEAST ? TALLY_LEAST : (size_t)least};
        choose_round(&answers, all, round);
        const json_t *labels = schema_get(survey, "scale.labels");
        const char *title = json_string_value(schema_get(survey, "head.title"));
        json_t *tally =
            json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "title", title == NULL ? "" : title,
                      "survey", ref, "kind", "survey", "type", "survey_response", "labels",
                      labels == NULL ? json_array() : json_deep_copy(labels), "lines",
                      survey_lines(survey, &answers));
        err = put(reader, &answers, tally, out);
        answers_fini(&answers);
    }
    json_decref(all);
    json_decref(survey);
    return err;
}

/* --- ratings between poles --- */

static json_t *pole_line(const struct schema *schema, const struct schema_field *field,
                         const struct answers *answers)
{
    json_int_t low = json_integer_value(json_object_get(field->json, "minimum"));
    json_int_t high = json_integer_value(json_object_get(field->json, "maximum"));
    size_t n = high < low ? 0 : (size_t)(high - low) + 1;
    struct line line = {.low = low, .n = n < TALLY_VALUES_MAX ? n : TALLY_VALUES_MAX};
    for (size_t a = 0; a < answers->shown; a++)
        count(&line, schema_get(json_array_get(answers->list, a), field->path));
    const struct schema_section *section = schema_section(schema, field->section);
    json_t *out = line_json(&line, field->section, section->label);
    json_object_set_new(out, "side", json_string(field->name));
    json_object_set_new(out, "low", json_string(field->poles[0]));
    json_object_set_new(out, "high", json_string(field->poles[1]));
    return out;
}

enum err tally_poles(struct view_reader *reader, const struct schema *schema, const char *round,
                     struct buf *out)
{
    json_t *all = json_array(), *lines = json_array();
    struct answers answers = {.least = TALLY_LEAST};
    const struct schema_field *field;
    enum err err = read_all(reader, schema->type, NULL, all);
    if (err == ERR_OK) {
        choose_round(&answers, all, round);
        for (size_t at = 0; (field = schema_next(schema, &at)) != NULL;) {
            if (field->poles[0] == NULL) continue;
            json_array_append_new(lines, pole_line(schema, field, &answers));
        }
        json_t *tally =
            json_pack("{s:s, s:n, s:s, s:s, s:[], s:O}", "title", schema->plural, "survey",
                      "kind", "poles", "type", schema->type, "labels", "lines", lines);
        err = put(reader, &answers, tally, out);
        answers_fini(&answers);
    }
    json_decref(lines);
    json_decref(all);
    return err;
}
