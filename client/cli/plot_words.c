/* A chart in words: what the rules say, and the table behind it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/plot.h"
#include "client/cli/table.h"

static const char *period_at(const json_t *chart, int64_t i)
{
    return api_str(json_array_get(api_list(chart, "periods"), (size_t)i), "label");
}

static void say_phase(struct cli *cli, const json_t *phase, const char *title)
{
    const json_t *said;
    size_t i;
    bool signal = strcmp(api_str(phase, "verdict"), "signal") == 0;
    if (json_array_size(api_list(phase, "say")) == 0) return;
    if (*title != '\0') term_addf(&cli->out, TERM_BOLD, "%s  ", title);
    json_array_foreach(api_list(phase, "say"), i, said)
    {
        const char *text = json_string_value(said);
        bool loud = signal && strncmp(text, "Signal", 6) == 0;
        term_addf(&cli->out, loud ? TERM_WARN : TERM_PLAIN, i == 0 ? "%s" : " %s", text);
    }
    term_end(&cli->out, 0, 2);
}

static void say_annotations(struct cli *cli, const json_t *chart)
{
    const json_t *item;
    size_t i;
    json_array_foreach(api_list(chart, "annotations"), i, item)
    {
        const char *title = api_str(json_object_get(item, "cycle"), "title");
        const char *text = api_str(item, "text");
        term_addf(&cli->out, TERM_DIM, "%s  ", period_at(chart, api_int(item, "at")));
        term_addf(&cli->out, TERM_PLAIN, "%s", text);
        if (*title != '\0') {
            term_addf(&cli->out, TERM_DIM, "%scycle: %s", *text == '\0' ? "" : "  ", title);
        }
        term_end(&cli->out, 0, 2);
    }
}

static void say_gap(struct cli *cli, const json_t *chart)
{
    const json_t *list = api_list(chart, "gap");
    size_t i = json_array_size(list);
    while (i > 0 && !json_is_object(json_array_get(list, i - 1)))
        i--;
    if (i == 0) return;
    const json_t *gap = json_array_get(list, i - 1);
    term_addf(&cli->out, TERM_BOLD, "Gap  ");
    term_addf(&cli->out, TERM_PLAIN, "%s in %s: %s over %s", api_str(gap, "text"),
              period_at(chart, (int64_t)i - 1), api_str(gap, "high"), api_str(gap, "low"));
    term_end(&cli->out, 0, 2);
}

void plot_say(struct cli *cli, const json_t *chart)
{
    const json_t *series, *phases = api_list(chart, "phases"), *note;
    size_t k, i, n = json_array_size(api_list(chart, "series"));
    term_gap(&cli->out);
    say_annotations(cli, chart);
    json_array_foreach(api_list(chart, "series"), k, series)
    {
        const json_t *judged = api_list(series, "phases");
        size_t last = json_array_size(judged);
        for (i = n > 1 && last > 0 ? last - 1 : 0; i < last; i++) {
            const char *title = n > 1       ? api_str(series, "label")
                                : last == 1 ? ""
                                            : api_str(json_array_get(phases, i), "title");
            say_phase(cli, json_array_get(judged, i), title);
        }
    }
    say_gap(cli, chart);
    json_array_foreach(api_list(chart, "notes"), i, note)
        term_line(&cli->out, TERM_PLAIN, "%s", json_string_value(note));
    if (n == 0) return;
    series = json_array_get(api_list(chart, "series"), 0);
    term_addf(&cli->out, TERM_DIM, "n = %lld of %zu periods%s. Rules: %s.",
              (long long)api_int(series, "n"), json_array_size(api_list(chart, "periods")),
              api_int(series, "suppressed") > 0 ? ", some suppressed" : "",
              api_str(json_object_get(chart, "rules"), "text"));
    term_end(&cli->out, 0, 2);
}

static void put_point(struct table *table, const json_t *chart, const json_t *point)
{
    const char *state = api_str(point, "state");
    const char *suffix = api_str(json_object_get(chart, "measure"), "suffix");
    int64_t hidden = api_int(point, "hidden");
    char more[64] = "";
    if (hidden > 0) {
        (void)snprintf(more, sizeof(more), ", without %lld hidden cell%s", (long long)hidden,
                       hidden == 1 ? "" : "s");
    }
    if (strcmp(state, "given") == 0 && json_object_get(point, "denominator") != NULL) {
        table_putf(table, TERM_PLAIN, "%s%s  (%lld/%lld%s)", api_str(point, "text"), suffix,
                   (long long)api_int(point, "numerator"),
                   (long long)api_int(point, "denominator"), more);
    } else if (strcmp(state, "given") == 0) {
        table_putf(table, TERM_PLAIN, "%s%s%s", api_str(point, "text"), suffix, more);
    } else if (strcmp(state, "clamped") == 0) {
        table_putf(table, TERM_PLAIN, "%s%s", api_str(point, "text"), more);
    } else {
        table_put(table, TERM_DIM, strcmp(state, "missing") == 0 ? "no data" : "suppressed");
    }
}

void plot_table(struct cli *cli, const json_t *chart)
{
    const json_t *series = api_list(chart, "series"), *period, *one;
    size_t n = json_array_size(series), i, k;
    struct table_column *columns = mem_zalloc((n + 1) * sizeof(*columns));
    struct table table;
    columns[0] = (struct table_column){"period", 0, TABLE_LEFT};
    json_array_foreach((json_t *)(uintptr_t)series, k, one) columns[k + 1] =
        (struct table_column){api_str(one, "label"), 6, TABLE_LEFT};
    table_init(&table, columns, n + 1);
    json_array_foreach(api_list(chart, "periods"), i, period)
    {
        table_put(&table, TERM_PLAIN, api_str(period, "label"));
        json_array_foreach((json_t *)(uintptr_t)series, k, one)
            put_point(&table, chart, json_array_get(api_list(one, "points"), i));
    }
    table_write(&table, &cli->out);
    table_fini(&table);
    free(columns);
}
