#include "proto/record/schema_load.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/base/text.h"
#include "proto/record/ijson.h"
#include "proto/record/schema_subset.h"

enum {
    SCHEMA_TEXT_BYTES_MAX = 256 * 1024
}; /* ours are under 16 KiB; depth is bounded anyway */

/* What a load in progress knows; `why` holds the first complaint. */
struct load {
    struct schema *schema;
    struct buf *why;
};

static bool complain(struct load *load, const char *where, const char *word, const char *text)
{
    schema_subset_complain(load->why, where, word, text);
    return false;
}

static char *join(struct load *load, const char *a, const char *b, const char *c)
{
    size_t na = strlen(a), nb = strlen(b), nc = strlen(c);
    char *out = arena_alloc(&load->schema->arena, na + nb + nc + 1);
    memcpy(out, a, na);
    memcpy(out + na, b, nb);
    memcpy(out + na + nb, c, nc);
    return out;
}

/* --- fields --- */

static char *with_spaces(struct load *load, const char *name)
{
    char *out = arena_strdup(&load->schema->arena, name);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '_' || *p == '-') *p = ' ';
    }
    return out;
}

static const char *hint(const json_t *json, const char *name, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? otherwise : text;
}

/* The number of the text among names, or `otherwise` when the hint is absent; -1 for another.
 */
static int hint_of(const json_t *json, const char *name, const char *const *names, size_t n,
                   int otherwise)
{
    const char *text = hint(json, name, NULL);
    if (text == NULL) return otherwise;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], text) == 0) return (int)i;
    }
    return -1;
}

static bool lists(const json_t *required, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(required, i, entry)
    {
        if (strcmp(json_string_value(entry), name) == 0) return true;
    }
    return false;
}

static bool load_choices(struct load *load, struct schema_field *field, const json_t *choices)
{
    size_t n = json_array_size(choices), i;
    json_t *choice;
    if (choices == NULL) return true;
    field->choices = arena_alloc(&load->schema->arena, n * sizeof(char *));
    field->choice_labels = arena_alloc(&load->schema->arena, n * sizeof(char *));
    field->n_choices = n;
    json_array_foreach(choices, i, choice)
    {
        if (!json_is_string(choice)) {
            return complain(load, field->path, "enum", "of a field holds texts only");
        }
        field->choices[i] = json_string_value(choice);
        field->choice_labels[i] = with_spaces(load, field->choices[i]);
    }
    return true;
}

static bool load_input(struct load *load, struct schema_field *field, const json_t *value)
{
    static const char *const names[] = {[SCHEMA_INPUT_LINE] = "line",
                                        [SCHEMA_INPUT_TEXT] = "text",
                                        [SCHEMA_INPUT_DATE] = "date",
                                        [SCHEMA_INPUT_REF] = "ref"};
    int input = hint_of(value, "x-input", names, 4, SCHEMA_INPUT_LINE);
    if (input < 0) return complain(load, field->path, "x-input", "is line, text, date or ref");
    field->input = (enum schema_input)input;
    field->ref = hint(value, "x-ref", NULL);
    if (field->ref != NULL && strcmp(field->ref, "any") == 0) field->ref = NULL;
    return true;
}

static bool load_poles(struct load *load, struct schema_field *field, const json_t *poles)
{
    if (poles == NULL) return true;
    const json_t *low = json_object_get(field->json, "minimum");
    const json_t *high = json_object_get(field->json, "maximum");
    if (json_array_size(poles) != 2 || field->kind != SCHEMA_INTEGER || !json_is_integer(low) ||
        !json_is_integer(high)) {
        return complain(load, field->path, "x-poles",
                        "names the two ends of an integer with minimum and maximum");
    }
    field->poles[0] = json_string_value(json_array_get(poles, 0));
    field->poles[1] = json_string_value(json_array_get(poles, 1));
    return true;
}

static bool load_counts(struct load *load, struct schema_field *field, const char *counts)
{
    if (counts == NULL) return true;
    field->counts_students = strcmp(counts, "students") == 0 &&
                             (field->kind == SCHEMA_INTEGER || field->kind == SCHEMA_NUMBER);
    return field->counts_students ||
           complain(load, field->path, "x-counts", "is \"students\", and of a number");
}

