/*
 * sim_coverage FLOOR FILE…: adds up what the runs of seeds have met and fails when a message,
 * statement, fault, command or error row was met fewer than FLOOR times without a stated
 * reason.
 */
#include <stdlib.h>

#include "tests/sim/coverage.h"

int main(int argc, char **argv)
{
    struct coverage sum = {0};

    if (argc < 3) {
        fprintf(stderr, "usage: sim_coverage FLOOR FILE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        FILE *in = fopen(argv[i], "r");
        if (in == NULL || !coverage_read(&sum, in)) {
            printf("%s is no coverage of this simulator\n", argv[i]);
            return 1;
        }
        fclose(in);
    }
    coverage_write(&sum, stdout);
    return coverage_judge(&sum, strtoull(argv[1], NULL, 10), stdout) == 0 ? 0 : 1;
}
