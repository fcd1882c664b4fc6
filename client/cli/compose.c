#include "client/cli/compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/command.h"
#include "client/cli/fields.h"
#include "client/cli/template.h"
#include "proto/record/author.h"

static void lay_over(json_t *out, const json_t *sections)
{
    const char *name;
    json_t *section;
    json_object_foreach((json_t *)(uintptr_t)sections, name, section)
    {
        json_t *have = json_object_get(out, name);
        if (json_is_object(have)) {
            json_object_update(have, section);
        } else {
            json_object_set_new(out, name, json_deep_copy(section));
        }
    }
}

enum cli_exit compose_file(struct cli *cli, const char *path, json_t **out)
{
    json_error_t error;
    FILE *file = strcmp(path, "-") == 0 ? cli->in : fopen(path, "re");
    if (file == NULL) {
        return api_fail(cli, CLI_FAILED, "Is the name right, and may you read it?", "%s: %s.",
                        path, strerror(errno));
    }
    *out = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (file != cli->in) fclose(file);
    if (*out != NULL && json_is_object(*out)) return CLI_DONE;
    bool parsed = *out != NULL;
    json_decref(*out);
    *out = NULL;
    if (parsed) {
        return api_fail(cli, CLI_FAILED, "An object of sections: {\"head\": {\"title\": …}}.",
                        "%s holds no record.", path);
    }
    return api_fail(cli, CLI_FAILED, "Correct it and try again.", "%s, line %d: %s.", path,
                    error.line, error.text);
}

/* --- the editor --- */

struct editing {
    struct cli *cli;
    const struct compose *compose;
    json_t *sections; /* what the text read as */
};

/* Items get their ids from the daemon; until then they have stand-ins, each its own. */
static void stand_in(void *ctx, void *out, size_t n)
{
    uint64_t *count = ctx;
    memset(out, 0, n);
    ++*count;
    memcpy(out, count, n < sizeof(*count) ? n : sizeof(*count));
}

static bool valid(const struct compose *compose, const json_t *sections,
                  struct schema_problem *why)
{
    uint64_t count = 0;
    const struct env env = {stand_in, &count};
    json_t *named = json_deep_copy(sections);
    enum schema_extent extent =
        compose->current == NULL && compose->sections == NULL ? SCHEMA_WHOLE : SCHEMA_PART;
    author_name_items(compose->schema, named, &env);
    bool good = schema_validate(compose->schema, named, extent, why) == ERR_OK;
    json_decref(named);
    return good;
}

/* A field that the record needs and that is gone from its form; NULL: none. */
static const struct schema_field *gone(const struct compose *compose, const json_t *sections)
{
    const struct schema_field *field;
    for (size_t at = 0; (field = schema_next(compose->schema, &at)) != NULL;) {
        const json_t *section = json_object_get(compose->current, field->section);
        if (field->required && json_object_get(section, field->name) != NULL &&
            fields_has_section(schema_section(compose->schema, field->section),
                               compose->sections) &&
            schema_get(sections, field->path) == NULL) {
            return field;
        }
    }
    return NULL;
}

static bool check_text(void *ctx, const char *text, char **message)
{
    struct editing *editing = ctx;
    struct template_problem problem;
    struct schema_problem why;
    const struct compose *compose = editing->compose;
    json_t *sections;
    char said[600];
    if (template_read(compose->schema, slice_of(text, strlen(text)), &sections, &problem) !=
        ERR_OK) {
        *message = mem_strdup(problem.text);
        return false;
    }
    if (fields_resolve(editing->cli, compose->schema, sections) != CLI_DONE) {
        *message = mem_strdup("a record that is named here was not found");
        json_decref(sections);
        return false;
    }
    const struct schema_field *missing = gone(compose, sections);
    if (missing != NULL || !valid(compose, sections, &why)) {
        snprintf(said, sizeof(said), "[%s] %s", missing != NULL ? missing->path : why.path,
                 missing != NULL ? "this one is needed" : why.text);
        *message = mem_strdup(said);
        json_decref(sections);
        return false;
    }
    json_decref(editing->sections);
    editing->sections = sections;
    return true;
}

