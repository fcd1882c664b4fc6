#include "client/cli/cmd_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/files.h"
#include "client/cli/find.h"
#include "client/cli/screen.h"
#include "client/cli/table.h"
#include "client/cli/when.h"

/* --- feed --- */

static void show_news(struct cli *cli, const json_t *item)
{
    static const struct {
        const char *what, *said;
    } words[] = {{"new", "new"},
                 {"edited", "changed"},
                 {"feedback", "feedback on"},
                 {"decided", "decided"}};
    char ago[WHEN_MAX];
    const json_t *record = json_object_get(item, "record");
    const char *what = api_str(item, "what"), *person = api_str(item, "person");
    int64_t at = api_time(item, "at");
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(words[i].what, what) == 0) what = words[i].said;
    }
    term_gap(&cli->out);
    term_addf(&cli->out, TERM_BOLD, "%s", api_name(item, "by"));
    if (person[0] != '\0') term_addf(&cli->out, TERM_PLAIN, ", %s", person);
    if (at != 0) term_addf(&cli->out, TERM_DIM, "  %s", when_ago(ago, at, cli->now_s));
    term_end(&cli->out, 0, 2);
    term_addf(&cli->out, TERM_PLAIN, "%s %s ", what, screen_type(api_str(record, "type")));
    term_add(&cli->out, TERM_DIM, api_str(record, "short"));
    term_addf(&cli->out, TERM_PLAIN, "  %s", screen_title(record));
    if (api_str(record, "state")[0] != '\0') {
        term_addf(&cli->out, TERM_DIM, "  %s", api_str(record, "state"));
    }
    term_end(&cli->out, 2, 4);
    if (api_str(item, "text")[0] != '\0' &&
        strcmp(api_str(item, "text"), api_str(record, "title")) != 0) {
        term_add(&cli->out, TERM_PLAIN, api_str(item, "text"));
        term_end(&cli->out, 4, 4);
    }
}

static char *with_options(char *target, const struct args *args)
{
    static const char *const names[] = {"type", "owner", "limit", "cursor"};
    for (size_t i = 0; i < 4; i++) {
        const char *value = args_get(args, names[i]);
        char *typed = value == NULL ? NULL : mem_strdup(value);
        for (char *p = typed; i == 0 && p != NULL && *p != '\0'; p++) {
            if (*p == '-') *p = '_';
        }
        target = api_with(target, names[i], typed);
        free(typed);
    }
    return target;
}

static enum cli_exit run_feed(struct cli *cli, const struct command *command,
                              const struct args *args)
{
    (void)command;
    json_t *answer, *item;
    size_t i;
    char *target = with_options(api_path(cli, "feed", NULL), args);
    target = api_with(target, "others", args_has(args, "others") ? "1" : NULL);
    enum cli_exit code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item) show_news(cli, item);
        if (i == 0) {
            term_line(&cli->out, TERM_PLAIN,
                      "Nothing here yet. What your school writes and what "
                      "others share with it appears here.");
        } else {
            term_next(&cli->out, "kith show ID reads one; kith feedback add ID warm \"…\" says "
                                 "something.");
        }
        screen_behind(cli, answer);
    }
    json_decref(answer);
    return code;
}

/* --- search --- */

