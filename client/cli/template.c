#include "client/cli/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/fields.h"
#include "proto/record/ijson.h"

/* --- writing --- */

static void put_comment(struct buf *out, const char *text)
{
    if (text[0] == '\0') return;
    buf_put_str(out, "# ");
    for (; *text != '\0'; text++) {
        buf_put_u8(out, (uint8_t)*text);
        if (*text == '\n') buf_put_str(out, "# ");
    }
    buf_put_u8(out, '\n');
}

static void put_choices(struct buf *out, const struct schema_field *field, const char *before)
{
    if (field->n_choices == 0) return;
    buf_put_str(out, "# ");
    buf_put_str(out, before);
    for (size_t i = 0; i < field->n_choices; i++) {
        if (i > 0) buf_put_str(out, ", ");
        buf_put_str(out, field->choices[i]);
    }
    buf_put_u8(out, '\n');
}

static char *text_of(const json_t *value)
{
    if (json_is_string(value)) return mem_strdup(json_string_value(value));
    if (json_is_boolean(value)) return mem_strdup(json_is_true(value) ? "yes" : "no");
    if (value == NULL || json_is_null(value)) return mem_strdup("");
    return ijson_text(value);
}

/* Text lines, each guarded against being read as something else. */
static void put_text(struct buf *out, const json_t *value)
{
    char *text = text_of(value);
    bool start = true;
    for (const char *p = text; *p != '\0'; p++) {
        if (start && strchr("#[\\", *p) != NULL) buf_put_u8(out, '\\');
        buf_put_u8(out, (uint8_t)*p);
        start = *p == '\n';
    }
    if (text[0] != '\0') buf_put_u8(out, '\n');
    free(text);
}

/* "key: value", its further lines four blanks deeper than the key. */
static void put_member(struct buf *out, const char *key, const json_t *value, bool first)
{
    char *text = text_of(value);
    buf_put_str(out, first ? "- " : "  ");
    buf_put_str(out, key);
    buf_put_u8(out, ':');
    if (text[0] != '\0') buf_put_u8(out, ' ');
    for (const char *p = text; *p != '\0'; p++) {
        buf_put_u8(out, (uint8_t)*p);
        if (*p == '\n') buf_put_str(out, "      ");
    }
    buf_put_u8(out, '\n');
    free(text);
}

static void put_item(struct buf *out, const struct schema_field *list, const json_t *item)
{
    bool first = true;
    for (size_t i = 0; i < list->n_items; i++) {
        const struct schema_field *field = &list->items[i];
        if (field->hidden) continue;
        const json_t *value = json_object_get(item, field->name);
        size_t n = json_is_array(value) ? json_array_size(value) : 1;
        for (size_t k = 0; k == 0 || k < n; k++) { /* of a list, a line for each */
            put_member(out, field->name,
                       json_is_array(value) ? json_array_get(value, k) : value, first);
            first = false;
        }
    }
    const json_t *id = json_object_get(item, "id");
    if (id != NULL) put_member(out, "id", id, false);
}

static void put_entries(struct buf *out, const json_t *list)
{
    json_t *entry;
    size_t i;
    json_array_foreach(list, i, entry)
    {
        char *text = text_of(entry);
        buf_put_str(out, "- ");
        for (const char *p = text; *p != '\0'; p++) {
            buf_put_u8(out, (uint8_t)*p);
            if (*p == '\n') buf_put_str(out, "    ");
        }
        buf_put_u8(out, '\n');
        free(text);
    }
}

/* Lists of lists and free objects have no form as text: they are left to `--from`. */
static bool has_form(const struct schema_field *field)
{
    if (field->hidden || field->flag == NULL) return false;
    return field->kind != SCHEMA_OBJECT && field->kind != SCHEMA_ANY &&
           (field->item_kind != SCHEMA_OBJECT || field->n_items > 0) &&
           field->item_kind != SCHEMA_LIST;
}

