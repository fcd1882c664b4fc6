#include "client/cli/cmd_record.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/compose.h"
#include "client/cli/fields.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"
#include "client/cli/when.h"
#include "proto/record/form.h"

/* --- add --- */

/* Are all the fields that were given fields of this type? */
static bool same_type(const struct schema *schema, const struct args *args,
                      const char **culprit)
{
    static const char *const own[] = {"from", "edit", "person", "draft", "of-network", "form"};
    enum { OWN = sizeof(own) / sizeof(own[0]) };
    for (size_t i = 0; i < args->n_given; i++) {
        const char *name = args->given[i].option->name;
        bool known = false;
        for (const struct args_option *o = command_globals; o->name != NULL; o++) {
            known = known || strcmp(o->name, name) == 0;
        }
        for (size_t k = 0; k < OWN; k++)
            known = known || strcmp(own[k], name) == 0;
        if (known) continue;
        struct args one = {.given = &args->given[i], .n_given = 1};
        if (fields_given(schema, NULL, &one)) continue;
        *culprit = name;
        return false;
    }
    return true;
}

/* Who reads a new one, and with whom it is usually shared. */
static void say_who_reads(struct cli *cli, const struct schema *schema, const char *id)
{
    if (schema->anonymous) {
        term_next(&cli->out, "Nobody is named in it, and it stays with this school.");
    } else if (schema->audience == SCHEMA_AUDIENCE_TARGET) {
        term_next(&cli->out, "Who reads the record that it goes with reads it too.");
    } else if (schema->owner == SCHEMA_OWNER_SCHOOL) {
        char with[32]; /* the first of those that the type names */
        snprintf(with, sizeof(with), "%.*s", (int)strcspn(schema->share, " "), schema->share);
        term_next(&cli->out, "Only this school reads it. kith share %s --with %s widens that.",
                  id, with);
    }
}

void cmd_record_added(struct cli *cli, const char *type, const json_t *answer,
                      const json_t *sections)
{
    char shorter[9];
    const struct schema *schema = command_schema(type);
    const char *id = api_short(shorter, api_str(answer, "record"));
    term_add(&cli->out, TERM_GOOD, "Added");
    term_addf(&cli->out, TERM_PLAIN, " %s ", schema == NULL ? type : schema->label);
    term_add(&cli->out, TERM_BOLD, id);
    if (schema != NULL)
        term_addf(&cli->out, TERM_PLAIN, "  %s", schema_title(schema, sections));
    term_end(&cli->out, 0, 2);
    api_warnings(cli, answer);
    if (strcmp(type, "idea") == 0) {
        term_next(&cli->out,
                  "Next, try it small: kith cycle plan %s --predict \"what you think "
                  "will happen\"",
                  id);
    } else if (schema != NULL) {
        say_who_reads(cli, schema, id);
    }
}

/* Puts a form's sections into *out, when one was asked for. */
static enum cli_exit begin_with(struct cli *cli, const struct schema *schema, const char *name,
                                json_t **out)
{
    json_t *form = name == NULL ? NULL : form_find(name);
    if (name == NULL) return CLI_DONE;
    if (form == NULL || strcmp(api_str(form, "type"), schema->type) != 0) {
        json_decref(form);
        return api_fail(cli, CLI_USAGE, "kith help TYPE add lists those of a type.",
                        "there is no form %s of the type %s.", name, schema->type);
    }
    *out = json_deep_copy(json_object_get(form, "sections"));
    json_decref(form);
    return CLI_DONE;
}

/* What is known before anybody is asked: a form, and the title that stands as a word. */
static enum cli_exit preset_of(struct cli *cli, const struct schema *schema,
                               const struct args *args, const char *title, json_t **out)
{
    const struct schema_field *field = schema_field(schema, schema->title);
    enum cli_exit code = begin_with(cli, schema, args_get(args, "form"), out);
    if (code != CLI_DONE || title == NULL || field == NULL) return code;
    json_t *value = NULL;
    code = fields_value(cli, field, title, &value);
    if (code != CLI_DONE) return code;
    if (*out == NULL) *out = json_object();
    if (json_object_get(*out, field->section) == NULL) {
        json_object_set_new(*out, field->section, json_object());
    }
    json_object_set_new(json_object_get(*out, field->section), field->name, value);
    return CLI_DONE;
}

