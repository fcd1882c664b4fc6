#include <string.h>

#include "proto/base/text.h"
#include "proto/record/date.h"
#include "proto/record/ijson.h"
#include "proto/record/revision.h"
#include "proto/record/schema.h"

/* A walk through a document: where it is, and the complaint when there is one. */
struct walk {
    enum schema_extent extent;
    struct schema_problem *problem;
    struct buf path;
};

/* --- complaints --- */

static void fit(char *out, size_t size, struct slice text)
{
    size_t n = text.n < size - 1 ? text.n : size - 1;
    /* Do not cut a character in two. */
    while (n > 0 && n < text.n && (text.p[n] & 0xc0) == 0x80)
        n--;
    if (n > 0) memcpy(out, text.p, n);
    out[n] = '\0';
}

/* Says `a`, the JSON of `value` when there is one, and `b`. Returns false. */
static bool refuse(struct walk *walk, const char *a, const json_t *value, const char *b)
{
    struct buf text = {0};
    buf_put_str(&text, a);
    if (value != NULL) ijson_dump(&text, value);
    buf_put_str(&text, b);
    fit(walk->problem->path, sizeof(walk->problem->path), buf_slice(&walk->path));
    fit(walk->problem->text, sizeof(walk->problem->text), buf_slice(&text));
    buf_fini(&text);
    return false;
}

static bool refuse_count(struct walk *walk, const char *a, const json_t *bound, const char *b,
                         size_t count)
{
    char number[21];
    struct buf tail = {0};
    buf_put_str(&tail, b);
    buf_put_str(&tail, text_decimal(number, count));
    buf_put_str(&tail, ")");
    buf_put_u8(&tail, 0);
    refuse(walk, a, bound, (char *)tail.data);
    buf_fini(&tail);
    return false;
}

static size_t enter(struct walk *walk, const char *name)
{
    size_t len = walk->path.len;
    if (len > 0) buf_put_u8(&walk->path, '.');
    buf_put_str(&walk->path, name);
    return len;
}

static size_t enter_index(struct walk *walk, size_t index)
{
    char number[21];
    size_t len = walk->path.len;
    buf_put_u8(&walk->path, '[');
    buf_put_str(&walk->path, text_decimal(number, index));
    buf_put_u8(&walk->path, ']');
    return len;
}

static void leave(struct walk *walk, size_t len)
{
    walk->path.len = len;
}

/* --- scalars --- */

/* From 2^53 on every double is a whole number. */
static bool is_whole(double v)
{
    if (v >= 9007199254740992.0 || v <= -9007199254740992.0) return true;
    return (double)(json_int_t)v == v;
}

/* 1.0 is an integer. */
static bool is_integer(const json_t *value)
{
    return json_is_integer(value) || (json_is_real(value) && is_whole(json_real_value(value)));
}

static bool same(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b)) {
        double x = json_number_value(a), y = json_number_value(b);
        return !(x < y) && !(x > y);
    }
    return json_equal(a, b) == 1;
}

static bool check_type(struct walk *walk, const json_t *schema, const json_t *value)
{
    static const struct {
        const char *type;
        const char *sentence;
    } rows[] = {
        {"string", "write a text in quotes"}, {"integer", "give a whole number"},
        {"number", "give a number"},          {"boolean", "give true or false"},
        {"object", "give an object, {…}"},    {"array", "give a list, […]"},
    };
    const char *type = ijson_str(schema, "type");
    const bool is[] = {json_is_string(value),  is_integer(value),     json_is_number(value),
                       json_is_boolean(value), json_is_object(value), json_is_array(value)};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].type, type) == 0 && !is[i]) {
            return refuse(walk, rows[i].sentence, NULL, "");
        }
    }
    return true;
}