/* One line, without the references to other records, which are digits to a reader. */
static char *readable(const char *snippet)
{
    enum { REFERENCE_MIN = 24 };
    struct buf out = {0};
    while (*snippet != '\0') {
        size_t blanks = strspn(snippet, " \t\r\n"), n = strcspn(snippet + blanks, " \t\r\n");
        const char *word = snippet + blanks;
        if (strspn(word, "0123456789abcdef/…") < REFERENCE_MIN) {
            if (blanks > 0) buf_put_u8(&out, ' ');
            buf_put(&out, word, n);
        }
        snippet = word + n;
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

/* "… [word] …": what stands in brackets is what was found. */
static void add_snippet(struct term *term, const char *snippet)
{
    while (*snippet != '\0') {
        size_t n = strcspn(snippet, "[");
        term_addf(term, TERM_PLAIN, "%.*s", (int)n, snippet);
        snippet += n;
        const char *end = *snippet == '[' ? strchr(snippet, ']') : NULL;
        if (end != NULL) {
            bool shown = term->colour; /* without colour the brackets are the mark */
            term_addf(term, TERM_MARK, shown ? "%.*s" : "[%.*s]", (int)(end - snippet - 1),
                      snippet + 1);
            snippet = end + 1;
        } else if (*snippet == '[') {
            term_add(term, TERM_PLAIN, "[");
            snippet++;
        }
    }
}

static enum cli_exit run_search(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer, *item;
    char *words = args_words(args);
    size_t i;
    char *target = api_with(api_path(cli, "search", NULL), "q", words);
    enum cli_exit code = api_get(cli, with_options(target, args), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            const json_t *record = json_object_get(item, "record");
            term_gap(&cli->out);
            term_addf(&cli->out, TERM_BOLD, "%s", screen_title(record));
            term_addf(&cli->out, TERM_DIM, "  %s %s, %s", screen_type(api_str(record, "type")),
                      api_str(record, "short"), api_name(record, "owner"));
            term_end(&cli->out, 0, 2);
            char *snippet = readable(api_str(item, "snippet"));
            add_snippet(&cli->out, snippet);
            free(snippet);
            term_end(&cli->out, 2, 2);
        }
        if (i == 0) term_line(&cli->out, TERM_PLAIN, "Nothing here has \"%s\".", words);
        screen_behind(cli, answer);
    }
    json_decref(answer);
    free(words);
    return code;
}

/* --- report --- */

static void put_cell(struct table *table, const char *kind, const json_t *value)
{
    char text[64];
    if (json_is_object(value)) {
        table_put(table, TERM_DIM,
                  api_bool(value, "suppressed") ? "suppressed" : api_str(value, "name"));
        return;
    }
    if (json_is_string(value)) {
        table_put(table, TERM_PLAIN, json_string_value(value));
        return;
    }
    if (!json_is_number(value)) {
        table_put(table, TERM_DIM,
                  value == NULL || json_is_null(value) ? "–"
                  : json_is_true(value)                ? "yes"
                                                       : "no");
        return;
    }
    double number = json_number_value(value);
    bool whole = json_is_integer(value) || (double)(int64_t)number == number;
    snprintf(text, sizeof(text), whole ? "%.0f%s" : "%.1f%s", number,
             strcmp(kind, "percent") == 0 ? " %" : "");
    table_put(table, TERM_PLAIN, text);
}

static void put_row(struct table *table, const json_t *columns, const json_t *row)
{
    json_t *column;
    size_t i;
    json_array_foreach(columns, i, column)
    {
        put_cell(table, api_str(column, "kind"), json_object_get(row, api_str(column, "key")));
    }
}

static void show_narrowed(struct cli *cli, const json_t *report)
{
    const char *from = api_str(report, "from"), *to = api_str(report, "to");
    const char *group = api_str(report, "group");
    if (*from == '\0' && *to == '\0' && *group == '\0') return;
    term_addf(&cli->out, TERM_DIM, "%s%s%s%s%s%s", *from == '\0' ? "" : "from ", from,
              *to == '\0' ? "" : " to ", to, *group == '\0' ? "" : " for ", group);
    term_end(&cli->out, 2, 2);
}

static void show_report(struct cli *cli, const json_t *report)
{
    const json_t *columns = api_list(report, "columns");
    size_t n = json_array_size(columns), i;
    struct table_column *shape = mem_zalloc((n + 1) * sizeof(*shape));
    struct table table;
    json_t *column, *row, *note;
    term_heading(&cli->out, api_str(report, "title"));
    json_array_foreach(columns, i, column)
    {
        bool text = strcmp(api_str(column, "kind"), "text") == 0;
        shape[i] = (struct table_column){api_str(column, "label"), text ? 10 : 5,
                                         text ? TABLE_LEFT : TABLE_RIGHT};
    }
    table_init(&table, shape, n);
    json_array_foreach(api_list(report, "rows"), i, row) put_row(&table, columns, row);
    bool empty = n == 0 || table_rows(&table) == 0;
    if (empty) {
        term_add(&cli->out, TERM_DIM, "nothing to count yet");
        term_end(&cli->out, 2, 2);
    } else {
        table_write(&table, &cli->out);
    }
    show_narrowed(cli, report);
    if (api_bool(report, "more")) {
        term_line(&cli->out, TERM_DIM,
                  "  There is more: --period or --group narrows it, --csv FILE has all.");
    }
    json_array_foreach(api_list(report, "notes"), i, note)
    {
        term_add(&cli->out, TERM_DIM, json_string_value(note));
        term_end(&cli->out, 2, 2);
    }
    table_fini(&table);
    free(shape);
}

static enum cli_exit list_reports(struct cli *cli)
{
    json_t *answer, *item;
    size_t i;
    enum cli_exit code = api_get(cli, api_path(cli, "reports", NULL), &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "items"), i, item)
        {
            term_field(&cli->out, api_str(item, "report"), api_str(item, "title"));
        }
    }
    json_decref(answer);
    return code;
}

/* "3 of 12 schools were last heard more than a day ago, one of them 9 days ago." */
static void show_heard(struct cli *cli, const json_t *answer)
{
    const json_t *heard = json_object_get(answer, "heard");
    long long late = api_int(heard, "late"), never = api_int(heard, "never");
    char since[WHEN_MAX];
    int64_t oldest = api_time(heard, "oldest_at");
    if (late == 0) return;
    term_addf(&cli->out, TERM_DIM, "%lld of %lld schools were not heard from for a day", late,
              (long long)api_int(heard, "schools"));
    if (never > 0)
        term_addf(&cli->out, TERM_DIM, ", %lld not since this computer started", never);
    if (oldest > 0) {
        term_addf(&cli->out, TERM_DIM, ", the longest %s", when_ago(since, oldest, cli->now_s));
    }
    term_add(&cli->out, TERM_DIM, ": they may have news.");
    term_end(&cli->out, 2, 2);
}

