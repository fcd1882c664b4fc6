#include "client/cli/cmd_measure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/ask.h"
#include "client/cli/cmd_share.h"
#include "client/cli/compose.h"
#include "client/cli/find.h"
#include "client/cli/numbers.h"
#include "client/cli/plot.h"
#include "client/cli/screen.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

/* The id of the measure that the first word means, as paths take it. */
static enum cli_exit measure_id(struct cli *cli, const struct args *args, char **id)
{
    json_t *record;
    enum cli_exit code = find_record(cli, args_word(args, 0), "measure", false, &record);
    *id = code == CLI_DONE ? find_id(record) : NULL;
    if (code == CLI_DONE) json_decref(record);
    return code;
}

/* --- chart --- */

static char *with_chart(char *target, const struct args *args)
{
    struct buf groups = {0};
    const char *group;
    for (size_t at = 0; (group = args_next(args, "group", &at)) != NULL;) {
        if (groups.len > 0) buf_put_u8(&groups, '|');
        buf_put_str(&groups, group);
    }
    buf_put_u8(&groups, 0);
    target = api_with(target, "of", args_get(args, "of"));
    if (groups.len > 1) target = api_with(target, "group", (const char *)groups.data);
    target = api_with(target, "groups", args_has(args, "groups") ? "1" : NULL);
    target = api_with(target, "from", args_get(args, "from"));
    target = api_with(target, "until", args_get(args, "until"));
    target = api_with(target, "limits", args_has(args, "limits") ? "1" : NULL);
    buf_fini(&groups);
    return target;
}

static enum cli_exit write_svg(struct cli *cli, const char *id, const struct args *args)
{
    const char *path = args_get(args, "svg");
    char *target = with_chart(api_path(cli, "measures", id, "chart.svg", NULL), args);
    struct http_request request = {.method = "GET", .target = target};
    struct http_answer answer;
    enum cli_exit code = api_stream(cli, &request, &answer);
    free(target);
    if (code != CLI_DONE) return code;
    FILE *file = strcmp(path, "-") == 0 ? cli->out.file : fopen(path, "we");
    bool written =
        file != NULL && fwrite(answer.body.data, 1, answer.body.len, file) == answer.body.len;
    if (file != NULL && file != cli->out.file) written = fclose(file) == 0 && written;
    http_answer_fini(&answer);
    if (!written) {
        return api_fail(cli, CLI_FAILED, "May you write there, and is there room?", "%s: %s.",
                        path, strerror(errno));
    }
    if (file != cli->out.file) term_line(&cli->out, TERM_PLAIN, "Wrote %s.", path);
    return CLI_DONE;
}

static enum cli_exit run_chart(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    char *id;
    json_t *chart = NULL;
    enum cli_exit code = measure_id(cli, args, &id);
    if (code == CLI_DONE && args_has(args, "svg")) {
        code = write_svg(cli, id, args);
        free(id);
        return code;
    }
    if (code == CLI_DONE) {
        code = api_get(cli, with_chart(api_path(cli, "measures", id, "chart", NULL), args),
                       &chart);
    }
    if (code == CLI_DONE && !api_json(cli, chart)) {
        if (json_array_size(api_list(chart, "series")) == 0) {
            term_line(&cli->out, TERM_PLAIN, "There are no numbers of it here yet.");
            term_next(&cli->out,
                      "kith measure point MEASURE 50/120 writes one; kith measure grid "
                      "MEASURE many.");
        } else if (args_has(args, "table")) {
            plot_table(cli, chart);
            plot_say(cli, chart);
        } else {
            plot_draw(cli, chart, args_has(args, "ascii") || plot_is_ascii());
            plot_say(cli, chart);
        }
        screen_behind(cli, chart);
    }
    json_decref(chart);
    free(id);
    return code;
}

/* --- one number --- */

/* "50/120", "50 of 120" or a value, over the flags. */
static enum cli_exit take_word(struct cli *cli, const char *word, json_t *point)
{
    char *end;
    const char *rest;
    long long num = strtoll(word, &end, 10);
    rest = end + strspn(end, " ");
    size_t by = *rest == '/' ? 1 : strncmp(rest, "of ", 3) == 0 ? 3 : 0;
    if (end != word && by > 0) {
        const char *from = rest + by + strspn(rest + by, " ");
        long long den = strtoll(from, &end, 10);
        if (end != from && *end == '\0') {
            json_object_set_new(point, "numerator", json_integer(num));
            json_object_set_new(point, "denominator", json_integer(den));
            return CLI_DONE;
        }
    }
    double value = strtod(word, &end);
    if (end == word || end[strspn(end, " %")] != '\0') {
        return api_fail(cli, CLI_USAGE, "kith measure point MEASURE 50/120",
                        "\"%s\" is no number.", word);
    }
    bool whole = value == (double)(long long)value;
    json_object_set_new(point, "value",
                        whole ? json_integer((json_int_t)value) : json_real(value));
    return CLI_DONE;
}

