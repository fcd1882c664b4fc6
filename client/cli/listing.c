#include "client/cli/listing.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/when.h"

/* "hub, steward" of a list of texts; "Lincoln, Roosevelt" of one of schools. free() it. */
char *listing_joined(const json_t *list)
{
    struct buf out = {0};
    json_t *item;
    size_t i;
    json_array_foreach(list, i, item)
    {
        if (i > 0) buf_put_str(&out, ", ");
        buf_put_str(&out,
                    json_is_string(item) ? json_string_value(item) : api_str(item, "name"));
    }
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

void listing_put_joined(struct table *table, enum term_style style, const json_t *list)
{
    char *text = listing_joined(list);
    table_put(table, style, text);
    free(text);
}

void listing_put_ago(struct table *table, const struct cli *cli, const json_t *item,
                     const char *key)
{
    char ago[WHEN_MAX];
    int64_t at = api_time(item, key);
    table_put(table, TERM_DIM, at == 0 ? "" : when_ago(ago, at, cli->now_s));
}

void listing_put_short(struct table *table, const json_t *item, const char *key)
{
    char shorter[9];
    table_put(table, TERM_BOLD, api_short(shorter, api_str(item, key)));
}

enum cli_exit listing_show(struct cli *cli, char *target, const struct table_column *columns,
                           size_t n, listing_row_fn row, const char *nothing, const char *next)
{
    json_t *answer, *item;
    struct table table;
    size_t i;
    enum cli_exit code = api_get(cli, target, &answer);
    if (code == CLI_DONE && !api_json(cli, answer)) {
        table_init(&table, columns, n);
        json_array_foreach(api_list(answer, "items"), i, item) row(&table, cli, item);
        if (table_rows(&table) == 0) term_line(&cli->out, TERM_PLAIN, "%s", nothing);
        table_write(&table, &cli->out);
        if (table_rows(&table) > 0 && next != NULL) term_next(&cli->out, "%s", next);
        table_fini(&table);
    }
    json_decref(answer);
    return code;
}

/*
 * Says that an act was done. An act of several stewards may still wait for the others. Takes
 * answer.
 */
enum cli_exit listing_say(struct cli *cli, enum cli_exit code, json_t *answer, const char *what,
                          const char *next)
{
    if (code == CLI_DONE && !api_json(cli, answer)) {
        bool waiting = api_bool(answer, "waiting");
        term_line(&cli->out, TERM_GOOD, "%s", waiting ? "Proposed." : what);
        if (waiting) {
            term_next(&cli->out, "It counts when enough other stewards agree: kith proposals.");
        } else if (next != NULL) {
            term_next(&cli->out, "%s", next);
        }
    }
    json_decref(answer);
    return code;
}
