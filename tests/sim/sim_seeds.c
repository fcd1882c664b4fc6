/*
 * sim_seeds --from A --count N [--profile NAME] [--twice] [--expect RULE] [--coverage FILE]:
 * many seeds.
 *
 * --twice runs each seed again and wants the same trace. --expect wants a run that was built
 * with a planted fault to break RULE on at least one seed. --coverage adds what was met to FILE
 * (sim_coverage judges the sum). Ends on the first seed that breaks a rule, and says how to see
 * it.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/parts.h"

static volatile sig_atomic_t aborted;
static uint64_t running;

static void on_abort(int number)
{
    char line[64];
    int n = snprintf(line, sizeof(line), "aborted in seed %" PRIu64 "\n", running);

    (void)number;
    if (!aborted && n > 0 && write(2, line, (size_t)n) < 0) _exit(3);
    aborted = 1;
}

struct arguments {
    uint64_t from, count;
    bool twice;
    const struct profile *profile;
    const char *expect, *coverage;
};

static bool read_arguments(struct arguments *out, int argc, char **argv)
{
    *out = (struct arguments){.from = 1, .count = 1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--twice") == 0) {
            out->twice = true;
            continue;
        }
        if (i + 1 == argc) return false;
        const char *value = argv[i + 1];
        if (strcmp(argv[i], "--from") == 0)
            out->from = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--count") == 0)
            out->count = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--profile") == 0 && profile_find(value) != NULL)
            out->profile = profile_find(value);
        else if (strcmp(argv[i], "--expect") == 0)
            out->expect = value;
        else if (strcmp(argv[i], "--coverage") == 0)
            out->coverage = value;
        else
            return false;
        i++;
    }
    return out->count > 0;
}

/* 0 to go on, else the exit code. */
static int judge(const struct arguments *arguments, const struct run_result *result,
                 unsigned *caught)
{
    if (result->broken[0] == '\0') return 0;
    if (arguments->expect != NULL && strcmp(arguments->expect, result->broken) == 0) {
        ++*caught;
        return 0;
    }
    if (arguments->expect != NULL) return 0; /* one lie leads to others */
    printf("seed %" PRIu64 " BROKEN %s: %s\n", running, result->broken, result->because);
    printf("see it: simulate --seed %" PRIu64 " --profile %s --trace\n", running,
           arguments->profile == NULL ? "everyday" : arguments->profile->name);
    return 1;
}

static int finish(const struct arguments *arguments, const struct coverage *sum,
                  unsigned caught)
{
    printf("%" PRIu64 " seeds, %" PRIu64 " operations, %" PRIu64 " faults, %" PRIu64
           " steps, %" PRIu64 " acknowledged writes\n",
           sum->seeds, sum->operations, sum->faults, sum->steps, sum->acknowledged);
    if (arguments->expect != NULL) {
        printf("the planted fault was seen on %u seeds\n", caught);
        return caught > 0 ? 0 : 1;
    }
    if (arguments->coverage != NULL) {
        FILE *out = fopen(arguments->coverage, "w");
        if (out == NULL) return 2;
        coverage_write(sum, out);
        if (fclose(out) != 0) return 2;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    struct coverage sum = {0};
    unsigned caught = 0;

    if (!read_arguments(&arguments, argc, argv)) {
        fprintf(stderr, "usage: sim_seeds --from A --count N [--profile NAME] [--twice] "
                        "[--expect RULE] [--coverage FILE]\nprofiles: " PROFILE_NAMES "\n");
        return 2;
    }
    signal(SIGABRT, on_abort);
    for (running = arguments.from; running < arguments.from + arguments.count; running++) {
        struct run_options options = {.seed = running, .profile = arguments.profile};
        struct run_result result, again;
        run_seed(&options, &result);
        coverage_add(&sum, &result.coverage);
        int code = judge(&arguments, &result, &caught);
        if (code != 0) return code;
        if (!arguments.twice) continue;
        run_seed(&options, &again);
        if (again.hash != result.hash || again.steps != result.steps) {
            printf("seed %" PRIu64 " did something else the second time\n", running);
            return 1;
        }
    }
    return finish(&arguments, &sum, caught);
}
