#include "daemon/api/reshape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/base/check.h"
#include "proto/base/csv.h"
#include "proto/base/text.h"

static json_t *take(struct buf *text)
{
    json_t *json = json_loadb((const char *)text->data, text->len, 0, NULL);

    CHECK(json_is_object(json)); /* the view writes JSON */
    text->len = 0;
    return json;
}

/* Takes the reference. */
static void give(struct buf *text, json_t *json)
{
    char *out = json_dumps(json, JSON_COMPACT);

    buf_put_str(text, out);
    free(out);
    json_decref(json);
}

static const char *str(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text == NULL ? "" : text;
}

static json_t *items_with(json_t *items, const json_t *from)
{
    json_t *out = json_pack("{s:o, s:n}", "items", items, "next");

    json_object_set(out, "applied", json_object_get(from, "applied"));
    return out;
}

static bool is_owner(const json_t *owner, const char *wanted)
{
    size_t n = strlen(wanted);

    if (strcmp(wanted, "me") == 0) return json_is_true(json_object_get(owner, "mine"));
    if (strcmp(str(owner, "name"), wanted) == 0) return true;
    return n >= 4 && strncasecmp(str(owner, "id"), wanted, n) == 0;
}

/* The first member's name becomes "items"; the list itself is not looked at. */
void reshape_list(struct buf *text)
{
    const uint8_t *colon = memchr(text->data, ':', text->len);
    struct buf out = {0};

    CHECK(colon != NULL);
    buf_put_str(&out, "{\"items\"");
    buf_put(&out, colon, text->len - (size_t)(colon - text->data));
    buf_fini(text);
    *text = out;
}

void reshape_records(struct buf *text, size_t offset, size_t limit)
{
    static const char more[] = ",\"more\":";
    uint8_t *at = NULL;
    struct buf tail = {0};
    char next[21];
    size_t n;

    reshape_list(text);
    /* The last one: inside a text its quotes would be escaped. */
    for (size_t i = text->len - sizeof(more); i > 0 && at == NULL; i--) {
        if (memcmp(text->data + i, more, sizeof(more) - 1) == 0) at = text->data + i;
    }
    CHECK(at != NULL);
    n = (size_t)(at - text->data) + sizeof(more) - 1;
    if (text->data[n] == 't') {
        buf_put_str(&tail, ",\"next\":\"");
        buf_put_str(&tail, text_decimal(next, offset + limit));
        buf_put_str(&tail, "\"");
    } else {
        buf_put_str(&tail, ",\"next\":null");
    }
    n += strcspn((const char *)text->data + n, ",}");
    buf_put(&tail, text->data + n, text->len - n);
    text->len = (size_t)(at - text->data);
    buf_put(text, tail.data, tail.len);
    buf_fini(&tail);
}

void reshape_search(struct buf *text, const char *owner, size_t offset, size_t limit)
{
    json_t *json = take(text);
    json_t *items = json_array(), *item, *out;
    size_t i, seen = 0;
    char next[21];

    json_array_foreach(json_object_get(json, "found"), i, item)
    {
        json_t *snippet;

        if (owner != NULL && !is_owner(json_object_get(item, "owner"), owner)) continue;
        if (seen++ < offset || seen > offset + limit) continue;
        snippet = json_incref(json_object_get(item, "snippet"));
        json_object_del(item, "snippet");
        json_array_append_new(items,
                              json_pack("{s:O, s:o}", "record", item, "snippet", snippet));
    }
    out = items_with(items, json);
    if (seen > offset + limit) {
        json_object_set_new(out, "next", json_string(text_decimal(next, offset + limit)));
    }
    give(text, out);
    json_decref(json);
}

static void cut(json_t *items, size_t limit)
{
    while (json_array_size(items) > limit)
        json_array_remove(items, json_array_size(items) - 1);
}