static bool load_fields(struct load *load, const char *section, const char *prefix,
                        const json_t *json, struct schema_field **out, size_t *n_out);

/* What holds a field's shape: the items of a list, else the field itself. */
static bool load_shape(struct load *load, struct schema_field *field, const json_t *value)
{
    const json_t *properties = json_object_get(value, "properties");
    field->merge_items = strcmp(hint(field->json, "x-merge", ""), "items") == 0;
    bool has_id = field->list && json_object_get(properties, "id") != NULL &&
                  lists(json_object_get(value, "required"), "id");
    if (field->merge_items != has_id) {
        /* The fold goes by the shape alone, so shape and hint must say the same. */
        return complain(load, field->path, "x-merge",
                        "is \"items\", for lists whose items need an id, and for no other");
    }
    const char *prefix = join(load, field->path, field->list ? "[]" : "", ".");
    return load_fields(load, field->section, prefix, value, &field->items, &field->n_items);
}

static bool load_field(struct load *load, struct schema_field *field, const json_t *json)
{
    field->json = json;
    field->label = hint(json, "x-label", with_spaces(load, field->name));
    field->help = hint(json, "x-help", "");
    field->prompt = hint(json, "x-prompt", field->label);
    field->flag = hint(json, "x-flag", NULL);
    field->of = hint(json, "x-of", NULL);
    field->up_to = hint(json, "x-up-to", NULL);
    field->most = json_object_get(json, "x-most");
    field->hidden = json_is_true(json_object_get(json, "x-hidden"));
    const json_t *value = json_object_get(json, "items");
    if (!schema_subset_kind(json, &field->kind)) return false;
    field->list = field->kind == SCHEMA_LIST;
    if (!field->list) value = json;
    if (value == NULL) return complain(load, field->path, NULL, "a list needs \"items\"");
    if (!schema_subset_kind(value, &field->item_kind)) return false;
    if (field->flag != NULL && !schema_subset_name(field->flag, "-")) {
        return complain(load, field->path, "x-flag", "has 1 to 64 of a-z, 0-9 and -");
    }
    return load_choices(load, field, json_object_get(value, "enum")) &&
           load_input(load, field, value) &&
           load_poles(load, field, json_object_get(json, "x-poles")) &&
           load_counts(load, field, hint(json, "x-counts", NULL)) &&
           load_shape(load, field, value);
}

/* The members of an object schema, but an item's id. */
static bool load_fields(struct load *load, const char *section, const char *prefix,
                        const json_t *json, struct schema_field **out, size_t *n_out)
{
    const json_t *properties = json_object_get(json, "properties");
    const json_t *required = json_object_get(json, "required");
    size_t n = json_object_size(properties), at = 0;
    struct schema_field *fields = arena_alloc(&load->schema->arena, n * sizeof(*fields));
    const char *name;
    json_t *member;
    bool in_item = strchr(prefix, ']') != NULL;
    IJSON_FOREACH(properties, name, member)
    {
        if (in_item && strcmp(name, "id") == 0) continue;
        fields[at] = (struct schema_field){.section = section,
                                           .name = name,
                                           .path = join(load, prefix, name, ""),
                                           .required = lists(required, name)};
        if (!load_field(load, &fields[at++], member)) return false;
    }
    *out = fields;
    *n_out = at;
    return true;
}

static bool load_sections(struct load *load)
{
    struct schema *schema = load->schema;
    const json_t *properties = json_object_get(schema->root, "properties");
    schema->sections =
        arena_alloc(&schema->arena, json_object_size(properties) * sizeof(*schema->sections));
    const char *name;
    json_t *member;
    IJSON_FOREACH(properties, name, member)
    {
        struct schema_section *section = &schema->sections[schema->n_sections++];
        enum schema_kind kind;
        if (!schema_subset_kind(member, &kind) || kind != SCHEMA_OBJECT) {
            return complain(load, name, NULL, "a section must be of type object");
        }
        *section = (struct schema_section){
            .name = name,
            .label = hint(member, "x-label", with_spaces(load, name)),
            .help = hint(member, "x-help", ""),
            .hidden = json_is_true(json_object_get(member, "x-hidden")),
            .required = lists(json_object_get(schema->root, "required"), name)};
        if (!load_fields(load, name, join(load, name, ".", ""), member, &section->fields,
                         &section->n_fields)) {
            return false;
        }
    }
    return schema->n_sections > 0 ||
           complain(load, schema->type, NULL, "there is no section: give \"properties\"");
}

