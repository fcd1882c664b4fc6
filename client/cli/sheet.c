#include "client/cli/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/command.h"
#include "client/cli/compose.h"
#include "client/cli/files.h"

enum { SHEET_SHOWN = 12 }; /* lines whose fields are shown without --all */

bool sheet_is(struct slice file)
{
    size_t i = 0;

    if (file.n >= 3 && memcmp(file.p, "\xef\xbb\xbf", 3) == 0) i = 3;
    while (i < file.n && strchr(" \t\r\n", file.p[i]) != NULL)
        i++;
    return i < file.n && file.p[i] != '{';
}

/* ------------------------------------------------------------------------- what was said -- */

/* A flag or a path of the type, as a place; what is neither goes as it is, and is refused. */
static json_t *place_of(const struct schema *schema, const char *name)
{
    const struct schema_field *field =
        schema == NULL ? NULL : schema_field_by_flag(schema, name);

    return json_string(field == NULL ? name : field->path);
}

static void said_pairs(const struct args *args, const char *option, const struct schema *schema,
                       bool columns, json_t *said)
{
    size_t at = 0;
    const char *pair;

    while ((pair = args_next(args, option, &at)) != NULL) {
        json_t *of = json_object_get(said, columns ? "columns" : "set");
        const char *split = columns ? strrchr(pair, '=') : strchr(pair, '=');
        char *name = mem_strdup(pair);
        json_t *place;

        if (of == NULL) {
            of = json_object();
            json_object_set_new(said, columns ? "columns" : "set", of);
        }
        name[split == NULL ? strlen(pair) : (size_t)(split - pair)] = '\0';
        place = place_of(schema, columns && split != NULL ? split + 1 : name);
        if (columns) {
            json_object_set(of, name, place);
        } else {
            json_object_set_new(of, json_string_value(place),
                                json_string(split == NULL ? "" : split + 1));
        }
        json_decref(place);
        free(name);
    }
}

static enum cli_exit said_of(struct cli *cli, const struct args *args, json_t **out)
{
    static const char *const plain[] = {"dates", "decimal", "encoding", "delimiter"};
    const char *type = args_get(args, "type");
    const struct schema *schema = type == NULL ? NULL : command_schema(type);
    json_t *said = json_object();

    if (type != NULL && schema == NULL) {
        json_decref(said);
        return api_fail(cli, CLI_USAGE, "kith help types lists them.", "there is no type %s.",
                        type);
    }
    if (schema == NULL && (args_has(args, "column") || args_has(args, "set"))) {
        json_decref(said);
        return api_fail(cli, CLI_USAGE, "Say --type cycle, say, so that its fields are known.",
                        "fields of which type?");
    }
    if (schema != NULL) json_object_set_new(said, "type", json_string(schema->type));
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        const char *value = args_get(args, plain[i]);

        if (value == NULL) continue;
        if (strcmp(value, "tab") == 0) value = "\t";
        json_object_set_new(said, plain[i], json_string(value));
    }
    said_pairs(args, "column", schema, true, said);
    said_pairs(args, "set", schema, false, said);
    if (args_has(args, "update")) json_object_set_new(said, "update", json_true());
    compose_person(said, args);
    *out = said;
    return CLI_DONE;
}

/* A line of JSON, then the file. */
static enum cli_exit post(struct cli *cli, const json_t *said, struct slice file, json_t **out)
{
    struct http_answer answer;
    struct buf body = {0};
    char *text = json_dumps(said, JSON_COMPACT), *target = api_path(cli, "tables", NULL);
    struct http_request request = {.method = "POST",
                                   .target = target,
                                   .content_type = "application/octet-stream",
                                   .timeout_ms = 120 * 1000};
    enum cli_exit code;

    buf_put_str(&body, text);
    buf_put_u8(&body, '\n');
    buf_put(&body, file.p, file.n);
    request.body = buf_slice(&body);
    *out = NULL;
    code = api_stream(cli, &request, &answer);
    if (code == CLI_DONE) {
        *out = json_loadb((const char *)answer.body.data, answer.body.len, 0, NULL);
        http_answer_fini(&answer);
    }
    buf_fini(&body);
    free(text);
    free(target);
    return code;
}

/* ------------------------------------------------------------------------------ questions --
 */

static const char *option_for(const char *about)
{
    return strcmp(about, "columns") == 0 ? "column" : about;
}

