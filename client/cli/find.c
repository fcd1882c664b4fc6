#include "client/cli/find.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/cli/api.h"
#include "client/cli/screen.h"

enum { ID_DIGITS_MIN = 4, SHOWN = 8 };

/* An id, its beginning, "OWNER/RECORD" or "OWNER.RECORD": only hex digits and one separator. */
bool find_is_id(const char *word)
{
    size_t n = strlen(word), digits = strspn(word, "0123456789abcdefABCDEF");
    if (n < ID_DIGITS_MIN) return false;
    if (digits == n) return n <= 32;
    if (word[digits] != '/' && word[digits] != '.') return false;
    const char *rest = word + digits + 1;
    return digits >= ID_DIGITS_MIN && strlen(rest) >= ID_DIGITS_MIN &&
           strspn(rest, "0123456789abcdefABCDEF") == strlen(rest);
}

static enum cli_exit find_id_word(struct cli *cli, const char *word, json_t **record)
{
    char *id = mem_strdup(word);
    for (char *p = id; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'F') *p = (char)(*p + 32);
        if (*p == '/') *p = '.';
    }
    enum cli_exit code = api_try(cli, api_path(cli, "records", id, NULL), record);
    free(id);
    return code;
}

static enum cli_exit records(struct cli *cli, const char *type, bool mine, const char *text,
                             const char *limit, json_t **answer)
{
    char *target = api_path(cli, "records", NULL);
    target = api_with(target, "type", type);
    target = api_with(target, "mine", mine ? "1" : NULL);
    target = api_with(target, "text", text);
    target = api_with(target, "limit", limit);
    return api_get(cli, target, answer);
}

/* Of those found: the only one, or the only one with exactly this title. */
static json_t *choose(const json_t *items, const char *word)
{
    json_t *chosen = NULL, *item;
    size_t i, exact = 0;
    if (json_array_size(items) == 1) return json_array_get(items, 0);
    json_array_foreach(items, i, item)
    {
        if (strcasecmp(api_str(item, "title"), word) != 0) continue;
        exact++;
        chosen = item;
    }
    return exact == 1 ? chosen : NULL;
}

static enum cli_exit say_several(struct cli *cli, const char *word, const json_t *items)
{
    json_t *item;
    size_t i;
    if (!cli->json) {
        json_array_foreach(items, i, item)
        {
            if (i == SHOWN) break;
            term_addf(&cli->err, TERM_BOLD, "%s", api_str(item, "short"));
            term_addf(&cli->err, TERM_PLAIN, "  %s, %s", api_str(item, "title"),
                      api_name(item, "owner"));
            term_end(&cli->err, 2, 4);
        }
    }
    return api_fail(cli, CLI_NOT_FOUND, "Name one by its id.", "\"%s\" could be %zu records.",
                    word, json_array_size(items));
}

enum cli_exit find_maybe(struct cli *cli, const char *word, const char *type, bool mine,
                         json_t **record)
{
    *record = NULL;
    if (word != NULL && find_is_id(word)) {
        enum cli_exit code = find_id_word(cli, word, record);
        if (code == CLI_DONE && type != NULL && strcmp(api_str(*record, "type"), type) != 0) {
            json_decref(*record);
            *record = NULL;
            code = CLI_NOT_FOUND;
        }
        if (code != CLI_NOT_FOUND) return code;
    }
    bool newest = word == NULL || strcmp(word, "@") == 0 || strcmp(word, "last") == 0;
    json_t *answer;
    enum cli_exit code =
        records(cli, type, mine || newest, newest ? NULL : word, newest ? "1" : "50", &answer);
    if (code != CLI_DONE) return code;
    const json_t *items = api_list(answer, "items");
    json_t *chosen = newest ? json_array_get(items, 0) : choose(items, word);
    if (chosen != NULL) {
        *record = json_incref(chosen);
    } else if (json_array_size(items) > 1) {
        code = say_several(cli, word, items);
    }
    json_decref(answer);
    return code;
}

enum cli_exit find_record(struct cli *cli, const char *word, const char *type, bool mine,
                          json_t **record)
{
    enum cli_exit code = find_maybe(cli, word, type, mine, record);
    if (code != CLI_DONE || *record != NULL) return code;
    char hint[160], what[96];
    snprintf(what, sizeof(what), "%s", type == NULL ? "record" : screen_type(type));
    if (what[0] >= 'A' && what[0] <= 'Z') what[0] = (char)(what[0] + 32);
    snprintf(hint, sizeof(hint), "kith list%s%s shows what is here.", type == NULL ? "" : " ",
             type == NULL ? "" : type);
    for (char *p = hint; *p != '\0'; p++) {
        if (*p == '_') *p = '-';
    }
    if (word == NULL) {
        return api_fail(cli, CLI_NOT_FOUND, hint, "there is no %s here yet.", what);
    }
    return api_fail(cli, CLI_NOT_FOUND, hint, "there is no %s \"%s\".", what, word);
}

static char *joined(const json_t *record, char separator)
{
    struct buf out = {0};
    buf_put_str(&out, api_str(json_object_get(record, "owner"), "id"));
    buf_put_u8(&out, (uint8_t)separator);
    buf_put_str(&out, api_str(record, "id"));
    buf_put_u8(&out, 0);
    return (char *)out.data;
}

char *find_ref(const json_t *record)
{
    return joined(record, '/');
}

char *find_id(const json_t *record)
{
    return joined(record, '.');
}
