/* kith-export-postgres: what a kithd may read, in PostgreSQL. kith export --to runs it. */
#include <stdint.h>
#include <stdio.h>

#include "client/postgres/follow.h"

int main(int argc, char **argv)
{
    struct options options;
    bool help;
    const char *wrong =
        options_parse(&options, argc, (const char *const *)(uintptr_t)argv, &help);

    if (help) {
        fputs(options_page, stdout);
        return 0;
    }
    if (wrong != NULL) {
        fprintf(stderr, "kith-export-postgres: %s\n", wrong);
        return 2;
    }
    return follow_run(&options);
}