/* --- the type --- */

static bool load_type(struct load *load)
{
    struct schema *schema = load->schema;
    const json_t *root = schema->root;
    schema->type = hint(root, "title", "");
    schema->json = root;
    if (!schema_subset_name(schema->type, "_")) {
        return complain(load, "title", NULL,
                        "it names the type: give 1 to 64 of a-z, 0-9 and _");
    }
    schema->label = hint(root, "x-label", with_spaces(load, schema->type));
    schema->plural = hint(root, "x-plural", schema->label);
    schema->help = hint(root, "x-help", "");
    schema->title = hint(root, "x-title", "head.title");
    schema->summary = hint(root, "x-summary", NULL);
    schema->target = hint(root, "x-target", NULL);
    schema->share = hint(root, "x-share", "buddies");
    schema->anonymous = json_is_true(json_object_get(root, "x-anonymous"));
    json_int_t v = json_integer_value(json_object_get(root, "x-version"));
    schema->v = v < 1 ? 1 : (uint64_t)v;
    return true;
}

static bool load_rules(struct load *load)
{
    static const char *const owners[] = {"school", "network", "any"};
    static const char *const audiences[] = {"own", "network", "target"};
    static const char *const groups[] = {
#define X(name, word, heading) word,
        SCHEMA_GROUPS(X)
#undef X
    };
    struct schema *schema = load->schema;
    const json_t *root = schema->root;
    int owner = hint_of(root, "x-owner", owners, 3, SCHEMA_OWNER_SCHOOL);
    int group = hint_of(root, "x-group", groups, SCHEMA_GROUP_COUNT, SCHEMA_GROUP_OWN);
    int audience = hint_of(root, "x-audience", audiences, 3, SCHEMA_AUDIENCE_OWN);
    int widest = hint_of(root, "x-widest", schema_widths, SCHEMA_WIDTH_COUNT,
                         schema->anonymous ? SCHEMA_WIDTH_OWN : SCHEMA_WIDTH_NETWORK);
    if (group < 0) {
        return complain(load, "x-group", NULL,
                        "it is people, tests, numbers, rhythm, frameworks or own");
    }
    if (owner < 0) return complain(load, "x-owner", NULL, "it is school, network or any");
    if (audience < 0) return complain(load, "x-audience", NULL, "it is own, network or target");
    if (widest < 0) return complain(load, "x-widest", NULL, "it is own, hub, group or network");
    schema->group = (enum schema_group)group;
    schema->owner = (enum schema_owner)owner;
    schema->audience = (enum schema_audience)audience;
    schema->widest = (enum schema_width)widest;
    if (schema->owner == SCHEMA_OWNER_NETWORK && schema->widest != SCHEMA_WIDTH_NETWORK) {
        return complain(load, "x-widest", NULL, "what the network owns, all of it reads");
    }
    if (schema->anonymous &&
        (schema->widest != SCHEMA_WIDTH_OWN || schema->owner != SCHEMA_OWNER_SCHOOL ||
         schema->audience != SCHEMA_AUDIENCE_OWN)) {
        return complain(load, "x-anonymous", NULL,
                        "such a record is the school's and stays there: no other owner, "
                        "audience or x-widest");
    }
    return true;
}

static bool names_field(struct load *load, const char *word, const char *path)
{
    return json_object_get(load->schema->root, word) == NULL ||
           schema_field(load->schema, path) != NULL ||
           complain(load, word, path, "is no field of this type");
}

