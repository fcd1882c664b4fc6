#include "client/cli/fields.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/command.h"
#include "client/cli/find.h"
#include "client/cli/when.h"
#include "proto/record/ijson.h"
#include "proto/record/revision.h"

bool fields_has_section(const struct schema_section *section, const char *sections)
{
    if (section->hidden) return false;
    if (sections == NULL) return true;
    size_t n = strlen(section->name);
    for (const char *at = sections; (at = strstr(at, section->name)) != NULL; at += n) {
        bool begins = at == sections || at[-1] == ' ';
        if (begins && (at[n] == ' ' || at[n] == '\0')) return true;
    }
    return false;
}

/* Options that commands have anyway: a field cannot have them (a test holds the schemas to it).
 */
static bool is_taken(const char *flag)
{
    static const char *const own[] = {"from", "edit", "person", "draft", "form"};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strcmp(own[i], flag) == 0) return true;
    }
    for (const struct args_option *option = command_globals; option->name != NULL; option++) {
        if (strcmp(option->name, flag) == 0) return true;
    }
    return false;
}

/* What is done with each field that has a flag; field is an item's when item_of is its list. */
typedef void (*field_fn)(void *ctx, const char *flag, const struct schema_field *field,
                         const struct schema_field *item_of);

static void each(const struct schema *schema, const char *sections, field_fn fn, void *ctx)
{
    for (size_t s = 0; s < schema->n_sections; s++) {
        const struct schema_section *section = &schema->sections[s];
        if (!fields_has_section(section, sections)) continue;
        for (size_t f = 0; f < section->n_fields; f++) {
            const struct schema_field *field = &section->fields[f];
            if (field->hidden) continue;
            bool items = field->list && field->n_items > 0;
            for (size_t i = 0; items && i < field->n_items; i++) {
                /* the list's own flag stands for the first thing that an item says */
                const char *flag =
                    i == 0 && field->flag != NULL ? field->flag : field->items[i].flag;
                if (flag != NULL && !is_taken(flag)) fn(ctx, flag, &field->items[i], field);
            }
            if (!items && field->flag != NULL && !is_taken(field->flag)) {
                fn(ctx, field->flag, field, NULL);
            }
        }
    }
}

/* Texts of options that are put together here; for the life of the program. */
static struct arena texts;

static void forget_texts(void)
{
    arena_fini(&texts);
}

/* "yes|partly|no", or "CHOICE" when that is too long for a column. */
static const char *choices_text(const struct schema_field *field, const char *separator)
{
    struct buf out = {0};
    if (texts.head == NULL) atexit(forget_texts);
    for (size_t i = 0; i < field->n_choices; i++) {
        if (i > 0) buf_put_str(&out, separator);
        buf_put_str(&out, field->choices[i]);
    }
    buf_put_u8(&out, 0);
    const char *text = arena_strdup(&texts, (char *)out.data);
    buf_fini(&out);
    return text;
}

/* The guiding question says more than the label; "Tasks: who" more than "Who". */
static const char *help_text(const struct schema_field *field,
                             const struct schema_field *item_of, const char *value)
{
    bool asked = json_object_get(field->json, "x-prompt") != NULL;
    struct buf out = {0};
    if (!asked && item_of != NULL) {
        buf_put_str(&out, item_of->label);
        buf_put_str(&out, ": ");
    }
    buf_put_str(&out, asked ? field->prompt : field->label);
    if (strcmp(value, "CHOICE") == 0) {
        buf_put_str(&out, asked ? " " : ": ");
        buf_put_str(&out, choices_text(field, ", "));
    }
    buf_put_u8(&out, 0);
    const char *text = arena_strdup(&texts, (char *)out.data);
    buf_fini(&out);
    return text;
}

struct options {
    struct args_option *list;
    size_t n, cap;
};