static void put_field(struct buf *out, const struct schema_field *field, const json_t *value)
{
    json_t *item;
    size_t i;
    buf_put_str(out, "\n[");
    buf_put_str(out, field->path);
    buf_put_str(out, "] ");
    buf_put_str(out, field->prompt);
    if (field->required) buf_put_str(out, " (needed)");
    buf_put_u8(out, '\n');
    put_comment(out, field->help);
    put_choices(out, field, field->list ? "any of: " : "one of: ");
    if (!field->list) {
        if (field->input == SCHEMA_INPUT_DATE) put_comment(out, "a date: 2026-03-01");
        if (field->input == SCHEMA_INPUT_REF)
            put_comment(out, "the first digits of its id, or words of its title");
        if (field->kind == SCHEMA_BOOLEAN) put_comment(out, "yes or no");
        put_text(out, value);
    } else if (field->n_items == 0) {
        put_comment(out, "one a line, each after a hyphen");
        put_entries(out, value);
    } else {
        for (i = 0; i < field->n_items; i++) {
            char before[120];
            snprintf(before, sizeof(before),
                     field->items[i].list ? "%s, a line each: " : "%s: ", field->items[i].name);
            put_choices(out, &field->items[i], before);
        }
        json_array_foreach(value, i, item) put_item(out, field, item);
        put_comment(out, "one more:");
        put_item(out, field, NULL);
    }
}

void template_write(struct buf *out, const struct schema *schema, const char *sections,
                    const json_t *values)
{
    buf_put_str(out, "# ");
    buf_put_str(out, schema->label);
    buf_put_str(out, ". ");
    buf_put_str(out, schema->help);
    buf_put_str(out,
                "\n# Write under the headings; what stays empty is left out. Lines that begin"
                " with # are not kept.\n");
    for (size_t s = 0; s < schema->n_sections; s++) {
        const struct schema_section *section = &schema->sections[s];
        const json_t *have = json_object_get(values, section->name);
        if (!fields_has_section(section, sections)) continue;
        buf_put_str(out, "\n# ---- ");
        buf_put_str(out, section->label);
        buf_put_str(out, " ----\n");
        put_comment(out, section->help);
        for (size_t f = 0; f < section->n_fields; f++) {
            const struct schema_field *field = &section->fields[f];
            if (has_form(field)) put_field(out, field, json_object_get(have, field->name));
        }
    }
}

/* --- reading --- */

struct reader {
    const struct schema *schema;
    const struct schema_field *field;  /* under whose heading we are */
    const struct schema_field *member; /* of the item we are in */
    bool member_is_id;
    bool open;       /* a value is being read */
    unsigned line;   /* where we are */
    unsigned begun;  /* where the open value began */
    struct buf text; /* the open value */
    json_t *item;    /* the item we are in: borrowed from its list */
    json_t *sections;
    struct template_problem *problem;
};

static enum err problem(struct reader *r, unsigned line, const char *before, const char *text)
{
    r->problem->line = line;
    snprintf(r->problem->text, sizeof(r->problem->text), "line %u, %s%s%s", line, before,
             before[0] == '\0' ? "" : ": ", text);
    return ERR_INVALID;
}

static json_t *member_of(json_t *object, const char *name, json_t *fresh)
{
    json_t *have = json_object_get(object, name);
    if (have != NULL) {
        json_decref(fresh);
        return have;
    }
    json_object_set_new(object, name, fresh);
    return fresh;
}

static json_t *list_of(struct reader *r)
{
    json_t *section = member_of(r->sections, r->field->section, json_object());
    return member_of(section, r->field->name, json_array());
}

/* The open value is at its end: trimmed, judged, put in its place. */
static enum err end_value(struct reader *r)
{
    if (!r->open) return ERR_OK;
    struct schema_problem why;
    r->open = false;
    const struct schema_field *field = r->item != NULL ? r->member : r->field;
    while (r->text.len > 0 && strchr(" \t\r\n", r->text.data[r->text.len - 1]) != NULL) {
        r->text.len--;
    }
    buf_put_u8(&r->text, 0);
    const char *text = (const char *)r->text.data;
    text += strspn(text, " \t\n");
    json_t *value = NULL;
    if (text[0] == '\0') {
        r->text.len = 0;
        return ERR_OK;
    }
    if (r->member_is_id && r->item != NULL) {
        value = json_string(text);
    } else if (field->input == SCHEMA_INPUT_REF) {
        value = json_string(text); /* looked up by who reads the answer */
    } else if (schema_parse(field, text, &value, &why) != ERR_OK) {
        r->text.len = 0;
        return problem(r, r->begun, field->label, why.text);
    }
    if (value == NULL) {
        r->text.len = 0;
        return problem(r, r->begun, field->label, "this is not text that can be kept");
    }
    r->text.len = 0;
    if (r->item != NULL && !r->member_is_id && r->member->list) {
        json_array_append_new(member_of(r->item, r->member->name, json_array()), value);
    } else if (r->item != NULL) {
        json_object_set_new(r->item, r->member_is_id ? "id" : r->member->name, value);
    } else if (r->field->list) {
        json_array_append_new(list_of(r), value);
    } else {
        json_t *section = member_of(r->sections, r->field->section, json_object());
        json_object_set_new(section, r->field->name, value);
    }
    return ERR_OK;
}

