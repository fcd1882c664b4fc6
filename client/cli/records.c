#include "client/cli/records.h"

#include <string.h>

/* Text into a table's cell or a line: one line, and no bar that ends the cell. */
static void put(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n')
            fputc(' ', out);
        else if (*text == '|')
            fputs("\\|", out);
        else
            fputc(*text, out);
    }
}

/* --- what a field holds --- */

static void put_number(FILE *out, const json_t *number)
{
    if (json_is_integer(number))
        fprintf(out, "%lld", (long long)json_integer_value(number));
    else
        fprintf(out, "%g", json_number_value(number));
}

static void put_range(FILE *out, const json_t *json)
{
    const json_t *low = json_object_get(json, "minimum");
    const json_t *high = json_object_get(json, "maximum");
    const json_t *step = json_object_get(json, "multipleOf");
    if (low != NULL && high != NULL) {
        fputc(' ', out);
        put_number(out, low);
        fputs(" … ", out);
        put_number(out, high);
    } else if (low != NULL) {
        fputs(" of ", out);
        put_number(out, low);
        fputs(" or more", out);
    }
    if (step != NULL) {
        fputs(" in steps of ", out);
        put_number(out, step);
    }
}

static void put_choices(FILE *out, const struct schema_field *field)
{
    for (size_t i = 0; i < field->n_choices; i++)
        fprintf(out, "%s`%s`", i == 0 ? "" : " ", field->choices[i]);
}

/* One value: of the field, or of its list. json: what describes it. */
static void put_value(FILE *out, const struct schema_field *field, const json_t *json)
{
    const json_t *longest = json_object_get(json, "maxLength");
    switch (field->item_kind) {
    case SCHEMA_INTEGER:
        fputs("whole number", out);
        put_range(out, json);
        break;
    case SCHEMA_NUMBER:
        fputs("number", out);
        put_range(out, json);
        break;
    case SCHEMA_BOOLEAN:
        fputs("yes or no", out);
        break;
    case SCHEMA_OBJECT:
        fputs("entry", out);
        break;
    case SCHEMA_STRING:
        if (field->n_choices > 0) {
            put_choices(out, field);
        } else if (field->input == SCHEMA_INPUT_DATE) {
            fputs("date", out);
        } else if (field->input == SCHEMA_INPUT_REF) {
            fprintf(out, "→ %s", field->ref == NULL ? "any record" : field->ref);
        } else {
            fputs(field->input == SCHEMA_INPUT_TEXT ? "text" : "line", out);
            if (longest != NULL)
                fprintf(out, " of %lld", (long long)json_integer_value(longest));
        }
        break;
    case SCHEMA_ANY:
    case SCHEMA_LIST:
        fputs("anything", out);
        break;
    }
}

static void put_kind(FILE *out, const struct schema_field *field)
{
    const json_t *json = field->list ? json_object_get(field->json, "items") : field->json;
    if (field->list) fputs(field->merge_items ? "list, by item: " : "list: ", out);
    put_value(out, field, json);
    if (field->poles[0] != NULL) {
        fputs(": ", out);
        put(out, field->poles[0]);
        fputs(" … ", out);
        put(out, field->poles[1]);
    }
    if (field->required) fputs("; needed", out);
    if (field->of != NULL) fprintf(out, "; of `%s`", field->of);
    if (field->up_to != NULL) fprintf(out, "; up to `%s`", field->up_to);
}

/* --- fields, sections, types --- */

static void put_words(FILE *out, const struct schema_field *field)
{
    bool asked = json_object_get(field->json, "x-prompt") != NULL;
    put(out, field->label);
    if (asked) {
        fputs(": *", out);
        put(out, field->prompt);
        fputs("*", out);
    }
    if (field->help[0] != '\0') {
        fputs(asked ? " " : ": ", out);
        put(out, field->help);
    }
}