/* The days of an action period, by its id or words of its title. */
static enum cli_exit days_of(struct cli *cli, const char *text, char from[11], char to[11])
{
    json_t *item = NULL, *record = NULL;
    enum cli_exit code = find_record(cli, text, "action_period", false, &item);
    if (code == CLI_DONE)
        code = api_get(cli, api_path(cli, "records", api_str(item, "id"), NULL), &record);
    if (code == CLI_DONE) {
        const json_t *head = json_object_get(json_object_get(record, "sections"), "head");
        snprintf(from, 11, "%.10s", api_str(head, "starts"));
        snprintf(to, 11, "%.10s", api_str(head, "ends"));
    }
    json_decref(record);
    json_decref(item);
    return code;
}

static enum cli_exit save_report(struct cli *cli, char *target, const char *path)
{
    struct files_received received;
    struct http_request request = {.method = "GET", .target = target};
    enum cli_exit code = files_receive(cli, &request, path, &received);
    free(target);
    if (code == CLI_DONE && strcmp(path, "-") != 0) {
        term_line(&cli->out, TERM_PLAIN, "%s: a table for a spreadsheet.", path);
    }
    return code;
}

static enum cli_exit run_report(struct cli *cli, const struct command *command,
                                const struct args *args)
{
    (void)command;
    json_t *answer, *report;
    size_t i;
    char from[11] = "", to[11] = "";
    if (args_has(args, "list")) return list_reports(cli);
    const char *name = args->n == 0 ? "summary" : args->words[0];
    enum cli_exit code = CLI_DONE;
    if (args_has(args, "period")) code = days_of(cli, args_get(args, "period"), from, to);
    if (code != CLI_DONE) return code;
    char *target =
        api_with(api_path(cli, "reports", name, NULL), "days", args_get(args, "days"));
    target = api_with(target, "from", *from != '\0' ? from : args_get(args, "from"));
    target = api_with(target, "to", *to != '\0' ? to : args_get(args, "to"));
    target = api_with(target, "group", args_get(args, "group"));
    if (args_has(args, "csv"))
        return save_report(cli, api_with(target, "format", "csv"), args_get(args, "csv"));
    code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        json_array_foreach(api_list(answer, "reports"), i, report) show_report(cli, report);
        if (json_object_get(answer, "columns") != NULL) show_report(cli, answer);
        show_heard(cli, answer);
        screen_behind(cli, answer);
    }
    json_decref(answer);
    return code;
}

static const struct args_option feed_options[] = {
    {.name = "others", .help = "leave out what this school wrote"},
    {.name = "type", .value = "TYPE", .help = "only records of this type"},
    {.name = "owner", .value = "SCHOOL", .help = "only that school's"},
    {.name = "limit", .value = "N", .help = "how many (50)"},
    {.name = "cursor", .value = "CURSOR", .help = "go on where the last list ended"},
    {.name = NULL},
};
static const struct args_option report_options[] = {
    {.name = "list", .help = "which reports there are"},
    {.name = "period", .value = "PERIOD", .help = "the days of that action period"},
    {.name = "from", .value = "DATE", .help = "from that day on"},
    {.name = "to", .value = "DATE", .help = "up to that day"},
    {.name = "days", .value = "N", .help = "the last N days"},
    {.name = "group", .value = "GROUP", .help = "of that student group alone"},
    {.name = "csv", .value = "FILE", .help = "as a table for a spreadsheet"},
    {.name = NULL},
};

#define ROW .group = COMMAND_SHARE
const struct command cmd_read_commands[] = {
    {.name = "feed",
     .words = "",
     ROW,
     .summary = "What is new, newest first",
     .help = "What your school wrote and what others shared with it, as it arrived here.",
     .example = "kith feed --others",
     .options = feed_options,
     .run = run_feed},
    {.name = "search",
     .words = "WORDS",
     ROW,
     .min = 1,
     .max = COMMAND_MANY,
     .summary = "Find records by their words",
     .help = "Looks through everything that you may read, best first.",
     .example = "kith search parent night",
     .options = feed_options + 1,
     .run = run_search},
    {.name = "report",
     .words = "[REPORT]",
     ROW,
     .max = 1,
     .summary = "What the network learns, counted",
     .help =
         "Cycles by school, state and idea; what works, for whom, under what conditions; where "
         "every team stands; the school-to-school share. Anybody can compute it from what they "
         "may read.",
     .example =
         "kith report\nkith report --list\nkith report matrix --group \"first in family\"\n"
         "kith report standing --csv standing.csv",
     .options = report_options,
     .run = run_report},
    {.name = NULL},
};