/* Shorter words for the cheapest things there are, and a letter for each. */
static const struct {
    const char *name, *flag;
    char letter;
} aliases[] = {{"predict", "prediction", 'p'}};
static const struct {
    const char *flag;
    char letter;
} letters[] = {{"question", 'q'}, {"observation", 'o'}, {"result", 'r'},
               {"matched", 'm'},  {"learned", 'l'},     {"next", 'n'}};

static void add_alias(struct options *options, const struct args_option *of)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (strcmp(aliases[i].flag, of->name) != 0) continue;
        struct args_option alias = *of;
        alias.name = aliases[i].name;
        alias.letter = aliases[i].letter;
        alias.help = "the same as --prediction";
        MEM_RESERVE(options->list, options->n, options->cap);
        options->list[options->n++] = alias;
    }
}

static void add_option(void *ctx, const char *flag, const struct schema_field *field,
                       const struct schema_field *item_of)
{
    struct options *options = ctx;
    bool many = item_of != NULL || field->list;
    for (size_t i = 0; i < options->n; i++) {
        if (strcmp(options->list[i].name, flag) != 0) continue;
        options->list[i].many = options->list[i].many || many;
        return;
    }
    MEM_RESERVE(options->list, options->n, options->cap);
    const char *value = field->n_choices > 0                 ? choices_text(field, "|")
                        : field->input == SCHEMA_INPUT_REF   ? "RECORD"
                        : field->input == SCHEMA_INPUT_DATE  ? "DATE"
                        : field->item_kind == SCHEMA_BOOLEAN ? "yes|no"
                        : field->item_kind == SCHEMA_STRING  ? "TEXT"
                                                             : "NUMBER";
    if (field->n_choices > 0 && strlen(value) + strlen(flag) > 20) value = "CHOICE";
    options->list[options->n++] = (struct args_option){
        .name = flag, .many = many, .value = value, .help = help_text(field, item_of, value)};
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (strcmp(letters[i].flag, flag) == 0)
            options->list[options->n - 1].letter = letters[i].letter;
    }
    struct args_option added = options->list[options->n - 1];
    add_alias(options, &added);
}

struct args_option *fields_options(const struct schema *schema, const char *sections)
{
    struct options options = {0};
    const struct schema_set *all = schema == NULL ? command_all_schemas() : NULL;
    for (size_t i = 0; schema == NULL && i < schema_set_count(all); i++) {
        each(schema_set_at(all, i), NULL, add_option, &options);
    }
    if (schema != NULL) each(schema, sections, add_option, &options);
    MEM_RESERVE(options.list, options.n, options.cap);
    options.list[options.n] = (struct args_option){.name = NULL};
    return options.list;
}

enum cli_exit fields_value(struct cli *cli, const struct schema_field *field, const char *text,
                           json_t **value)
{
    struct schema_problem problem;
    char date[WHEN_MAX];
    if (field->input == SCHEMA_INPUT_REF) {
        json_t *record;
        const char *type =
            field->ref == NULL || strcmp(field->ref, "any") == 0 ? NULL : field->ref;
        enum cli_exit code = find_record(cli, text, type, false, &record);
        if (code != CLI_DONE) return code;
        char *ref = find_ref(record);
        *value = json_string(ref);
        free(ref);
        json_decref(record);
        return CLI_DONE;
    }
    if (field->input == SCHEMA_INPUT_DATE && when_date(date, text, cli->now_s)) text = date;
    if (schema_parse(field, text, value, &problem) == ERR_OK) return CLI_DONE;
    return api_fail(cli, CLI_USAGE, NULL, "%s: %s", field->label, problem.text);
}

static json_t *section_of(json_t *out, const char *name)
{
    json_t *section = json_object_get(out, name);
    if (section == NULL) {
        section = json_object();
        json_object_set_new(out, name, section);
    }
    return section;
}

static json_t *list_of(json_t *section, const char *name)
{
    json_t *list = json_object_get(section, name);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(section, name, list);
    }
    return list;
}