static enum cli_exit known_sections(struct cli *cli, const struct command *command,
                                    const struct schema *schema, const struct args *args,
                                    json_t **sections, bool *typed)
{
    struct compose compose = {.schema = schema, .sections = command->sections};
    size_t at = command->type != NULL ? 0 : 1; /* "add aim TITLE" names the type first */
    const char *culprit;
    json_t *preset = NULL;
    if (!same_type(schema, args, &culprit)) {
        return api_fail(cli, CLI_USAGE, "kith help TYPE add lists the fields of a type.",
                        "%s has no field --%s.", schema->label, culprit);
    }
    enum cli_exit code =
        preset_of(cli, schema, args, args->n > at ? args->words[at] : NULL, &preset);
    compose.preset = preset;
    if (code == CLI_DONE) code = compose_run(cli, &compose, args, sections, typed);
    json_decref(preset);
    return code;
}

/* A type that this kith does not know can still be written from a file. */
static enum cli_exit sections_for(struct cli *cli, const struct command *command,
                                  const char *type, const struct args *args, json_t **sections,
                                  bool *typed)
{
    const struct schema *schema = command_schema(type);
    const char *from = args_get(args, "from");
    if (schema != NULL) return known_sections(cli, command, schema, args, sections, typed);
    if (from == NULL) {
        return api_fail(cli, CLI_USAGE,
                        "kith list shows the types; a new one needs --from FILE.",
                        "\"%s\" is no type of record that this kith knows.", type);
    }
    enum cli_exit code = compose_file(cli, from, sections);
    json_t *inner = code == CLI_DONE ? json_object_get(*sections, "sections") : NULL;
    if (inner != NULL) {
        json_incref(inner);
        json_decref(*sections);
        *sections = inner;
    }
    return code;
}

static void type_name(char out[65], const char *typed)
{
    snprintf(out, 65, "%s", typed);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '-') *p = '_';
    }
}

static enum cli_exit run_add(struct cli *cli, const struct command *command,
                             const struct args *args)
{
    char type[65];
    json_t *sections = NULL, *answer = NULL;
    bool typed = false;
    type_name(type, command->type != NULL ? command->type : args->words[0]);
    enum cli_exit code = sections_for(cli, command, type, args, &sections, &typed);
    if (code != CLI_DONE) return code;
    json_t *body = json_pack("{s:s, s:O}", "type", type, "sections", sections);
    compose_person(body, args);
    if (args_has(args, "draft")) {
        json_object_set_new(body, "draft", json_string(args_get(args, "draft")));
    }
    if (args_has(args, "of-network")) json_object_set_new(body, "network_owned", json_true());
    code = api_send(cli, "POST", api_path(cli, "records", NULL), body, &answer);
    if (code != CLI_DONE && typed) compose_keep(cli, NULL, type, NULL, sections);
    if (code == CLI_DONE && !api_json(cli, answer))
        cmd_record_added(cli, type, answer, sections);
    json_decref(answer);
    json_decref(sections);
    return code;
}

/* --- edit --- */

static bool is_also_written(const json_t *record)
{
    json_t *flag;
    size_t i;
    json_array_foreach(api_list(record, "flags"), i, flag)
    {
        const char *text = json_string_value(flag);
        if (text != NULL && strcmp(text, "also_written") == 0) return true;
    }
    return false;
}

/* Somebody else's edit came in while this one was written. */
static void say_met(struct cli *cli, const json_t *record)
{
    json_t *now = NULL;
    char *id = find_id(record);
    cli->mute = true;
    if (!is_also_written(record) &&
        api_get(cli, api_path(cli, "records", id, NULL), &now) == CLI_DONE &&
        is_also_written(now)) {
        term_line(&cli->out, TERM_WARN, "  Somebody else changed it meanwhile: both are kept.");
        term_next(&cli->out, "kith show %s shows both; the next edit settles it.",
                  api_str(record, "short"));
    }
    cli->mute = false;
    json_decref(now);
    free(id);
}

static void say_edited(struct cli *cli, const json_t *record, const json_t *answer)
{
    json_t *audience;
    size_t i;
    term_add(&cli->out, TERM_GOOD, "Changed");
    term_addf(&cli->out, TERM_BOLD, " %s", api_str(record, "short"));
    term_addf(&cli->out, TERM_PLAIN, "  %s", api_str(record, "title"));
    term_end(&cli->out, 0, 2);
    api_warnings(cli, answer);
    json_array_foreach(api_list(answer, "spaces"), i, audience)
    {
        if (strcmp(api_str(audience, "class"), "own") == 0) continue;
        char *name = screen_audience(audience);
        term_line(&cli->out, TERM_DIM, "  also for %s", name);
        free(name);
    }
}