static void put_field(FILE *out, const struct schema_field *field, const char *flag)
{
    const char *name = strchr(field->path, '.') + 1;
    fprintf(out, "| `%s` | ", name);
    put_words(out, field);
    fputs(" | ", out);
    put_kind(out, field);
    fprintf(out, " | %s%s%s |\n", flag == NULL ? "" : "`--", flag == NULL ? "" : flag,
            flag == NULL ? "" : "`");
    for (size_t i = 0; i < field->n_items; i++) {
        /* The list's own flag stands for the first thing that an entry says. */
        const char *first = i == 0 && field->list ? field->flag : NULL;
        put_field(out, &field->items[i], first != NULL ? first : field->items[i].flag);
    }
}

static void put_section(FILE *out, const struct schema_section *section)
{
    fprintf(out, "\n**%s** (`%s`%s)", section->label, section->name,
            section->hidden ? ", written by the program" : "");
    if (section->help[0] != '\0') {
        fputs(". ", out);
        put(out, section->help);
    }
    fputs("\n\n| field | | holds | flag |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < section->n_fields; i++) {
        const struct schema_field *field = &section->fields[i];
        bool entries = field->list && field->n_items > 0;
        put_field(out, field, section->hidden || entries ? NULL : field->flag);
    }
}

static void put_rules(FILE *out, const struct schema *schema)
{
    static const char *const owners[] = {
        [SCHEMA_OWNER_SCHOOL] = "A school's",
        [SCHEMA_OWNER_NETWORK] = "The network's: hub and stewards write it",
        [SCHEMA_OWNER_ANY] = "A school's, or the network's when hub or stewards write it so"};
    static const char *const ends[] = {
        [SCHEMA_WIDTH_OWN] = " It stays with the school.",
        [SCHEMA_WIDTH_HUB] = " It goes to the hub, no further.",
        [SCHEMA_WIDTH_GROUP] = " It goes to buddies and the hub, not to the whole network.",
        [SCHEMA_WIDTH_NETWORK] = ""};
    fprintf(out, "%s.", owners[schema->owner]);
    if (schema->audience == SCHEMA_AUDIENCE_TARGET) {
        fprintf(out, " It begins where others read the record in `%s`.", schema->target);
    } else if (schema->owner != SCHEMA_OWNER_NETWORK) {
        fputs(" It begins with the school alone.", out);
    }
    fputs(ends[schema->widest], out);
    if (schema->anonymous) {
        fputs(" Nobody is named in it, it is not changed, and it is not shown by itself.", out);
    }
    fprintf(out, " Version %llu.\n", (unsigned long long)schema->v);
}

static void put_type(FILE *out, const struct schema *schema)
{
    fprintf(out, "\n### %s: `%s`\n\n", schema->label, schema->type);
    put(out, schema->help);
    fputs("\n\n", out);
    put_rules(out, schema);
    for (size_t i = 0; i < schema->n_sections; i++)
        put_section(out, &schema->sections[i]);
}

void records_markdown(FILE *out, const struct schema_set *set)
{
    fputs("# What can be written down\n\n"
          "Made by `kith help types --markdown` from `proto/schema/`, whose page explains the "
          "words. Each type is a record\nof sections; a section is what one edit writes. In "
          "italics stands what a person is asked; what is not asked\nhas a flag and a place in "
          "the editor. A list *by item* merges item by item, so that two people may add to it\n"
          "at the same time. `→ idea` is a link to a record of that type, and what links to a "
          "record shows with it.\n",
          out);
    for (int group = 0; group < SCHEMA_GROUP_COUNT; group++) {
        bool any = false;
        for (size_t i = 0; i < schema_set_count(set); i++) {
            const struct schema *schema = schema_set_at(set, i);
            if (schema->group != (enum schema_group)group) continue;
            if (!any) fprintf(out, "\n## %s\n", schema_group_heading(schema->group));
            any = true;
            put_type(out, schema);
        }
    }
}