struct find_flag {
    const char *flag;
    const struct schema_field *field, *item_of;
};

static void match_flag(void *ctx, const char *flag, const struct schema_field *field,
                       const struct schema_field *item_of)
{
    struct find_flag *find = ctx;
    if (find->field != NULL || strcmp(flag, find->flag) != 0) return;
    find->field = field;
    find->item_of = item_of;
}

static struct find_flag flag_of(const struct schema *schema, const char *sections,
                                const char *flag)
{
    struct find_flag find = {.flag = flag};
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (strcmp(aliases[i].name, flag) == 0) find.flag = aliases[i].flag;
    }
    each(schema, sections, match_flag, &find);
    return find;
}

/* A value of an item's field: into the last item of its list, or a new one if that has it. Of a
 * field that is a list itself the last item gets one more. */
static void put_item(json_t *out, const struct find_flag *find, json_t *value)
{
    json_t *list = list_of(section_of(out, find->item_of->section), find->item_of->name);
    json_t *item = json_array_get(list, json_array_size(list) - 1);
    bool has = json_object_get(item, find->field->name) != NULL;
    if (item == NULL || (has && !find->field->list)) {
        item = json_object();
        json_array_append_new(list, item);
    }
    if (find->field->list)
        json_array_append_new(list_of(item, find->field->name), value);
    else
        json_object_set_new(item, find->field->name, value);
}

enum cli_exit fields_from_args(struct cli *cli, const struct schema *schema,
                               const char *sections, const struct args *args, json_t *out)
{
    for (size_t i = 0; i < args->n_given; i++) {
        const struct args_given *given = &args->given[i];
        const char *flag = given->option->name;
        struct find_flag find = flag_of(schema, sections, flag);
        if (find.field == NULL) continue;
        json_t *value = NULL;
        const char *text = given->value == NULL ? "yes" : given->value;
        if (text[0] == '\0' && find.item_of == NULL && !find.field->list) {
            value = json_null(); /* --title "" takes it away */
        } else {
            enum cli_exit code = fields_value(cli, find.field, text, &value);
            if (code != CLI_DONE) return code;
        }
        if (find.item_of != NULL) {
            put_item(out, &find, value);
        } else if (find.field->list) {
            json_array_append_new(
                list_of(section_of(out, find.field->section), find.field->name), value);
        } else {
            json_object_set_new(section_of(out, find.field->section), find.field->name, value);
        }
    }
    return CLI_DONE;
}

bool fields_given(const struct schema *schema, const char *sections, const struct args *args)
{
    for (size_t i = 0; i < args->n_given; i++) {
        if (flag_of(schema, sections, args->given[i].option->name).field != NULL) return true;
    }
    return false;
}

/* Fields that have a guiding question are asked for; the others have flags and the editor. */
static bool is_asked(const struct schema_field *field)
{
    return !field->hidden && json_object_get(field->json, "x-prompt") != NULL;
}

static void show_choices(struct cli *cli, const struct schema_field *field)
{
    struct term *term = &cli->err;
    if (field->help[0] != '\0') {
        term_add(term, TERM_DIM, field->help);
        term_end(term, 2, 2);
    }
    for (size_t i = 0; i < field->n_choices; i++) {
        size_t needs = strlen(field->choice_labels[i]) + sizeof("   12 ");
        if (i > 0 && term->text.len + needs > term->width)
            term_end(term, 2, 2); /* a choice stays on one line */
        else if (i > 0)
            term_add(term, TERM_DIM, "   ");
        term_addf(term, TERM_DIM, "%zu %s", i + 1, field->choice_labels[i]);
    }
    if (field->n_choices > 0) term_end(term, 2, 2);
    if (field->poles[0] != NULL) {
        char *low = ijson_text(json_object_get(field->json, "minimum"));
        char *high = ijson_text(json_object_get(field->json, "maximum"));
        term_addf(term, TERM_DIM, "%s %s … %s %s", low, field->poles[0], high, field->poles[1]);
        term_end(term, 2, 2);
        free(low);
        free(high);
    }
}

