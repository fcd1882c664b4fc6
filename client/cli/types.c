#include "client/cli/types.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/api.h"
#include "client/cli/http.h"

enum { TYPE_COLUMNS = 20 };

/* The answer's text; an empty one when there is none. */
static struct buf ask(const struct cli *cli, const char *target)
{
    struct http_request request = {.method = "GET", .target = target};
    struct http_answer answer;
    struct buf text = {0};
    if (cli->socket_path == NULL || http_call(cli->socket_path, &request, &answer) != ERR_OK) {
        return text;
    }
    if (answer.status == 200) {
        text = answer.body;
        answer.body = (struct buf){0};
    }
    http_answer_fini(&answer);
    return text;
}

static json_t *ask_list(const struct cli *cli)
{
    struct buf text = ask(cli, "/v1/schemas");
    json_t *list = json_loadb((const char *)text.data, text.len, 0, NULL);
    buf_fini(&text);
    return list;
}

static void fetch_one(const struct cli *cli, struct schema_set *set, const char *type)
{
    struct buf target = {0};
    char *why = NULL;
    buf_put_str(&target, "/v1/schemas/");
    http_put_escaped(&target, type);
    buf_put_u8(&target, 0);
    struct buf text = ask(cli, (const char *)target.data);
    /* What a newer Kith says in words that this one lacks stays unknown here. */
    if (text.len > 0 && schema_set_add(set, buf_slice(&text), &why) != ERR_OK) free(why);
    buf_fini(&text);
    buf_fini(&target);
}

void types_fetch(const struct cli *cli, struct schema_set *set)
{
    json_t *list = ask_list(cli), *item;
    size_t i;
    json_array_foreach(api_list(list, "items"), i, item)
    {
        const char *type = api_str(item, "type");
        if (type[0] != '\0' && schema_set_find(set, type) == NULL) fetch_one(cli, set, type);
    }
    json_decref(list);
}

static void put_type(struct term *term, const struct schema *schema)
{
    char name[65];
    snprintf(name, sizeof(name), "%s", schema->type);
    for (char *p = name; *p != '\0'; p++) {
        if (*p == '_') *p = '-';
    }
    /* The first sentence says what it is. */
    size_t n = strcspn(schema->help, ".");
    term_add(term, TERM_PLAIN, name);
    term_pad(term, TYPE_COLUMNS);
    term_addf(term, TERM_DIM, "%.*s", (int)n, schema->help);
    term_end(term, 2, TYPE_COLUMNS + 2);
}

void types_help(struct cli *cli, const struct schema_set *set)
{
    json_t *list = ask_list(cli), *item;
    size_t i;
    term_line(&cli->out, TERM_PLAIN,
              "What can be written down. kith TYPE add asks for each, kith help TYPE add lists "
              "its fields, kith TYPE list shows what there is.");
    for (int group = 0; group < SCHEMA_GROUP_COUNT; group++) {
        bool any = false;
        for (size_t t = 0; t < schema_set_count(set); t++) {
            const struct schema *schema = schema_set_at(set, t);
            if (schema->group != (enum schema_group)group) continue;
            if (!any) term_heading(&cli->out, schema_group_heading(schema->group));
            any = true;
            put_type(&cli->out, schema);
        }
    }
    if (json_array_size(api_list(list, "refused")) > 0) {
        term_heading(&cli->out, "Files of types that do not hold");
    }
    json_array_foreach(api_list(list, "refused"), i, item)
    {
        term_addf(&cli->out, TERM_WARN, "%s", api_str(item, "file"));
        term_addf(&cli->out, TERM_PLAIN, "  %s", api_str(item, "text"));
        term_end(&cli->out, 2, 4);
    }
    json_decref(list);
    term_next(&cli->out, "A type of your own is a file: DATA/schemas/TYPE.json. Start kithd "
                         "again, and it is here.");
}
