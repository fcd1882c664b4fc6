#include "client/cli/numbers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/compose.h"
#include "client/cli/line.h"

enum { FILE_BYTES_MAX = 56 * 1024 }; /* what fits a request */

enum cli_exit numbers_file(struct cli *cli, const char *path, char **text)
{
    struct buf out = {0};
    char chunk[4096];
    size_t n;
    FILE *file = strcmp(path, "-") == 0 ? cli->in : fopen(path, "re");
    *text = NULL;
    if (file == NULL) {
        return api_fail(cli, CLI_FAILED, "Is the name right, and may you read it?", "%s: %s.",
                        path, strerror(errno));
    }
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0 && out.len <= FILE_BYTES_MAX)
        buf_put(&out, chunk, n);
    bool good = ferror(file) == 0;
    if (file != cli->in) fclose(file);
    enum cli_exit code = CLI_DONE;
    if (!good || out.len > FILE_BYTES_MAX) {
        code = api_fail(cli, CLI_FAILED, "A table has at most 56 kB and 2,000 numbers: split it.",
                        "%s cannot be read.", path);
    } else if (memchr(out.data, '\0', out.len) != NULL) {
        code = api_fail(cli, CLI_FAILED, "Save the table as CSV.", "%s is no text.", path);
    }
    buf_put_u8(&out, 0);
    if (code == CLI_DONE) {
        *text = (char *)out.data;
    } else {
        buf_fini(&out);
    }
    return code;
}

/* ---- what was understood ---- */

static void show_line(struct cli *cli, const json_t *item)
{
    const char *what = api_str(item, "what"), *was = api_str(item, "was");
    bool wrong = strcmp(what, "wrong") == 0;
    if (strcmp(what, "same") == 0) return;
    term_addf(&cli->out, TERM_DIM, "%4lld  ", (long long)api_int(item, "line"));
    if (wrong) {
        const char *label = api_str(item, "label"), *field = api_str(item, "field");
        term_addf(&cli->out, TERM_BAD, "wrong");
        term_addf(&cli->out, TERM_PLAIN, "  %s%s", label, *label == '\0' ? "" : ": ");
        term_addf(&cli->out, TERM_PLAIN, "%s%s%s", field, *field == '\0' ? "" : ": ",
                  api_str(item, "problem"));
    } else {
        term_addf(&cli->out, TERM_PLAIN, "%s: ", api_str(item, "label"));
        term_add(&cli->out, TERM_BOLD, api_str(item, "text"));
        if (strcmp(what, "changed") == 0) {
            term_addf(&cli->out, TERM_WARN, "  changed");
            if (*was != '\0') term_addf(&cli->out, TERM_DIM, ", was %s", was);
        } else {
            term_add(&cli->out, TERM_GOOD, "  new");
        }
    }
    term_end(&cli->out, 0, 6);
}

void numbers_show(struct cli *cli, const json_t *answer)
{
    const json_t *item, *note;
    size_t i;
    json_array_foreach(api_list(answer, "items"), i, item) show_line(cli, item);
    term_addf(&cli->out, TERM_PLAIN, "%lld new, %lld changed, %lld as they are",
              (long long)api_int(answer, "new"), (long long)api_int(answer, "changed"),
              (long long)api_int(answer, "same"));
    if (api_int(answer, "wrong") > 0) {
        term_addf(&cli->out, TERM_BAD, ", %lld wrong", (long long)api_int(answer, "wrong"));
    }
    term_end(&cli->out, 0, 2);
    json_array_foreach(api_list(answer, "notes"), i, note)
        term_line(&cli->out, TERM_WARN, "%s", json_string_value(note));
}

static enum cli_exit post(struct cli *cli, const char *id, const char *table, bool check,
                          const struct args *args, json_t **answer)
{
    json_t *body = json_object(), *text = json_string(table);
    if (text == NULL) {
        json_decref(body);
        return api_fail(cli, CLI_FAILED, "Save the table in UTF-8.", "the table is no text.");
    }
    json_object_set_new(body, "table", text);
    if (check) json_object_set_new(body, "check", json_true());
    if (args != NULL) compose_person(body, args);
    return api_send(cli, "POST", api_path(cli, "measures", id, "points", NULL), body, answer);
}

enum cli_exit numbers_give(struct cli *cli, const char *id, const char *table,
                           const struct args *args)
{
    json_t *checked = NULL, *answer = NULL;
    enum cli_exit code = post(cli, id, table, true, args, &checked);
    if (code != CLI_DONE) return code;
    int64_t changes = api_int(checked, "new") + api_int(checked, "changed");
    if (!cli->json) numbers_show(cli, checked);
    fflush(cli->out.file);
    if (api_int(checked, "wrong") > 0) {
        api_json(cli, checked);
        code = api_fail(cli, CLI_FAILED, "Mend the lines that are wrong and give it again.",
                        "nothing was written.");
    } else if (changes == 0) {
        if (!api_json(cli, checked))
            term_line(&cli->out, TERM_PLAIN, "There is nothing to write.");
    } else {
        code = ask_sure(cli, "Write %lld numbers?", (long long)changes);
        if (code == CLI_DONE) code = post(cli, id, table, false, args, &answer);
        if (code == CLI_DONE && !api_json(cli, answer)) {
            term_add(&cli->out, TERM_GOOD, "Written");
            term_addf(&cli->out, TERM_PLAIN, ": %lld numbers.",
                      (long long)api_int(answer, "written"));
            term_end(&cli->out, 0, 2);
        }
    }
    json_decref(answer);
    json_decref(checked);
    return code;
}