/* The choice that was typed: its number, or its words. NULL: none of them. */
static const char *chosen(const json_t *choices, const char *typed)
{
    char *end;
    long number = strtol(typed, &end, 10);

    if (*typed == '\0') return NULL;
    if (*end == '\0' && number >= 1 && (size_t)number <= json_array_size(choices)) {
        return json_string_value(json_array_get(choices, (size_t)number - 1));
    }
    for (size_t i = 0; i < json_array_size(choices); i++) {
        const char *choice = json_string_value(json_array_get(choices, i));

        if (strcasecmp(choice, typed) == 0) return choice;
    }
    return NULL;
}

static void show_choices(struct cli *cli, const json_t *question)
{
    static const struct {
        const char *choice, *text;
    } words[] = {
        {"dmy", "day first"}, {"mdy", "month first"},   {"bright_spot", "bright spots"},
        {"cycle", "cycles"},  {"idea", "change ideas"}, {"point", "points of measures"}};
    const json_t *choices = api_list(question, "choices");

    for (size_t i = 0; i < json_array_size(choices); i++) {
        const char *choice = json_string_value(json_array_get(choices, i));

        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
            if (strcmp(words[k].choice, choice) == 0) choice = words[k].text;
        }
        term_addf(&cli->err, TERM_PLAIN, "%zu  %s", i + 1, choice);
        term_end(&cli->err, 2, 5);
    }
}

/* Asks one; puts the answer into what was said. */
static enum cli_exit ask_one(struct cli *cli, const json_t *question, json_t *said)
{
    const char *about = api_str(question, "about"), *choice = NULL;
    const json_t *choices = api_list(question, "choices");

    if (!cli->interactive || json_array_size(choices) == 0) {
        char *hint = NULL;

        if (asprintf(&hint, "Say --%s; kith help import tells how.", option_for(about)) < 0)
            abort();
        enum cli_exit code = api_fail(cli, CLI_USAGE, hint, "%s", api_str(question, "text"));
        free(hint);
        return code;
    }
    show_choices(cli, question);
    while (choice == NULL) {
        char *typed = ask_line(cli, api_str(question, "text"));

        if (typed == NULL) return CLI_REFUSED;
        choice = chosen(choices, typed);
        free(typed);
    }
    if (strcmp(about, "columns") == 0) {
        json_t *columns = json_object_get(said, "columns");

        if (columns == NULL) {
            columns = json_object();
            json_object_set_new(said, "columns", columns);
        }
        json_object_set_new(columns, choice, json_string(api_str(question, "place")));
    } else {
        json_object_set_new(said, about, json_string(choice));
    }
    return CLI_DONE;
}

/* Previews until there is nothing left to ask. */
static enum cli_exit preview(struct cli *cli, json_t *said, struct slice file, json_t **out)
{
    for (;;) {
        enum cli_exit code = post(cli, said, file, out);
        const json_t *questions = api_list(*out, "questions");

        if (code != CLI_DONE || json_array_size(questions) == 0 || cli->json) return code;
        for (size_t i = 0; i < json_array_size(questions) && code == CLI_DONE; i++)
            code = ask_one(cli, json_array_get(questions, i), said);
        json_decref(*out);
        *out = NULL;
        if (code != CLI_DONE) return code;
    }
}

/* ------------------------------------------------------------------------------ the preview --
 */

static void show_about(struct cli *cli, const char *path, const json_t *answer)
{
    struct term *term = &cli->out;
    const char *dates = api_str(answer, "dates"), *delimiter = api_str(answer, "delimiter");
    const struct schema *schema = command_schema(api_str(answer, "type"));
    bool turned = api_bool(answer, "turned");

    term_addf(term, TERM_BOLD, "%s", path);
    term_addf(term, TERM_PLAIN, ": %zu of %s", json_array_size(api_list(answer, "lines")),
              schema == NULL ? api_str(answer, "type") : schema->plural);
    term_addf(term, TERM_DIM, ", %s, parted by %s, in %s%s%s%s",
              turned ? "a column each" : "a line each",
              strcmp(delimiter, "\t") == 0  ? "tabs"
              : strcmp(delimiter, ",") == 0 ? "commas"
              : strcmp(delimiter, ";") == 0 ? "semicolons"
                                            : "bars",
              api_str(answer, "encoding"), *dates == '\0' ? "" : ", dates with the ",
              strcmp(dates, "dmy") == 0   ? "day"
              : strcmp(dates, "mdy") == 0 ? "month"
                                          : "",
              *dates == '\0' ? "" : " first");
    term_end(term, 0, 2);
    if (api_bool(answer, "encoding_guessed")) {
        term_line(term, TERM_WARN,
                  "Nothing in the file says that it is Windows-1252. Is this right: \"%s\"? "
                  "Else say --encoding.",
                  api_str(answer, "encoding_sample"));
    }
}