static enum cli_exit take_count(struct cli *cli, const struct args *args, const char *name,
                                json_t *point)
{
    const char *text = args_get(args, name);
    if (text == NULL) return CLI_DONE;
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 12) {
        return api_fail(cli, CLI_USAGE, NULL, "--%s: \"%s\" is no whole number.", name, text);
    }
    json_object_set_new(point, name, json_integer(strtoll(text, NULL, 10)));
    return CLI_DONE;
}

static enum cli_exit take_cycle(struct cli *cli, const char *word, json_t *point)
{
    json_t *cycle;
    if (word == NULL) return CLI_DONE;
    enum cli_exit code = find_record(cli, word, "cycle", false, &cycle);
    if (code != CLI_DONE) return code;
    char *ref = find_ref(cycle);
    json_object_set_new(point, "cycle", json_string(ref));
    free(ref);
    json_decref(cycle);
    return CLI_DONE;
}

/* The point that flags and words make. Without a period it is of today's. */
static enum cli_exit take_point(struct cli *cli, const struct args *args, json_t *point)
{
    static const char *const texts[] = {"period", "group", "note", "annotation"};
    char today[WHEN_MAX];
    const char *word = args_word(args, 1);
    for (size_t i = 0; i < 4; i++) {
        const char *text = args_get(args, texts[i]);
        if (text != NULL) json_object_set_new(point, texts[i], json_string(text));
    }
    if (!args_has(args, "period") && when_date(today, "today", cli->now_s)) {
        json_object_set_new(point, "period", json_string(today));
    }
    enum cli_exit code = take_count(cli, args, "numerator", point);
    if (code == CLI_DONE) code = take_count(cli, args, "denominator", point);
    if (code == CLI_DONE) code = take_cycle(cli, args_get(args, "cycle"), point);
    if (code == CLI_DONE && args_has(args, "value")) {
        code = take_word(cli, args_get(args, "value"), point);
    }
    return code == CLI_DONE && word != NULL ? take_word(cli, word, point) : code;
}

static enum cli_exit run_point(struct cli *cli, const struct command *command,
                               const struct args *args)
{
    (void)command;
    char *id;
    json_t *point = json_object(), *answer = NULL;
    enum cli_exit code = measure_id(cli, args, &id);
    if (code == CLI_DONE) code = take_point(cli, args, point);
    if (code == CLI_DONE) {
        json_t *body = json_pack("{s:[O]}", "points", point);
        compose_person(body, args);
        code =
            api_send(cli, "POST", api_path(cli, "measures", id, "points", NULL), body, &answer);
    }
    if (code == CLI_DONE && !api_json(cli, answer)) {
        numbers_show(cli, answer);
        term_next(&cli->out, "kith chart %.6s draws it.",
                  strchr(id, '.') == NULL ? id : strchr(id, '.') + 1);
    }
    json_decref(answer);
    json_decref(point);
    free(id);
    return code;
}

/* --- many numbers --- */

static enum cli_exit run_import(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    char *id, *table = NULL;
    enum cli_exit code = measure_id(cli, args, &id);
    if (code == CLI_DONE) code = numbers_file(cli, args->words[1], &table);
    if (code == CLI_DONE) code = numbers_give(cli, id, table, args);
    free(table);
    free(id);
    return code;
}

static enum cli_exit run_grid(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    char *id, *table = NULL;
    json_t *grid = NULL;
    enum cli_exit code = measure_id(cli, args, &id);
    if (code == CLI_DONE && args_has(args, "table")) {
        code = numbers_file(cli, args_get(args, "table"), &table);
    } else if (code == CLI_DONE) {
        char *target = api_path(cli, "measures", id, "grid", NULL);
        target = api_with(target, "from", args_get(args, "from"));
        target = api_with(target, "until", args_get(args, "until"));
        code = api_get(cli, target, &grid);
        if (code == CLI_DONE && !cli->interactive) {
            /* Nobody to edit it: the table itself, to be filled in and given back. */
            if (!api_json(cli, grid)) numbers_put_grid(cli, grid);
            json_decref(grid);
            free(id);
            return CLI_DONE;
        }
        if (code == CLI_DONE) code = numbers_edit(cli, id, grid, &table);
    }
    if (code == CLI_DONE) code = numbers_give(cli, id, table, args);
    json_decref(grid);
    free(table);
    free(id);
    return code;
}