/* ---- the table to fill in ---- */

static void put_padded(struct buf *out, const char *text, size_t width)
{
    size_t used = line_width(text, strlen(text));
    buf_put_str(out, text);
    for (; used < width; used++)
        buf_put_u8(out, ' ');
}

static size_t column_width(const json_t *grid, size_t column, const char *title)
{
    const json_t *row;
    size_t i, most = strlen(title) < 8 ? 8 : line_width(title, strlen(title));
    json_array_foreach(api_list(grid, "rows"), i, row)
    {
        const char *cell = json_string_value(json_array_get(api_list(row, "cells"), column));
        size_t n = cell == NULL ? 0 : strlen(cell);
        if (n > most) most = n;
    }
    return most;
}

static const char *title_of(const json_t *column)
{
    const char *name = json_string_value(column);
    return name == NULL || *name == '\0' ? "all students" : name;
}

static void put_grid(struct buf *out, const json_t *grid)
{
    const json_t *columns = api_list(grid, "columns"), *column, *row;
    size_t i, k;
    buf_put_str(out, "period    ");
    json_array_foreach((json_t *)(uintptr_t)columns, k, column)
    {
        buf_put_str(out, " | ");
        put_padded(out, title_of(column), column_width(grid, k, title_of(column)));
    }
    buf_put_u8(out, '\n');
    json_array_foreach(api_list(grid, "rows"), i, row)
    {
        buf_put_str(out, api_str(row, "period"));
        json_array_foreach((json_t *)(uintptr_t)columns, k, column)
        {
            const char *cell = json_string_value(json_array_get(api_list(row, "cells"), k));
            buf_put_str(out, " | ");
            put_padded(out, cell == NULL ? "" : cell, column_width(grid, k, title_of(column)));
        }
        buf_put_u8(out, '\n');
    }
}

void numbers_put_grid(struct cli *cli, const json_t *grid)
{
    struct buf out = {0};
    put_grid(&out, grid);
    fwrite(out.data, 1, out.len, cli->out.file);
    buf_fini(&out);
}

/* ---- in an editor ---- */

struct editing {
    struct cli *cli;
    const char *id;
};

/* Without the lines that begin with #. Line numbers stay: they become empty lines. */
static char *without_comments(const char *text)
{
    struct buf out = {0};
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        if (*text != '#') buf_put(&out, text, n);
        if (text[n] == '\n') buf_put_u8(&out, text[n++]);
        text += n;
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

/* What is wrong with the text, in a line; NULL when nothing is. */
static char *problems_of(const json_t *checked)
{
    struct buf out = {0};
    const json_t *item;
    char line[32];
    size_t i;
    json_array_foreach(api_list(checked, "items"), i, item)
    {
        if (strcmp(api_str(item, "what"), "wrong") != 0) continue;
        (void)snprintf(line, sizeof(line), "%sline %lld, ", out.len == 0 ? "" : "; ",
                       (long long)api_int(item, "line"));
        buf_put_str(&out, line);
        buf_put_str(&out, api_str(item, "field"));
        buf_put_str(&out, ": ");
        buf_put_str(&out, api_str(item, "problem"));
    }
    if (out.len == 0) return NULL;
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

static bool check_text(void *ctx, const char *text, char **message)
{
    struct editing *editing = ctx;
    json_t *checked = NULL;
    char *table = without_comments(text);
    enum cli_exit code = post(editing->cli, editing->id, table, true, NULL, &checked);
    *message = code == CLI_DONE ? problems_of(checked)
                                : mem_strdup("the table cannot be read; see above");
    json_decref(checked);
    free(table);
    return *message == NULL;
}

enum cli_exit numbers_edit(struct cli *cli, const char *id, const json_t *grid, char **table)
{
    struct editing editing = {cli, id};
    struct buf out = {0};
    const json_t *measure = json_object_get(grid, "measure");
    buf_put_str(&out, "# ");
    buf_put_str(&out, api_str(measure, "name"));
    if (*api_str(measure, "numerator") != '\0') {
        buf_put_str(&out, ": ");
        buf_put_str(&out, api_str(measure, "numerator"));
        buf_put_str(&out, ", of ");
        buf_put_str(&out, api_str(measure, "denominator"));
    }
    buf_put_str(&out,
                "\n# A cell is 50/120 or a value. Empty says nothing; - takes a number away.\n"
                "# Lines may be added: 2026-09-01 | 50/120 | …\n");
    put_grid(&out, grid);
    buf_put_u8(&out, 0);
    char *text = (char *)out.data;
    enum cli_exit code = ask_editor(cli, "numbers", &text, check_text, &editing);
    *table = code == CLI_DONE ? without_comments(text) : NULL;
    free(text);
    return code;
}