static void show_columns(struct cli *cli, const json_t *columns)
{
    size_t i;
    json_t *column;

    term_heading(&cli->out, "Columns");
    json_array_foreach(columns, i, column)
    {
        const char *place = api_str(column, "place"), *by = api_str(column, "by");

        term_addf(&cli->out, TERM_PLAIN, "%s", api_str(column, "header"));
        if (*place == '\0') {
            term_addf(&cli->out, TERM_WARN, "  not used");
        } else {
            term_addf(&cli->out, TERM_GOOD, "  → %s",
                      *api_str(column, "label") == '\0' ? place : api_str(column, "label"));
            term_addf(&cli->out, TERM_DIM, "  %s%s", place,
                      strcmp(by, "remembered") == 0 ? ", as before" : "");
        }
        term_end(&cli->out, 2, 4);
    }
}

static void show_fields(struct cli *cli, const json_t *fields)
{
    size_t i;
    json_t *field;

    json_array_foreach(fields, i, field)
    {
        term_addf(&cli->out, TERM_DIM, "%s%s: ", i == 0 ? "" : " · ", api_str(field, "label"));
        term_addf(&cli->out, TERM_PLAIN, "%s", api_str(field, "value"));
        if (*api_str(field, "note") != '\0') {
            term_addf(&cli->out, TERM_GOOD, " = %s", api_str(field, "note"));
        }
    }
    term_end(&cli->out, 9, 9);
}

static void show_difference(struct cli *cli, const json_t *difference)
{
    char *here =
        json_dumps(json_object_get(difference, "here"), JSON_COMPACT | JSON_ENCODE_ANY);
    char *file =
        json_dumps(json_object_get(difference, "file"), JSON_COMPACT | JSON_ENCODE_ANY);

    term_addf(&cli->out, TERM_DIM, "%s: ", api_str(difference, "place"));
    term_addf(&cli->out, TERM_PLAIN, "%.120s here, %.120s in the file", here, file);
    term_end(&cli->out, 9, 11);
    free(here);
    free(file);
}

static void show_problem(struct cli *cli, const json_t *line, const json_t *problem)
{
    const char *header = api_str(problem, "header"), *label = api_str(problem, "label");

    if (api_int(problem, "line") != api_int(line, "line")) {
        term_addf(&cli->out, TERM_WARN, "line %lld, ", (long long)api_int(problem, "line"));
    }
    term_addf(&cli->out, TERM_WARN,
              "%s%s%s: ", *label != '\0' ? label : api_str(problem, "place"),
              *header != '\0' && strcmp(header, label) != 0 ? ", column " : "",
              *header != '\0' && strcmp(header, label) != 0 ? header : "");
    term_addf(&cli->out, TERM_PLAIN, "%s", api_str(problem, "text"));
    term_end(&cli->out, 9, 11);
}

static void show_line(struct cli *cli, const json_t *line, bool turned, bool fields)
{
    static const struct {
        const char *is;
        enum term_style style;
    } styles[] = {{"new", TERM_GOOD}, {"same", TERM_DIM}, {"differs", TERM_WARN}};
    const char *is = api_str(line, "is");
    enum term_style style = TERM_BAD;
    size_t i;
    json_t *of;

    for (size_t k = 0; k < 3; k++) {
        if (strcmp(styles[k].is, is) == 0) style = styles[k].style;
    }
    term_addf(&cli->out, TERM_PLAIN, "%s %lld", turned ? "column" : "line",
              (long long)api_int(line, "line"));
    term_pad(&cli->out, 9);
    term_add(&cli->out, style, *is == '\0' ? "wrong" : is);
    term_pad(&cli->out, 18);
    term_addf(&cli->out, TERM_BOLD, "%s", api_str(line, "title"));
    term_end(&cli->out, 0, 18);
    if (fields) show_fields(cli, api_list(line, "fields"));
    json_array_foreach(api_list(line, "differs"), i, of) show_difference(cli, of);
    json_array_foreach(api_list(line, "problems"), i, of) show_problem(cli, line, of);
}