static enum cli_exit edit(struct cli *cli, const struct compose *compose, json_t **sections)
{
    struct editing editing = {.cli = cli, .compose = compose};
    struct template_problem problem;
    struct buf text = {0};
    json_t *before = NULL, *start = json_object();
    if (compose->current != NULL) lay_over(start, compose->current);
    lay_over(start, *sections);
    if (compose->above != NULL) buf_put_str(&text, compose->above);
    template_write(&text, compose->schema, compose->sections, start);
    buf_put_u8(&text, 0);
    char *edited = (char *)text.data;
    enum cli_exit code = ask_editor(cli, compose->schema->type, &edited, check_text, &editing);
    if (code == CLI_DONE && compose->current != NULL) {
        /* what the form would have said about the record as it was: only differences go out */
        struct buf was = {0};
        template_write(&was, compose->schema, compose->sections, compose->current);
        if (template_read(compose->schema, buf_slice(&was), &before, &problem) != ERR_OK) {
            before = json_object();
        }
        json_decref(*sections);
        *sections =
            template_changes(compose->schema, compose->current, before, editing.sections);
        buf_fini(&was);
    } else if (code == CLI_DONE) {
        json_decref(*sections);
        *sections = json_incref(editing.sections);
    }
    json_decref(editing.sections);
    json_decref(before);
    json_decref(start);
    free(edited);
    return code;
}

/* --- all of it --- */

static enum cli_exit nothing_given(struct cli *cli, const struct compose *compose)
{
    char hint[300];
    size_t at = 0, n = 0;
    const struct schema_field *field;
    snprintf(hint, sizeof(hint), "Give it as options:");
    while ((field = schema_next(compose->schema, &at)) != NULL && n < 4) {
        const struct schema_section *section = schema_section(compose->schema, field->section);
        if (field->flag == NULL || !fields_has_section(section, compose->sections)) continue;
        size_t used = strlen(hint);
        snprintf(hint + used, sizeof(hint) - used, " --%s", field->flag);
        n++;
    }
    size_t used = strlen(hint);
    snprintf(hint + used, sizeof(hint) - used, " …, with --from FILE, or with --edit.");
    return api_fail(cli, CLI_USAGE, hint, "there is nothing to write.");
}

/* The field at a problem's path: "causes.list[0].locus" is causes.list[].locus. */
static const struct schema_field *field_at(const struct schema *schema, const char *path)
{
    char plain[160];
    size_t n = 0;
    for (; *path != '\0' && n + 2 < sizeof(plain); path++) {
        if (*path >= '0' && *path <= '9' && n > 0 && plain[n - 1] == '[') {
            path += strspn(path, "0123456789") - 1;
            continue;
        }
        plain[n++] = *path;
    }
    plain[n] = '\0';
    return schema_field(schema, plain);
}

/* What a new one lacks is said in the words of the command line, before anybody is asked to
 * write it. */
static enum cli_exit whole(struct cli *cli, const struct compose *compose,
                           const json_t *sections)
{
    struct schema_problem why;
    if (compose->current != NULL || compose->sections != NULL ||
        valid(compose, sections, &why)) {
        return CLI_DONE;
    }
    const struct schema_field *field = field_at(compose->schema, why.path);
    if (field == NULL) return api_fail(cli, CLI_USAGE, NULL, "%s: %s", why.path, why.text);
    return api_fail(cli, CLI_USAGE, "kith help TYPE add lists the fields of a type.",
                    "%s%s%s%s: %s.", field->label, field->flag == NULL ? "" : " (--",
                    field->flag == NULL ? "" : field->flag, field->flag == NULL ? "" : ")",
                    why.text);
}