static bool check_choice(struct walk *walk, const json_t *schema, const json_t *value)
{
    const json_t *choices = json_object_get(schema, "enum");
    const json_t *only = json_object_get(schema, "const");
    size_t i;
    json_t *choice;
    if (only != NULL && !same(only, value)) return refuse(walk, "this must be ", only, "");
    if (choices == NULL) return true;
    json_array_foreach(choices, i, choice)
    {
        if (same(choice, value)) return true;
    }
    struct buf names = {0};
    json_array_foreach(choices, i, choice)
    {
        buf_put_str(&names, i == 0 ? "use one of " : ", ");
        if (json_is_string(choice))
            buf_put_str(&names, json_string_value(choice));
        else
            ijson_dump(&names, choice);
    }
    buf_put_u8(&names, 0);
    refuse(walk, (char *)names.data, NULL, "");
    buf_fini(&names);
    return false;
}

/* As the standard has it: the quotient is a whole number. */
static bool is_multiple(double value, double step)
{
    return is_whole(value / step);
}

static bool check_number(struct walk *walk, const json_t *schema, const json_t *value)
{
    const json_t *low = json_object_get(schema, "minimum");
    const json_t *high = json_object_get(schema, "maximum");
    const json_t *step = json_object_get(schema, "multipleOf");
    if (!json_is_number(value)) return true;
    if (low != NULL && json_number_value(value) < json_number_value(low)) {
        return refuse(walk, "use ", low, " or more");
    }
    if (high != NULL && json_number_value(value) > json_number_value(high)) {
        return refuse(walk, "use ", high, " or less");
    }
    if (step != NULL && !is_multiple(json_number_value(value), json_number_value(step))) {
        return refuse(walk, "use a multiple of ", step, "");
    }
    return true;
}

static size_t code_points(const json_t *string)
{
    size_t n = 0;
    for (const char *p = json_string_value(string); *p != '\0'; p++)
        n += (*p & 0xc0) != 0x80;
    return n;
}

static bool check_string(struct walk *walk, const json_t *schema, const json_t *value)
{
    const json_t *low = json_object_get(schema, "minLength");
    const json_t *high = json_object_get(schema, "maxLength");
    const char *input = ijson_str(schema, "x-input");
    struct school_id owner;
    struct record_id record;
    if (!json_is_string(value)) return true;
    size_t n = code_points(value);
    if (strcmp(input, "date") == 0 && !date_is(json_string_value(value))) {
        return refuse(walk, "write a day as 2026-03-01, or leave it out", NULL, "");
    }
    if (low != NULL && (json_int_t)n < json_integer_value(low)) {
        if (n == 0) return refuse(walk, "fill this in", NULL, "");
        return refuse_count(walk, "write at least ", low, " characters (these are ", n);
    }
    if (high != NULL && (json_int_t)n > json_integer_value(high)) {
        return refuse_count(walk, "write at most ", high, " characters (these are ", n);
    }
    if (strcmp(input, "ref") == 0 &&
        revision_ref_decode(json_string_value(value), &owner, &record) != ERR_OK) {
        return refuse(walk, "name a record as owner/record, 64 and 32 hex digits", NULL, "");
    }
    return true;
}

/* --- lists and objects --- */

static bool check(struct walk *walk, const json_t *schema, const json_t *value);

static bool check_ids(struct walk *walk, const json_t *list)
{
    json_t *seen = json_object(), *item;
    size_t i;
    bool ok = true;
    json_array_foreach(list, i, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        if (id == NULL) continue; /* said elsewhere */
        if (json_object_get(seen, id) != NULL) {
            size_t len = enter_index(walk, i);
            ok = refuse(walk, "another entry has the id ", json_object_get(item, "id"),
                        "; give each its own");
            leave(walk, len);
            break;
        }
        json_object_set_new(seen, id, json_true());
    }
    json_decref(seen);
    return ok;
}

static bool check_list(struct walk *walk, const json_t *schema, const json_t *value)
{
    const json_t *low = json_object_get(schema, "minItems");
    const json_t *high = json_object_get(schema, "maxItems");
    const json_t *items = json_object_get(schema, "items");
    bool merge = strcmp(ijson_str(schema, "x-merge"), "items") == 0;
    size_t n = json_array_size(value), i;
    json_t *item;
    if (!json_is_array(value)) return true;
    if (low != NULL && (json_int_t)n < json_integer_value(low)) {
        return refuse_count(walk, "give at least ", low, " entries (these are ", n);
    }
    if (high != NULL && (json_int_t)n > json_integer_value(high)) {
        return refuse_count(walk, "give at most ", high, " entries (these are ", n);
    }
    json_array_foreach(value, i, item)
    {
        if (items == NULL) break;
        if (merge && json_is_true(json_object_get(item, "deleted")) &&
            json_is_string(json_object_get(item, "id"))) {
            continue;
        }
        size_t len = enter_index(walk, i);
        bool ok = check(walk, items, item);
        leave(walk, len);
        if (!ok) return false;
    }
    return !merge || check_ids(walk, value);
}