static enum err heading(struct reader *r, const char *line, size_t n)
{
    const char *end = memchr(line, ']', n);
    char path[160];
    snprintf(path, sizeof(path), "%.*s", end == NULL ? 0 : (int)(end - line - 1), line + 1);
    r->field = schema_field(r->schema, path);
    r->item = NULL;
    if (r->field == NULL || r->field->hidden) {
        return problem(
            r, r->line, "",
            "this heading is not one of the form's; begin the line with \\ if it is text");
    }
    if (!r->field->list) {
        r->open = true;
        r->begun = r->line + 1;
    }
    return ERR_OK;
}

/* "key: value" of an item, behind its "- " or blanks. */
static enum err member(struct reader *r, const char *text, size_t n)
{
    const char *colon = memchr(text, ':', n);
    size_t name_n = colon == NULL ? n : (size_t)(colon - text);
    enum err err = end_value(r);
    if (err != ERR_OK) return err;
    r->member = NULL;
    r->member_is_id = colon != NULL && name_n == 2 && memcmp(text, "id", 2) == 0;
    for (size_t i = 0; i < r->field->n_items && colon != NULL; i++) {
        const char *name = r->field->items[i].name;
        if (strlen(name) == name_n && memcmp(name, text, name_n) == 0) {
            r->member = &r->field->items[i];
        }
    }
    if (r->member == NULL && !r->member_is_id) {
        return problem(
            r, r->line, r->field->label,
            "an item is written as \"- name: text\", with the names that the form has; "
            "a text goes on under itself, six blanks in");
    }
    r->open = true;
    r->begun = r->line;
    const char *value = colon + 1;
    size_t left = n - name_n - 1;
    if (left > 0 && *value == ' ') value++, left--;
    buf_put(&r->text, value, left);
    return ERR_OK;
}

static size_t indent_of(const char *line, size_t n)
{
    size_t i = 0;
    while (i < n && line[i] == ' ')
        i++;
    return i;
}

/* A line of a list: "- …" begins, deeper lines go on. */
static enum err list_line(struct reader *r, const char *line, size_t n)
{
    bool objects = r->field->n_items > 0, begins = n >= 1 && line[0] == '-';
    size_t indent = indent_of(line, n), deep = objects ? 6 : 4;
    if (indent == n || (r->open && indent >= deep)) { /* blank, or a value's further line */
        if (!r->open) return ERR_OK;
        buf_put_u8(&r->text, '\n');
        if (indent < n) buf_put(&r->text, line + deep, n - deep);
        return ERR_OK;
    }
    if (begins) {
        size_t skip = n > 1 && line[1] == ' ' ? 2 : 1;
        enum err err = end_value(r);
        if (err != ERR_OK) return err;
        r->item = NULL;
        if (objects) {
            r->item = json_object();
            json_array_append_new(list_of(r), r->item);
            return member(r, line + skip, n - skip);
        }
        r->open = true;
        r->begun = r->line;
        buf_put(&r->text, line + skip, n - skip);
        return ERR_OK;
    }
    if (objects && r->item != NULL && indent > 0) return member(r, line + indent, n - indent);
    return problem(r, r->line, r->field->label, "begin each line of a list with \"- \"");
}

static enum err read_line(struct reader *r, const char *line, size_t n)
{
    if (n > 0 && line[n - 1] == '\r') n--;
    if (n > 0 && line[0] == '#') return ERR_OK;
    if (n > 0 && line[0] == '[') {
        enum err err = end_value(r);
        return err != ERR_OK ? err : heading(r, line, n);
    }
    if (r->field == NULL) {
        if (indent_of(line, n) == n) return ERR_OK;
        return problem(r, r->line, "", "write under one of the headings");
    }
    if (r->field->list) return list_line(r, line, n);
    if (n > 0 && line[0] == '\\') line++, n--;
    buf_put(&r->text, line, n);
    buf_put_u8(&r->text, '\n');
    return ERR_OK;
}