void reshape_history(struct buf *text, size_t limit)
{
    json_t *json = take(text);
    json_t *items = json_array(), *entry;
    size_t i;

    json_array_foreach(json_object_get(json, "history"), i, entry)
    {
        const char *standing = str(entry, "standing");

        json_object_set(entry, "audience", json_object_get(entry, "space"));
        json_object_del(entry, "space");
        json_object_set_new(entry, "effective",
                            json_boolean(strcmp(standing, "in effect") == 0));
        json_object_set_new(entry, "erased", json_boolean(strcmp(standing, "erased") == 0));
        json_array_insert(items, 0, entry);
    }
    cut(items, limit);
    give(text, items_with(items, json));
    json_decref(json);
}

void reshape_feedback(struct buf *text, size_t limit)
{
    static const char *const fields[] = {"kind", "text", "edit", "answers", "our_cycle"};
    json_t *json = take(text);
    json_t *items = json_array(), *entry;
    size_t i;

    json_array_foreach(json_object_get(json, "feedback"), i, entry)
    {
        json_t *head = json_object();

        for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++) {
            json_t *value = json_object_get(entry, fields[j]);

            if (value != NULL && !json_is_null(value)) json_object_set(head, fields[j], value);
        }
        json_object_set_new(entry, "type", json_string("feedback"));
        json_object_set(entry, "state", json_object_get(entry, "kind"));
        json_object_set_new(entry, "sections", json_pack("{s:o}", "head", head));
        json_object_set_new(entry, "derived",
                            json_pack("{s:O}", "open", json_object_get(entry, "open")));
        json_array_append(items, entry);
    }
    cut(items, limit);
    give(text, items_with(items, json));
    json_decref(json);
}

/* --------------------------------------------------------------------------------- reports */

/* A share of one, as percent with one decimal; null stays null. */
static json_t *cell_of(const json_t *value, bool share)
{
    if (!share || !json_is_number(value)) return json_incref((json_t *)(uintptr_t)value);
    return json_real((double)(long long)(json_number_value(value) * 1000 + 0.5) / 10);
}

static json_t *report_of(const json_t *from)
{
    const json_t *columns = json_object_get(from, "columns");
    json_t *out = json_object(), *shape = json_array(), *rows = json_array();
    json_t *column, *row, *notes = json_array();
    size_t i, j;

    json_array_foreach((json_t *)(uintptr_t)columns, i, column)
    {
        bool share = strcmp(str(column, "kind"), "share") == 0;

        json_array_append_new(shape, json_pack("{s:s, s:s, s:s}", "key", str(column, "name"),
                                               "label", str(column, "label"), "kind",
                                               share ? "percent" : str(column, "kind")));
    }
    json_array_foreach(json_object_get(from, "rows"), i, row)
    {
        json_t *object = json_object();

        json_array_foreach((json_t *)(uintptr_t)columns, j, column)
        {
            json_t *value = json_array_get(row, j);

            if (value == NULL) continue;
            json_object_set_new(object, str(column, "name"),
                                cell_of(value, strcmp(str(column, "kind"), "share") == 0));
        }
        json_array_append_new(rows, object);
    }
    if (str(from, "meaning")[0] != '\0') {
        json_array_append_new(notes, json_string(str(from, "meaning")));
    }
    json_object_set(out, "report", json_object_get(from, "name"));
    json_object_set(out, "title", json_object_get(from, "title"));
    json_object_set_new(out, "columns", shape);
    json_object_set_new(out, "rows", rows);
    json_object_set_new(out, "notes", notes);
    if (json_object_get(from, "totals") != NULL) {
        json_object_set(out, "totals", json_object_get(from, "totals"));
    }
    static const char *const as_is[] = {"schools", "from", "to", "group", "more"};

    for (size_t k = 0; k < sizeof(as_is) / sizeof(as_is[0]); k++) {
        json_t *value = json_object_get(from, as_is[k]);

        if (value != NULL) json_object_set(out, as_is[k], value);
    }
    return out;
}

