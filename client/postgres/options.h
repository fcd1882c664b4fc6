/* options.h: the command line of kith-export-postgres. */
#ifndef POSTGRES_OPTIONS_H
#define POSTGRES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct options {
    const char *socket, *network, *to, *schema;
    size_t page;
    bool follow, mine;
};

/* NULL when they are understood; else a sentence. *help: the page was asked for. */
const char *options_parse(struct options *out, int argc, const char *const *argv, bool *help);
extern const char options_page[];

#endif