/* "head.survey:form.statements": the REF field before the colon, or the whole without one. */
static const struct schema_field *field_before(const struct schema *schema, const char *path)
{
    char name[2 * SCHEMA_SUBSET_NAME_BYTES + 2];
    size_t n = strcspn(path, ":");
    if (n >= sizeof(name)) return NULL;
    memcpy(name, path, n);
    name[n] = '\0';
    return schema_field(schema, name);
}

static bool points_well(struct load *load, const struct schema_field *field, const char *word,
                        const char *path)
{
    if (path == NULL) return true;
    const struct schema_field *first = field_before(load->schema, path);
    bool elsewhere = strchr(path, ':') != NULL;
    bool good = first != NULL && (elsewhere ? first->input == SCHEMA_INPUT_REF : first->list);
    return good || complain(load, field->path, word,
                            "is LIST of this type, or REF:LIST in the record that it names");
}

/* Hints that speak of other fields, and flags, which are once in a type. */
static bool check_field(struct load *load, json_t *flags, const struct schema_field *field)
{
    static const char *const of_most[] = {"field", "is", "say"};
    if (!points_well(load, field, "x-of", field->of)) return false;
    if (!points_well(load, field, "x-up-to", field->up_to)) return false;
    for (size_t i = 0; field->most != NULL && i < 3; i++) {
        if (*ijson_str(field->most, of_most[i]) == '\0') {
            return complain(load, field->path, "x-most", "wants the texts field, is and say");
        }
    }
    if (field->flag != NULL && json_object_get(flags, field->flag) != NULL) {
        return complain(load, field->path, field->flag, "is the flag of another field too");
    }
    if (field->flag != NULL) json_object_set_new(flags, field->flag, json_true());
    for (size_t i = 0; i < field->n_items; i++) {
        if (!check_field(load, flags, &field->items[i])) return false;
    }
    return true;
}

static bool check_hints(struct load *load)
{
    const struct schema *schema = load->schema;
    const struct schema_field *field, *target;
    json_t *flags = json_object();
    bool good = names_field(load, "x-title", schema->title) &&
                names_field(load, "x-summary", schema->summary);
    const json_t *key = json_object_get(schema->root, "x-key");
    for (size_t i = 0; good && i < json_array_size(key); i++)
        good = names_field(load, "x-key", json_string_value(json_array_get(key, i)));
    for (size_t at = 0; good && (field = schema_next(schema, &at)) != NULL;)
        good = check_field(load, flags, field);
    json_decref(flags);
    target = schema->target == NULL ? NULL : schema_field(schema, schema->target);
    bool aims = target != NULL && target->input == SCHEMA_INPUT_REF && !target->list;
    if (good && (schema->audience == SCHEMA_AUDIENCE_TARGET) != aims) {
        return complain(load, "x-target", NULL,
                        "it names the ref that x-audience: target goes after, and only then");
    }
    return good;
}

/* The place of a mistake in the JSON itself: people write these files by hand. */
static void complain_of_json(struct load *load, struct slice text, const char *sentence)
{
    char line[21];
    json_error_t error;
    json_t *again = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    const char *where = again != NULL || error.line < 1
                            ? "the JSON"
                            : join(load, "line ", text_decimal(line, (uint64_t)error.line), "");
    json_decref(again);
    complain(load, where, NULL, sentence);
}

struct schema *schema_load(struct slice text, struct buf *why)
{
    struct schema *schema = mem_zalloc(sizeof(*schema));
    struct load load = {.schema = schema, .why = why};
    const char *sentence = "";
    if (ijson_decode(text, SCHEMA_TEXT_BYTES_MAX, &schema->root, &sentence) != ERR_OK) {
        complain_of_json(&load, text, sentence);
    } else if (schema_subset(schema->root, why) && load_type(&load) && load_rules(&load) &&
               load_sections(&load) && check_hints(&load)) {
        return schema;
    }
    CHECK(why->len > 0);
    schema_load_free(schema);
    return NULL;
}

void schema_load_free(struct schema *schema)
{
    if (schema == NULL) return;
    arena_fini(&schema->arena);
    json_decref(schema->root);
    free(schema);
}