static enum cli_exit patch(struct cli *cli, const json_t *record, const json_t *sections,
                           const struct args *args, bool typed)
{
    json_t *answer = NULL;
    const char *type = api_str(record, "type");
    if (json_object_size(sections) == 0) {
        return api_fail(cli, CLI_REFUSED, NULL, "nothing was changed.");
    }
    json_t *body = json_pack("{s:O, s:O}", "sections", sections, "parents",
                             json_object_get(record, "revisions"));
    if (body == NULL) body = json_pack("{s:O}", "sections", sections);
    compose_person(body, args);
    char *id = find_id(record);
    enum cli_exit code =
        api_send(cli, "PATCH", api_path(cli, "records", id, NULL), body, &answer);
    free(id);
    if (code != CLI_DONE && typed) compose_keep(cli, NULL, type, record, sections);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        say_edited(cli, record, answer);
        if (typed) say_met(cli, record);
    }
    json_decref(answer);
    return code;
}

static enum cli_exit run_edit(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    json_t *found, *record = NULL, *sections = NULL;
    const char *culprit = NULL;
    bool typed = false;
    enum cli_exit code = find_record(cli, args->words[0], command->type, true, &found);
    if (code != CLI_DONE) return code;
    char *id = find_id(found);
    code = api_get(cli, api_path(cli, "records", id, NULL), &record);
    free(id);
    json_decref(found);
    if (code != CLI_DONE) return code;
    const struct schema *schema = command_schema(api_str(record, "type"));
    if (schema == NULL && !args_has(args, "from")) {
        code = api_fail(cli, CLI_USAGE, "Give the changed sections with --from FILE.",
                        "this kith does not know the type %s.", api_str(record, "type"));
    } else if (schema == NULL) {
        code = compose_file(cli, args_get(args, "from"), &sections);
    } else if (!same_type(schema, args, &culprit)) {
        code = api_fail(cli, CLI_USAGE, "kith help TYPE add lists the fields of a type.",
                        "%s has no field --%s.", schema->label, culprit);
    } else {
        struct compose compose = {.schema = schema,
                                  .current = json_object_get(record, "sections")};
        struct args_given extra[2] = {{0}};
        struct args with = *args;
        static const struct args_option open_editor = {.name = "edit", .help = ""};
        if (!fields_given(schema, NULL, args) && !args_has(args, "from") &&
            !args_has(args, "edit")) {
            extra[0] = (struct args_given){.option = &open_editor};
            with.given = extra; /* nothing said: the editor */
            with.n_given = 1;
        }
        code = compose_run(cli, &compose, &with, &sections, &typed);
    }
    if (code == CLI_DONE) code = patch(cli, record, sections, args, typed);
    json_decref(sections);
    json_decref(record);
    return code;
}

/* --- list, show --- */

enum cli_exit cmd_record_list(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    static const char *const queries[] = {"state",    "owner", "flag",  "text",
                                          "audience", "since", "limit", "cursor"};
    char type[65], nothing[160];
    json_t *answer;
    const char *typed = command->type != NULL ? command->type : args_word(args, 0);
    if (typed != NULL) type_name(type, typed);
    const struct schema *schema = typed == NULL ? NULL : command_schema(type);
    char *target =
        api_with(api_path(cli, "records", NULL), "type", typed == NULL ? NULL : type);
    target = api_with(target, "mine", args_has(args, "mine") ? "1" : NULL);
    target = api_with(target, "archived", args_has(args, "archived") ? "1" : NULL);
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        target = api_with(target, queries[i], args_get(args, queries[i]));
    }
    enum cli_exit code = api_get(cli, target, &answer);
    bool none = code == CLI_DONE && json_array_size(api_list(answer, "items")) == 0;
    if (none && typed != NULL && schema == NULL) {
        json_decref(answer);
        return api_fail(cli, CLI_NOT_FOUND, "kith help types lists them.",
                        "\"%s\" is no type of record that is known here.", typed);
    }
    bool filtered = args_has(args, "mine");
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        filtered = filtered || args_has(args, queries[i]);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        snprintf(nothing, sizeof(nothing),
                 filtered ? "No %s here are like that.%s" : "No %s here yet.%s",
                 schema == NULL ? "records" : schema->plural,
                 filtered ? ""
                 : schema != NULL && strcmp(type, "idea") == 0
                     ? " kith idea add \"…\" adds one."
                 : schema != NULL && strcmp(type, "cycle") == 0
                     ? " kith cycle plan \"…\" begins one."
                     : "");
        if (schema != NULL && nothing[3] >= 'A' && nothing[3] <= 'Z')
            nothing[3] = (char)(nothing[3] + 32);
        screen_records(cli, api_list(answer, "items"), typed != NULL, nothing);
        screen_behind(cli, answer);
    }
    json_decref(answer);
    return code;
}