enum cli_exit compose_run(struct cli *cli, const struct compose *compose,
                          const struct args *args, json_t **out, bool *typed)
{
    json_t *sections = json_object(), *file = NULL;
    const char *from = args_get(args, "from");
    bool by_hand = false, any = from != NULL || compose->preset != NULL ||
                                fields_given(compose->schema, compose->sections, args);
    enum cli_exit code = CLI_DONE;
    if (compose->preset != NULL) lay_over(sections, compose->preset);
    if (from != NULL) code = compose_file(cli, from, &file);
    if (code == CLI_DONE && file != NULL) {
        const json_t *inner = json_object_get(file, "sections");
        lay_over(sections, json_is_object(inner) ? inner : file);
    }
    if (code == CLI_DONE) {
        code = fields_from_args(cli, compose->schema, compose->sections, args, sections);
    }
    bool asks = args_has(args, "edit") || (!any && cli->interactive);
    if (code == CLI_DONE && asks) code = api_reachable(cli);
    if (code == CLI_DONE && args_has(args, "edit")) {
        code = edit(cli, compose, &sections);
        by_hand = true;
    } else if (code == CLI_DONE && !any && cli->interactive) {
        fields_ask_begin(cli);
        const struct fields_form form = {compose->schema, compose->sections, compose->first,
                                         compose->current};
        code = fields_ask(cli, &form, sections);
        by_hand = true;
        if (code == CLI_DONE && json_object_size(sections) == 0) {
            code =
                api_fail(cli, CLI_REFUSED, NULL, "nothing was said, so nothing was written.");
        }
    } else if (code == CLI_DONE && !any) {
        code = nothing_given(cli, compose);
    } else if (code == CLI_DONE && from == NULL) {
        code = whole(cli, compose, sections);
    }
    json_decref(file);
    if (code != CLI_DONE) {
        json_decref(sections);
        return code;
    }
    *out = sections;
    if (typed != NULL) *typed = by_hand;
    return CLI_DONE;
}

void compose_person(json_t *body, const struct args *args)
{
    const char *person = args_get(args, "person");
    if (person != NULL) json_object_set_new(body, "person", json_string(person));
}

static void keep_in_file(struct cli *cli, const char *type, const json_t *sections)
{
    char path[300];
    const char *home = getenv("HOME");
    snprintf(path, sizeof(path), "%s/kith-%.60s-XXXXXX.json", home == NULL ? "." : home, type);
    int fd = mkstemps(path, 5);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) return;
    json_dumpf(sections, file, JSON_INDENT(2));
    if (fclose(file) != 0) return;
    term_line(&cli->err, TERM_PLAIN, "What you wrote is kept in %s; --from takes it up again.",
              path);
}

void compose_keep(struct cli *cli, const char *draft, const char *type, const json_t *record,
                  const json_t *sections)
{
    char fresh[64];
    const char *name = draft == NULL ? fresh : draft;
    if (json_object_size(sections) == 0) return;
    snprintf(fresh, sizeof(fresh), "%.30s-%lld", type, (long long)cli->now_s);
    json_t *body = json_pack("{s:s, s:O}", "type", type, "body", sections);
    if (record != NULL) json_object_set(body, "record", json_object_get(record, "id"));
    const struct schema *schema = command_schema(type);
    if (schema != NULL && schema_title(schema, sections)[0] != '\0') {
        json_object_set_new(body, "title", json_string(schema_title(schema, sections)));
    }
    struct http_request request = {.method = "PUT", .content_type = "application/json"};
    struct http_answer got;
    char *text = json_dumps(body, JSON_COMPACT), *target = api_path(cli, "drafts", name, NULL);
    request.target = target;
    request.body = slice_of(text, strlen(text));
    bool kept = http_call(cli->socket_path, &request, &got) == ERR_OK;
    if (kept) {
        kept = got.status >= 200 && got.status < 300;
        http_answer_fini(&got);
    }
    if (kept) {
        term_line(&cli->err, TERM_PLAIN, "What you wrote is kept as a draft. Go on with:");
        term_line(&cli->err, TERM_PLAIN, "  kith draft resume %s", name);
    } else {
        keep_in_file(cli, type, sections);
    }
    json_decref(body);
    free(text);
    free(target);
}