static void put_field(struct buf *out, bool first, const json_t *value)
{
    char number[64];

    if (json_is_integer(value)) {
        (void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
        csv_put_number(out, first, number);
    } else if (json_is_real(value)) {
        (void)snprintf(number, sizeof(number), "%.1f", json_real_value(value));
        csv_put_number(out, first, number);
    } else {
        csv_put_text(out, first, json_is_string(value) ? json_string_value(value) : "");
    }
}

void reshape_report_csv(struct buf *text)
{
    json_t *json = take(text), *report = report_of(json);
    const json_t *columns = json_object_get(report, "columns");
    json_t *column, *row;
    size_t i, j;

    text->len = 0;
    json_array_foreach((json_t *)(uintptr_t)columns, i, column)
    {
        char label[128];

        (void)snprintf(label, sizeof(label), "%s%s", str(column, "label"),
                       strcmp(str(column, "kind"), "percent") == 0 ? " %" : "");
        csv_put_text(text, i == 0, label);
    }
    csv_put_end(text);
    json_array_foreach(json_object_get(report, "rows"), i, row)
    {
        json_array_foreach((json_t *)(uintptr_t)columns, j, column)
        {
            put_field(text, j == 0, json_object_get(row, str(column, "key")));
        }
        csv_put_end(text);
    }
    json_decref(report);
    json_decref(json);
}

void reshape_report(struct buf *text, json_t *heard)
{
    json_t *json = take(text);
    const json_t *reports = json_object_get(json, "reports");
    json_t *out, *report;
    size_t i;

    if (reports == NULL) {
        out = report_of(json);
    } else {
        json_t *list = json_array();

        json_array_foreach((json_t *)(uintptr_t)reports, i, report)
        {
            json_array_append_new(list, report_of(report));
        }
        out = json_pack("{s:s, s:o}", "report", "summary", "reports", list);
    }
    if (heard != NULL) json_object_set(out, "heard", heard);
    json_object_set(out, "applied", json_object_get(json, "applied"));
    give(text, out);
    json_decref(json);
}

/* ------------------------------------------------------------------------------------ feed */

/* Feedback is news about its target: that is the record, the feedback's words are the text. */
static void point_at_target(json_t *line)
{
    json_t *target = json_object_get(line, "target");
    json_t *feedback = json_object_get(line, "record");

    json_object_set(line, "text", json_object_get(feedback, "title"));
    json_object_set(line, "feedback", json_object_get(feedback, "id"));
    json_object_set(line, "kind", json_object_get(feedback, "state"));
    if (!json_is_object(target)) return; /* it is not readable here */
    json_object_set_new(target, "short", json_sprintf("%.6s", str(target, "id")));
    json_object_set(line, "record", target);
}

/* In people's words: new, edited, feedback, decided. */
static const char *what_of(const json_t *line, const json_t *record)
{
    size_t i;
    json_t *section;

    if (strcmp(str(record, "type"), "feedback") == 0) return "feedback";
    json_array_foreach(json_object_get(line, "sections"), i, section)
    {
        const char *name = json_string_value(section);

        if (name != NULL && strcmp(name, "act") == 0) return "decided";
    }
    return strcmp(str(line, "what"), "new") == 0 ? "new" : "edited";
}

bool reshape_feed_page(struct buf *text, const struct reshape_feed *feed, json_t *items,
                       uint64_t *before, bool *more, json_t **applied)
{
    json_t *json = take(text);
    json_t *line;
    size_t i;

    *more = json_is_true(json_object_get(json, "more"));
    json_array_foreach(json_object_get(json, "feed"), i, line)
    {
        json_t *record = json_object_get(line, "record");
        const json_t *owner = json_object_get(record, "owner");

        if (json_array_size(items) >= feed->limit) {
            *more = true;
            break;
        }
        *before = strtoull(str(line, "lseq"), NULL, 10);
        if (feed->type != NULL && strcmp(str(record, "type"), feed->type) != 0) continue;
        if (feed->others && json_is_true(json_object_get(owner, "mine"))) continue;
        if (feed->owner != NULL && !is_owner(owner, feed->owner)) continue;
        json_object_set_new(line, "what", json_string(what_of(line, record)));
        json_object_set(line, "by", json_object_get(record, "owner"));
        json_object_set(line, "text", json_object_get(record, "summary"));
        if (strcmp(str(record, "type"), "feedback") == 0) point_at_target(line);
        json_object_del(line, "target");
        json_array_append(items, line);
    }
    json_decref(*applied);
    *applied = json_incref(json_object_get(json, "applied"));
    json_decref(json);
    return *more && json_array_size(items) < feed->limit;
}