/* --- publishing --- */

static void show_release(struct cli *cli, const json_t *release)
{
    static const struct table_column columns[] = {
        {"group", 10, TABLE_LEFT},       {"here", 0, TABLE_RIGHT},
        {"of students", 0, TABLE_RIGHT}, {"others read", 0, TABLE_RIGHT},
        {"because", 12, TABLE_LEFT},
    };
    struct table table;
    const json_t *row, *note;
    size_t i;
    term_addf(&cli->out, TERM_BOLD, "%s, %s",
              api_str(json_object_get(release, "measure"), "name"), api_str(release, "label"));
    term_addf(&cli->out, TERM_DIM, "  edition %lld, groups under %lld students hidden",
              (long long)api_int(release, "edition"), (long long)api_int(release, "least"));
    term_end(&cli->out, 0, 2);
    table_init(&table, columns, 5);
    json_array_foreach(api_list(release, "rows"), i, row)
    {
        const char *shown = api_str(row, "shown");
        bool hidden = strcmp(shown, "suppressed") == 0;
        table_put(&table, TERM_PLAIN, api_str(row, "label"));
        table_put(&table, TERM_PLAIN, api_str(row, "text"));
        if (json_object_get(row, "denominator") == NULL) {
            table_put(&table, TERM_PLAIN, NULL);
        } else {
            table_putf(&table, TERM_PLAIN, "%lld", (long long)api_int(row, "denominator"));
        }
        table_put(&table, hidden ? TERM_WARN : TERM_GOOD, shown);
        table_put(&table, TERM_DIM, api_str(row, "because"));
    }
    table_write(&table, &cli->out);
    table_fini(&table);
    json_array_foreach(api_list(release, "notes"), i, note)
        term_line(&cli->out, TERM_WARN, "%s", json_string_value(note));
    term_gap(&cli->out);
    fflush(cli->out.file);
}

static enum cli_exit run_publish(struct cli *cli, const struct command *command,
                                 const struct args *args)
{
    (void)command;
    char *id;
    json_t *release = NULL, *made = NULL;
    const char *with = args_has(args, "with") ? args_get(args, "with") : "network";
    enum cli_exit code = measure_id(cli, args, &id);
    if (code == CLI_DONE && !args_has(args, "period")) {
        code = api_fail(cli, CLI_USAGE, "kith measure publish MEASURE --period 2026-09",
                        "say of which period.");
    }
    if (code == CLI_DONE) {
        char *target = api_path(cli, "measures", id, "release", NULL);
        target = api_with(target, "period", args_get(args, "period"));
        code = api_get(cli, api_with(target, "least", args_get(args, "least")), &release);
    }
    if (code == CLI_DONE && args_has(args, "check")) {
        if (!api_json(cli, release)) show_release(cli, release);
    } else if (code == CLI_DONE) {
        if (!cli->json) show_release(cli, release);
        json_t *body = json_pack("{s:s, s:I}", "period", args_get(args, "period"), "least",
                                 (json_int_t)api_int(release, "least"));
        compose_person(body, args);
        code =
            api_send(cli, "POST", api_path(cli, "measures", id, "release", NULL), body, &made);
        if (code == CLI_DONE) code = cmd_share_record(cli, api_str(made, "record"), with, args);
    }
    json_decref(made);
    json_decref(release);
    free(id);
    return code;
}

/* --- the rows --- */