static bool check_required(struct walk *walk, const json_t *schema, const json_t *value,
                           bool null_is_absent)
{
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(schema, "required"), i, name)
    {
        const json_t *member = json_object_get(value, json_string_value(name));
        if (member != NULL && !(null_is_absent && json_is_null(member))) continue;
        size_t len = enter(walk, json_string_value(name));
        /* Of an object that is missing as a whole, the first thing that it needs. */
        const json_t *inner =
            json_object_get(json_object_get(schema, "properties"), json_string_value(name));
        const char *first =
            json_string_value(json_array_get(json_object_get(inner, "required"), 0));
        if (first != NULL) (void)enter(walk, first);
        refuse(walk, "fill this in; it is required", NULL, "");
        leave(walk, len);
        return false;
    }
    return true;
}

static bool check_members(struct walk *walk, const json_t *schema, const json_t *value,
                          bool null_is_absent)
{
    const json_t *properties = json_object_get(schema, "properties");
    bool closed = json_is_false(json_object_get(schema, "additionalProperties"));
    const char *name;
    json_t *member;
    IJSON_FOREACH(value, name, member)
    {
        const json_t *known = json_object_get(properties, name);
        if (null_is_absent && json_is_null(member)) continue;
        if (known == NULL && !closed) continue;
        size_t len = enter(walk, name);
        bool ok = known == NULL ? refuse(walk, "this is not known here; take it out", NULL, "")
                                : check(walk, known, member);
        leave(walk, len);
        if (!ok) return false;
    }
    return true;
}

static bool check(struct walk *walk, const json_t *schema, const json_t *value)
{
    return check_type(walk, schema, value) && check_choice(walk, schema, value) &&
           check_number(walk, schema, value) && check_string(walk, schema, value) &&
           check_list(walk, schema, value) &&
           (!json_is_object(value) || (check_required(walk, schema, value, false) &&
                                       check_members(walk, schema, value, false)));
}

static bool check_section(struct walk *walk, const json_t *schema, const json_t *value)
{
    return check_type(walk, schema, value) &&
           (walk->extent == SCHEMA_PART || check_required(walk, schema, value, true)) &&
           check_members(walk, schema, value, true);
}

/* --- the doors --- */

static bool section_in(struct walk *walk, const struct schema *schema, const char *name,
                       const json_t *value)
{
    const json_t *known = json_object_get(json_object_get(schema->root, "properties"), name);
    size_t len = enter(walk, name);
    bool ok = known != NULL           ? check_section(walk, known, value)
              : json_is_object(value) ? true
                                      : refuse(walk, "give an object, {…}", NULL, "");
    leave(walk, len);
    return ok;
}

enum err schema_validate(const struct schema *schema, const json_t *sections,
                         enum schema_extent extent, struct schema_problem *problem)
{
    struct walk walk = {.extent = extent, .problem = problem};
    const char *name;
    json_t *section;
    bool ok = json_is_object(sections) || refuse(&walk, "give an object, {…}", NULL, "");
    if (ok && extent == SCHEMA_WHOLE) ok = check_required(&walk, schema->root, sections, false);
    IJSON_FOREACH(sections, name, section)
    {
        if (!ok) break;
        ok = section_in(&walk, schema, name, section);
    }
    buf_fini(&walk.path);
    return ok ? ERR_OK : ERR_INVALID;
}

enum err schema_validate_section(const struct schema *schema, const char *section,
                                 const json_t *value, enum schema_extent extent,
                                 struct schema_problem *problem)
{
    struct walk walk = {.extent = extent, .problem = problem};
    bool ok = section_in(&walk, schema, section, value);
    buf_fini(&walk.path);
    return ok ? ERR_OK : ERR_INVALID;
}