static void show_history(struct cli *cli, const json_t *record, const json_t *history)
{
    json_t *entry;
    size_t i;
    term_heading(&cli->out, "How it came to be, newest first");
    json_array_foreach(api_list(history, "items"), i, entry)
    {
        char when[WHEN_MAX];
        const char *person = api_str(entry, "person");
        int64_t at = api_time(entry, "at");
        char *audience = screen_audience(json_object_get(entry, "audience"));
        term_gap(&cli->out);
        term_addf(&cli->out, TERM_BOLD, "%.8s", api_str(entry, "revision"));
        if (at != 0) term_addf(&cli->out, TERM_PLAIN, "  %s", when_full(when, at));
        if (person[0] != '\0') term_addf(&cli->out, TERM_PLAIN, ", %s", person);
        const char *device = api_name(entry, "device"); /* none before the school has joined */
        if (device[0] != '\0') term_addf(&cli->out, TERM_DIM, "  on %s", device);
        term_addf(&cli->out, TERM_DIM, "%s for %s", device[0] == '\0' ? " " : ",", audience);
        const char *standing = api_str(entry, "standing");
        if (strcmp(standing, "in effect") != 0)
            term_addf(&cli->out, TERM_WARN, "  %s", standing);
        term_end(&cli->out, 0, 2);
        free(audience);
        screen_sections(cli, api_str(record, "type"), json_object_get(entry, "sections"),
                        api_list(record, "links"));
    }
}

enum cli_exit cmd_record_show(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    json_t *found, *record = NULL, *history = NULL;
    char *words = args_words(args);
    enum cli_exit code = find_record(cli, words, command->type, false, &found);
    free(words);
    if (code != CLI_DONE) return code;
    char *id = find_id(found);
    code = api_get(cli, api_path(cli, "records", id, NULL), &record);
    if (code == CLI_DONE && args_has(args, "history")) {
        code = api_get(cli,
                       api_with(api_path(cli, "records", id, "history", NULL), "limit", "500"),
                       &history);
    }
    if (code == CLI_DONE && history != NULL && cli->json) {
        api_json(cli, history);
    } else if (code == CLI_DONE && !api_json(cli, record)) {
        screen_record(cli, record);
        if (history != NULL) show_history(cli, record, history);
        screen_behind(cli, record);
    }
    free(id);
    json_decref(history);
    json_decref(record);
    json_decref(found);
    return code;
}

const struct args_option cmd_record_list_options[] = {
    {.name = "mine", .help = "only this school's"},
    {.name = "archived", .help = "also what is in the archive"},
    {.name = "state", .value = "STATE", .help = "only those in this state"},
    {.name = "owner", .value = "SCHOOL", .help = "only that school's"},
    {.name = "flag", .value = "FLAG", .help = "only with this mark, such as no_prediction"},
    {.name = "text", .value = "WORDS", .help = "only with these words"},
    {.name = "audience", .value = "WHOM", .help = "only read by own, hub, group or network"},
    {.name = "since", .value = "PLACE", .help = "only changed after this place in the log"},
    {.name = "limit", .value = "N", .help = "how many (50; at most 500)"},
    {.name = "cursor", .value = "CURSOR", .help = "go on where the last list ended"},
    {.name = NULL},
};
const struct args_option cmd_record_show_options[] = {
    {.name = "history", .help = "also every change, with who and when"},
    {.name = NULL},
};
static const struct args_option add_options[] = {
    COMPOSE_OPTIONS,
    {.name = "draft", .value = "NAME", .help = "this finishes a draft, which then goes"},
    {.name = "of-network", .help = "the network's own: kept by its hub and stewards"},
    {.name = "form", .value = "NAME", .help = "begin with a form that comes with Kith"},
    {.name = NULL},
};
static const struct args_option edit_options[] = {COMPOSE_OPTIONS, {.name = NULL}};