static const struct args_option chart_options[] = {
    {.name = "of",
     .value = "WHOM",
     .help = "a school, network (what schools publish), all, me"},
    {.name = "group", .many = true, .value = "GROUP", .help = "this student group; repeat it"},
    {.name = "groups", .help = "all students and every group, over one another"},
    {.name = "from", .value = "PERIOD", .help = "from this period on"},
    {.name = "until", .value = "PERIOD", .help = "up to this period"},
    {.name = "limits", .help = "with limits: p where there are counts, else xmr"},
    {.name = "table", .help = "the numbers as a table"},
    {.name = "svg", .value = "FILE", .help = "as a picture (- writes to the output)"},
    {.name = "ascii", .help = "only characters that every terminal has"},
    {.name = NULL},
};
static const struct args_option point_options[] = {
    {.name = "period", .value = "PERIOD", .help = "2026-09-01, 2026-09, 2026-W38 (this one)"},
    {.name = "group", .value = "GROUP", .help = "a student group (all students)"},
    {.name = "numerator", .value = "N", .help = "how many"},
    {.name = "denominator", .value = "N", .help = "out of how many"},
    {.name = "value", .value = "NUMBER", .help = "of a count or a mean"},
    {.name = "note", .value = "WORDS", .help = "for yourselves"},
    {.name = "annotation", .value = "WORDS", .help = "a few words that the chart shows"},
    {.name = "cycle", .value = "CYCLE", .help = "the cycle that began or changed something"},
    {.name = "person", .value = "NAME", .help = "who writes"},
    {.name = NULL},
};
static const struct args_option grid_options[] = {
    {.name = "from", .value = "PERIOD", .help = "from this period on"},
    {.name = "until", .value = "PERIOD", .help = "up to this period"},
    {.name = "table", .value = "FILE", .help = "a filled-in table (- reads the input)"},
    {.name = "person", .value = "NAME", .help = "who writes"},
    {.name = NULL},
};
static const struct args_option publish_options[] = {
    {.name = "period",
     .value = "PERIOD",
     .help = "which period: 2026-09-01, 2026-09, 2026-W38"},
    {.name = "check", .help = "only show what others would read"},
    {.name = "with", .letter = 'w', .value = "WHOM", .help = "network (usual), hub, buddies"},
    {.name = "least", .value = "N", .help = "hide groups of fewer students (10)"},
    {.name = "person", .value = "NAME", .help = "who publishes"},
    {.name = NULL},
};

#define ROW .group = COMMAND_MEASURE
const struct command cmd_measure_commands[] = {
    {.name = "chart",
     .words = "MEASURE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Draw a measure as a run chart",
     .help = "The numbers in order, the median, and what the rules say: a run that is too long "
             "or a "
             "median crossed too seldom is a signal; under ten useful points, keep plotting. "
             "Phases "
             "begin where somebody said so (kith add phase); the median of a baseline stays "
             "where it "
             "is. What is missing is not zero.",
     .example = "kith chart \"FAFSA completed\"\nkith chart fafsa --groups --svg fafsa.svg",
     .options = chart_options,
     .run = run_chart},
    {.name = "measure point",
     .words = "MEASURE [NUMBER]",
     ROW,
     .min = 1,
     .max = 2,
     .summary = "Write down one number",
     .help = "A number of one period and one student group. NUMBER is 50/120 or a value. Where "
             "there is one already it is corrected, and the old one stays in the history.",
     .example = "kith measure point fafsa 50/120 --period 2026-09 --group Girls",
     .options = point_options,
     .run = run_point},
    {.name = "measure grid",
     .words = "MEASURE",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Fill in many numbers as a table",
     .help = "Opens a table in your editor: a line for each period, a column for each student "
             "group, "
             "cells like 50/120. An empty cell says nothing; - takes a number away. You see "
             "what was "
             "understood before anything is written. Without a terminal it prints the table; "
             "give it "
             "back with --table.",
     .example = "kith measure grid fafsa --from 2026-01\nkith measure grid fafsa --table -",
     .options = grid_options,
     .run = run_grid},
    {.name = "measure import",
     .words = "MEASURE FILE",
     ROW,
     .min = 2,
     .max = 2,
     .summary = "Take numbers from a CSV file",
     .help =
         "The first line names the columns: period, group, numerator, denominator (or value), "
         "note, annotation; or period and a column for each student group. Says line by line "
         "what "
         "it understood, and asks. With a line that is wrong nothing is written.",
     .example =
         "kith measure import fafsa numbers.csv\nkith measure import fafsa numbers.csv --yes",
     .options = grid_options + 3,
     .run = run_import},
    {.name = "measure publish",
     .words = "MEASURE --period PERIOD",
     ROW,
     .min = 1,
     .max = 1,
     .summary = "Let the network read a period's numbers",
     .help = "Hides what a few students could be known by, and what would give that away; "
             "shows what "
             "others will read beside your own numbers; then shares it as kith share does. "
             "What was "
             "published of the period before is taken into account. Raw points stay with you.",
     .example = "kith measure publish fafsa --period 2026-09 --check\n"
                "kith measure publish fafsa --period 2026-09",
     .options = publish_options,
     .run = run_publish},
    {.name = NULL},
};