/* Asks until the answer is a value or, unless it is needed, empty: then *value is NULL. */
static enum cli_exit ask_one(struct cli *cli, const struct schema_field *field, bool needed,
                             json_t **value)
{
    *value = NULL;
    if (feof(cli->in) && !needed) return CLI_DONE;
    for (;;) {
        show_choices(cli, field);
        char *line = ask_line(cli, field->prompt);
        if (line == NULL || line[0] == '\0') {
            if (line == NULL && needed) {
                return api_fail(cli, CLI_USAGE, NULL, "%s is needed.", field->label);
            }
            bool again = line != NULL && needed;
            free(line);
            if (!again) return CLI_DONE;
            term_line(&cli->err, TERM_WARN, "This one is needed.");
            continue;
        }
        char *end;
        unsigned long pick = strtoul(line, &end, 10);
        bool picked = *end == '\0' && pick >= 1 && pick <= field->n_choices;
        enum cli_exit code =
            fields_value(cli, field, picked ? field->choices[pick - 1] : line, value);
        free(line);
        if (code == CLI_DONE || code == CLI_UNREACHABLE) return code;
    }
}

static enum cli_exit ask_value(struct cli *cli, const struct schema_field *field,
                               json_t **value)
{
    return ask_one(cli, field, field->required, value);
}

/* Of a list in an item: one after the other, until the answer is empty. */
static enum cli_exit ask_values(struct cli *cli, const struct schema_field *field,
                                json_t **value)
{
    json_t *one, *list = NULL;
    enum cli_exit code = ask_one(cli, field, false, &one);
    while (code == CLI_DONE && one != NULL) {
        if (list == NULL) list = json_array();
        json_array_append_new(list, one);
        code = ask_one(cli, field, false, &one);
    }
    *value = list;
    return code;
}

/* What an item needs first ends the list when it is left open; else, in the first item, a blank
 * answer opens the next question: a prediction needs no question. */
static enum cli_exit ask_item(struct cli *cli, const struct schema_field *list, bool first,
                              json_t **item)
{
    bool any = false;
    *item = NULL;
    for (size_t i = 0; i < list->n_items; i++)
        any = any || is_asked(&list->items[i]);
    for (size_t i = 0; i < list->n_items; i++) {
        const struct schema_field *field = &list->items[i];
        json_t *value;
        if (field->hidden || (any && !is_asked(field))) continue;
        enum cli_exit code =
            field->list ? ask_values(cli, field, &value)
                        : ask_one(cli, field, field->required && *item != NULL, &value);
        if (code != CLI_DONE) return code;
        if (value == NULL && *item == NULL && (field->required || !(first && any))) {
            return CLI_DONE;
        }
        if (value == NULL) continue;
        if (*item == NULL) *item = json_object();
        json_object_set_new(*item, field->name, value);
    }
    return CLI_DONE;
}

enum cli_exit fields_ask_item(struct cli *cli, const struct schema_field *list, json_t **item)
{
    return ask_item(cli, list, false, item);
}

static enum cli_exit ask_list(struct cli *cli, const struct schema_field *field, json_t *out)
{
    json_t *list = NULL;
    if (field->n_items > 0) {
        term_gap(&cli->err);
        term_addf(&cli->err, TERM_PLAIN, "%s: one after the other; Enter ends them.",
                  field->label);
        term_end(&cli->err, 0, 2);
    }
    for (;;) {
        json_t *item;
        enum cli_exit code = field->n_items > 0 ? ask_item(cli, field, list == NULL, &item)
                                                : ask_value(cli, field, &item);
        if (code != CLI_DONE || item == NULL) return code;
        list = list_of(section_of(out, field->section), field->name);
        json_array_append_new(list, item);
    }
}