#define ROW .group = COMMAND_RECORD
#define TYPE_ROWS(name_, type_, label, plural, words_, add_example, key)                      \
    {.name = name_ " add",                                                                    \
     .words = "[" words_ "]",                                                                 \
     ROW,                                                                                     \
     .max = 1,                                                                                \
     .type = type_,                                                                           \
     .fields = COMMAND_FIELDS_TYPE,                                                           \
     .summary = "Add " label,                                                                 \
     .help =                                                                                  \
         "By its title, by options, in an editor (--edit), from a file (--from), or, with "   \
         "nothing said on a terminal, by answering questions. Only this school reads it "     \
         "until it is shared.",                                                               \
     .example = add_example,                                                                  \
     .options = add_options,                                                                  \
     .run = run_add},                                                                         \
        {.name = name_ " edit",                                                               \
         .words = "ID",                                                                       \
         ROW,                                                                                 \
         .min = 1,                                                                            \
         .max = 1,                                                                            \
         .type = type_,                                                                       \
         .fields = COMMAND_FIELDS_TYPE,                                                       \
         .summary = "Change " label,                                                          \
         .help =                                                                              \
             "Changes the fields that are given as options; without any it opens your "       \
             "editor. "                                                                       \
             "An empty value takes a field away. The change goes to everybody the record is " \
             "shared with.",                                                                  \
         .example = "kith " name_ " edit " key,                                               \
         .options = edit_options,                                                             \
         .run = run_edit},                                                                    \
        {.name = name_ " list",                                                               \
         .words = "",                                                                         \
         ROW,                                                                                 \
         .type = type_,                                                                       \
         .summary = "List " plural,                                                           \
         .help = "Your own and those that others shared, newest first.",                      \
         .example = "kith " name_ " list --mine",                                             \
         .options = cmd_record_list_options,                                                  \
         .run = cmd_record_list},                                                             \
    {                                                                                         \
        .name = name_ " show", .words = "ID", ROW, .min = 1, .max = COMMAND_MANY,             \
        .type = type_, .summary = "Show " label,                                              \
        .help = "All that you may read of it. Words of its title do "                         \
                "for the id.",                                                                \
        .example = "kith " name_ " show 7be02a", .options = cmd_record_show_options,          \
        .run = cmd_record_show                                                                \
    }

const struct command cmd_record_commands[] = {
    TYPE_ROWS("idea", "idea", "a change idea", "change ideas", "TITLE",
              "kith idea add \"Hold the parent night a month earlier\" --kind redesign",
              "7be02a"),
    TYPE_ROWS("bright-spot", "bright_spot", "a bright spot", "bright spots", "TITLE",
              "kith bright-spot add \"Think time before a pair-share\"", "7be02a"),
    {.name = "add",
     .words = "TYPE [TITLE]",
     ROW,
     .min = 1,
     .max = 2,
     .fields = COMMAND_FIELDS_WORD,
     .summary = "Add a record of any type",
     .help = "As idea add, for every type: aim, driver, person, vocabulary … kith help aim add "
             "lists the fields of aim.",
     .example = "kith add aim --from aim.json\nkith aim add --statement \"…\"",
     .options = add_options,
     .run = run_add},
    {.name = "edit",
     .words = "ID",
     ROW,
     .min = 1,
     .max = 1,
     .fields = COMMAND_FIELDS_ANY,
     .summary = "Change a record of any type",
     .help = "Changes the fields that are given as options; without any it opens your editor. "
             "The change goes to everybody the record is shared with.",
     .example = "kith edit 7be02a --title \"A better title\"",
     .options = edit_options,
     .run = run_edit},
    {.name = "list",
     .words = "[TYPE]",
     ROW,
     .max = 1,
     .summary = "List records of any type",
     .help = "Your own and those that others shared, newest first.",
     .example = "kith list driver",
     .options = cmd_record_list_options,
     .run = cmd_record_list},
    {.name = "show",
     .words = "ID",
     ROW,
     .min = 1,
     .max = COMMAND_MANY,
     .summary = "Show a record of any type",
     .help =
         "An id, its first digits, words of the title, or @ for your newest. --history shows "
         "every change.",
     .example = "kith show 4fa21c --history",
     .options = cmd_record_show_options,
     .run = cmd_record_show},
    {.name = NULL},
};
