/*
 * simulate --seed S [--ops N] [--nodes N] [--profile NAME] [--trace]: one seed, told from the
 * first step to the last. Prints the seed first, whatever happens after.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/parts.h"

static int usage(void)
{
    fprintf(stderr,
            "usage: simulate --seed S [--ops N] [--nodes 3…9] [--profile NAME] [--trace]\n"
            "profiles: " PROFILE_NAMES "\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct run_options options = {.seed = 1};
    struct run_result result;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            options.trace = stdout;
            continue;
        }
        if (i + 1 == argc) return usage();
        uint64_t value = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--profile") == 0) {
            options.profile = profile_find(argv[++i]);
            if (options.profile == NULL) return usage();
            continue;
        }
        if (strcmp(argv[i], "--seed") == 0)
            options.seed = value;
        else if (strcmp(argv[i], "--ops") == 0)
            options.operations = (unsigned)value;
        else if (strcmp(argv[i], "--nodes") == 0)
            options.machines = (unsigned)value;
        else
            return usage();
        i++;
    }
    if (options.machines > 9) return usage();
    printf("seed %" PRIu64 "\n", options.seed);
    fflush(stdout);
    run_seed(&options, &result);
    printf("steps %" PRIu64 ", %" PRIu64 " virtual seconds, trace %016" PRIx64 "\n",
           result.steps, result.now_ms / 1000, result.hash);
    if (options.trace != NULL) coverage_write(&result.coverage, stdout);
    if (result.broken[0] == '\0') return 0;
    printf("BROKEN %s: %s\n", result.broken, result.because);
    return 1;
}
