#include "client/postgres/options.h"

#include <stdlib.h>
#include <string.h>

const char options_page[] =
    "kith-export-postgres --socket PATH --to URL [OPTION …]\n"
    "Copies what a kithd may read into PostgreSQL; kith export --to runs it.\n\n"
    "  --socket PATH    of the daemon: DATA/kithd.sock\n"
    "  --to URL         postgres://USER@HOST/DATABASE; a password is better in ~/.pgpass\n"
    "  --network NAME   which network, when there are several\n"
    "  --schema NAME    of the database; kith when left out\n"
    "  --mine           only what this school owns\n"
    "  --follow         stay, and write what changes as it comes\n"
    "  --page N         records a transaction, 1 to 500; 200 when left out\n";

struct row {
    const char *name;
    const char **value;
    bool *flag;
};

static const char *one(const struct row *rows, size_t n, int argc, const char *const *argv,
                       int *i)
{
    for (size_t k = 0; k < n; k++) {
        if (strcmp(argv[*i], rows[k].name) != 0) continue;
        if (rows[k].flag != NULL) {
            *rows[k].flag = true;
            return NULL;
        }
        if (*i + 1 == argc) return "the last option wants a value";
        *rows[k].value = argv[++*i];
        return NULL;
    }
    return "an option that is none; --help lists them";
}

const char *options_parse(struct options *out, int argc, const char *const *argv, bool *help)
{
    const char *page = NULL, *wrong = NULL;
    char *end;
    const struct row rows[] = {
        {"--socket", &out->socket, NULL}, {"--network", &out->network, NULL},
        {"--to", &out->to, NULL},         {"--schema", &out->schema, NULL},
        {"--page", &page, NULL},          {"--follow", NULL, &out->follow},
        {"--mine", NULL, &out->mine},     {"--help", NULL, help},
    };

    *help = false;
    *out = (struct options){.network = "-", .schema = "kith", .page = 200};
    for (int i = 1; i < argc && wrong == NULL; i++)
        wrong = one(rows, sizeof(rows) / sizeof(rows[0]), argc, argv, &i);
    if (wrong != NULL || *help) return wrong;
    if (out->socket == NULL || out->to == NULL) return "--socket and --to are needed";
    if (out->schema[0] == '\0' || strlen(out->schema) > 63) {
        return "a schema's name has 1 to 63 bytes";
    }
    if (page != NULL) {
        out->page = strtoul(page, &end, 10);
        if (*end != '\0' || out->page < 1 || out->page > 500) return "--page is 1 to 500";
    }
    return NULL;
}