/* Items in which nothing was written, and lists and sections that this leaves empty. */
static void drop_empty(json_t *sections)
{
    const char *name, *key;
    void *next, *next_key;
    json_t *section, *value;
    json_object_foreach_safe(sections, next, name, section)
    {
        json_object_foreach_safe(section, next_key, key, value)
        {
            for (size_t i = json_array_size(value); i-- > 0;) {
                json_t *item = json_array_get(value, i);
                size_t n = json_object_size(item) - (json_object_get(item, "id") != NULL);
                if (json_is_object(item) && n == 0) json_array_remove(value, i);
            }
            if (json_is_array(value) && json_array_size(value) == 0) {
                json_object_del(section, key);
            }
        }
        if (json_object_size(section) == 0) json_object_del(sections, name);
    }
}

enum err template_read(const struct schema *schema, struct slice text, json_t **out,
                       struct template_problem *problem_out)
{
    struct reader r = {.schema = schema, .sections = json_object(), .problem = problem_out};
    const char *p = (const char *)text.p;
    size_t left = text.n;
    enum err err = ERR_OK;
    while (left > 0 && err == ERR_OK) {
        const char *feed = memchr(p, '\n', left);
        size_t n = feed == NULL ? left : (size_t)(feed - p);
        r.line++;
        err = read_line(&r, p, n);
        n += feed != NULL;
        p += n;
        left -= n;
    }
    if (err == ERR_OK) err = end_value(&r);
    buf_fini(&r.text);
    if (err != ERR_OK) {
        json_decref(r.sections);
        return err;
    }
    drop_empty(r.sections);
    *out = r.sections;
    return ERR_OK;
}

/* --- what changed --- */

static json_t *item_by_id(const json_t *list, const json_t *id)
{
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (id != NULL && json_equal(json_object_get(item, "id"), id)) return item;
    }
    return NULL;
}

/* An item as it is to be: what the record's holds beyond the form, with the form laid over. */
static json_t *whole_item(const struct schema_field *list, const json_t *had, const json_t *now)
{
    json_t *item = had == NULL ? json_object() : json_deep_copy(had);
    for (size_t i = 0; i < list->n_items; i++) {
        const char *name = list->items[i].name;
        json_t *value = json_object_get(now, name);
        if (value != NULL) {
            json_object_set(item, name, value);
        } else if (!list->items[i].hidden) {
            json_object_del(item, name);
        }
    }
    if (json_object_get(now, "id") != NULL) {
        json_object_set(item, "id", json_object_get(now, "id"));
    }
    return item;
}

static json_t *item_changes(const struct schema_field *list, const json_t *record,
                            const json_t *before, const json_t *after)
{
    json_t *out = json_array(), *item;
    size_t i;
    json_array_foreach(after, i, item)
    {
        const json_t *id = json_object_get(item, "id");
        const json_t *was = item_by_id(before, id);
        if (was != NULL && json_equal(was, item)) continue;
        json_array_append_new(out, whole_item(list, item_by_id(record, id), item));
    }
    json_array_foreach(before, i, item)
    {
        const json_t *id = json_object_get(item, "id");
        if (id == NULL || item_by_id(after, id) != NULL) continue;
        json_array_append_new(out, json_pack("{s:O, s:b}", "id", id, "deleted", 1));
    }
    return out;
}

json_t *template_changes(const struct schema *schema, const json_t *record,
                         const json_t *before, const json_t *after)
{
    json_t *out = json_object();
    const struct schema_field *field;
    for (size_t at = 0; (field = schema_next(schema, &at)) != NULL;) {
        const json_t *had = schema_get(before, field->path);
        json_t *now = json_object_get(json_object_get(after, field->section), field->name);
        if (had == now || json_equal(had, now)) continue;
        json_t *section = member_of(out, field->section, json_object());
        if (field->merge_items && field->n_items > 0) {
            const json_t *full = schema_get(record, field->path);
            json_object_set_new(section, field->name, item_changes(field, full, had, now));
        } else {
            json_object_set_new(section, field->name,
                                now == NULL ? json_null() : json_incref(now));
        }
    }
    return out;
}