static void show(struct cli *cli, const char *path, const json_t *answer, bool all)
{
    const json_t *lines = api_list(answer, "lines");
    size_t shown = all ? SIZE_MAX : SHEET_SHOWN;

    show_about(cli, path, answer);
    show_columns(cli, api_list(answer, "columns"));
    term_heading(&cli->out, "Lines");
    for (size_t i = 0; i < json_array_size(lines); i++)
        show_line(cli, json_array_get(lines, i), api_bool(answer, "turned"), i < shown);
    if (json_array_size(lines) > shown) {
        term_line(&cli->out, TERM_DIM,
                  "The fields of the first %d lines are shown; --all shows those of all.",
                  SHEET_SHOWN);
    }
    term_gap(&cli->out);
    fflush(cli->out.file);
}

/* -------------------------------------------------------------------------------- the whole --
 */

static enum cli_exit confirm(struct cli *cli, const json_t *answer, bool update, bool *nothing)
{
    const json_t *counts = json_object_get(answer, "counts");
    long long new = api_int(counts, "new"), differs = api_int(counts, "differs");
    long long bad = api_int(counts, "bad"), writes = new + (update ? differs : 0);

    *nothing = false;
    if (bad > 0) {
        return api_fail(cli, CLI_FAILED, "Mend them in the file and import it again.",
                        "%lld %s not right: nothing was written.", bad,
                        bad == 1 ? "line is" : "lines are");
    }
    if (differs > 0 && !update) {
        term_line(&cli->err, TERM_WARN,
                  "%lld %s otherwise here. Add --update to lay the file over %s.", differs,
                  differs == 1 ? "record says it" : "records say it",
                  differs == 1 ? "it" : "them");
    }
    if (writes == 0) {
        *nothing = true;
        return CLI_DONE;
    }
    return ask_sure(cli, "Write %lld new%s?", new,
                    !update || differs == 0 ? "" : " and lay the file over those that differ");
}

enum cli_exit sheet_import(struct cli *cli, const char *path, struct slice file,
                           const struct args *args)
{
    json_t *said = NULL, *answer = NULL, *written = NULL;
    bool nothing = false;
    enum cli_exit code = said_of(cli, args, &said);

    if (code == CLI_DONE) code = preview(cli, said, file, &answer);
    if (code == CLI_DONE && cli->json && !cli->yes) {
        (void)api_json(cli, answer); /* a program looks first, and says --yes then */
        goto done;
    }
    if (code == CLI_DONE && !cli->json) show(cli, path, answer, args_has(args, "all"));
    if (code == CLI_DONE) code = confirm(cli, answer, args_has(args, "update"), &nothing);
    if (code == CLI_DONE) {
        /* Also when nothing is new: what was answered is kept. */
        json_object_set_new(said, "write", json_true());
        json_object_set(said, "token", json_object_get(answer, "token"));
        code = post(cli, said, file, &written);
    }
    if (code == CLI_DONE && !api_json(cli, written)) {
        if (nothing) {
            term_line(&cli->out, TERM_PLAIN, "Nothing to write: all of it is here already.");
        } else {
            term_line(&cli->out, TERM_GOOD, "Wrote %lld, all at once.",
                      (long long)api_int(written, "written"));
            term_next(&cli->out, "Importing the file again changes nothing; kith share sends "
                                 "a record to others.");
        }
    }
done:
    json_decref(written);
    json_decref(answer);
    json_decref(said);
    return code;
}

enum cli_exit sheet_template(struct cli *cli, const char *name, const char *path)
{
    struct files_received received;
    struct buf target = {0};
    struct http_request request = {.method = "GET"};
    enum cli_exit code;

    buf_put_str(&target, "/v1/templates/");
    for (const char *at = name; *at != '\0'; at++) {
        char letter[2] = {*at == '-' ? '_' : *at, '\0'};

        http_put_escaped(&target, letter);
    }
    buf_put_u8(&target, 0);
    request.target = (const char *)target.data;
    code = files_receive(cli, &request, path, &received);
    if (code == CLI_DONE && path != NULL && strcmp(path, "-") != 0) {
        term_line(&cli->err, TERM_PLAIN, "Wrote %s. Fill it in, then: kith import %s", path,
                  path);
    }
    buf_fini(&target);
    return code;
}