static enum cli_exit ask_field(struct cli *cli, const struct fields_form *form,
                               const struct schema_field *field, json_t *out)
{
    json_t *value = NULL;
    bool grows = field->list && field->n_items > 0;
    if (schema_get(out, field->path) != NULL || !(is_asked(field) || field->required) ||
        (!grows && schema_get(form->current, field->path) != NULL) ||
        (feof(cli->in) && !field->required)) {
        return CLI_DONE;
    }
    enum cli_exit code =
        field->list ? ask_list(cli, field, out) : ask_value(cli, field, &value);
    if (value != NULL) json_object_set_new(section_of(out, field->section), field->name, value);
    return code;
}

void fields_ask_begin(struct cli *cli)
{
    term_next(&cli->err, "Enter leaves a question open, Ctrl-D all that are left. Better in an "
                         "editor? Ctrl-C, then the same with --edit.");
}

static bool asks_any(const struct cli *cli, const struct schema_section *section)
{
    bool any = false;
    for (size_t f = 0; f < section->n_fields; f++)
        any = any || is_asked(&section->fields[f]);
    return any && !feof(cli->in);
}

enum cli_exit fields_ask(struct cli *cli, const struct fields_form *form, json_t *out)
{
    const struct schema *schema = form->schema;
    const struct schema_field *first =
        form->first == NULL ? NULL : schema_field(schema, form->first);
    enum cli_exit code = first == NULL ? CLI_DONE : ask_field(cli, form, first, out);
    for (size_t s = 0; code == CLI_DONE && s < schema->n_sections; s++) {
        const struct schema_section *section = &schema->sections[s];
        if (!fields_has_section(section, form->sections)) continue;
        if (s > 0 && asks_any(cli, section)) term_heading(&cli->err, section->label);
        if (s > 0 && section->help[0] != '\0' && asks_any(cli, section)) {
            term_line(&cli->err, TERM_DIM, "%s", section->help);
        }
        for (size_t f = 0; code == CLI_DONE && f < section->n_fields; f++) {
            const struct schema_field *field = &section->fields[f];
            if (field != first) code = ask_field(cli, form, field, out);
        }
    }
    return code;
}

static enum cli_exit resolve(struct cli *cli, const struct schema_field *field, json_t *value,
                             json_t **out)
{
    const char *text = json_string_value(value);
    *out = NULL;
    if (text == NULL || strlen(text) == REVISION_REF_CHARS) return CLI_DONE;
    return fields_value(cli, field, text, out);
}

/* A value of the field, or a list of them, in its holder. */
static enum cli_exit resolve_in(struct cli *cli, const struct schema_field *field,
                                json_t *holder)
{
    json_t *value = json_object_get(holder, field->name), *ref;
    enum cli_exit code = CLI_DONE;
    for (size_t i = 0; code == CLI_DONE && i < json_array_size(value); i++) {
        json_t *entry = json_array_get(value, i);
        for (size_t k = 0; code == CLI_DONE && k < field->n_items; k++)
            code = resolve_in(cli, &field->items[k], entry);
        if (field->input != SCHEMA_INPUT_REF || code != CLI_DONE) continue;
        code = resolve(cli, field, entry, &ref);
        if (ref != NULL) json_array_set_new(value, i, ref);
    }
    if (field->input != SCHEMA_INPUT_REF || json_is_array(value) || code != CLI_DONE) {
        return code;
    }
    code = resolve(cli, field, value, &ref);
    if (ref != NULL) json_object_set_new(holder, field->name, ref);
    return code;
}

enum cli_exit fields_resolve(struct cli *cli, const struct schema *schema, json_t *sections)
{
    const struct schema_field *field;
    enum cli_exit code = CLI_DONE;
    for (size_t at = 0; code == CLI_DONE && (field = schema_next(schema, &at)) != NULL;)
        code = resolve_in(cli, field, json_object_get(sections, field->section));
    return code;
}
