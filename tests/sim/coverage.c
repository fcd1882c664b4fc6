#include "tests/sim/coverage.h"

#include <inttypes.h>
#include <string.h>

const char *fault_name(enum fault fault)
{
    static const char *const names[] = {
#define X(name, weight, text) text,
        FAULT_TABLE(X)
#undef X
    };
    return names[fault];
}

/* ---------------------------------------------------------------- the rows of the table -- */

/* A row: its group, its name, where it is counted, and why it may stay under the floor. */
struct row {
    const char *group, *name;
    size_t at; /* offset in struct coverage */
    const char *excuse;
};

enum { ROWS_MAX = 256 };

static const char *const err_excuses[ERR_COUNT] = {
#include "tests/sim/excuses.inc"
};

static void put(struct row *rows, size_t *n, struct row row)
{
    rows[(*n)++] = row;
}

#define ROW(group, name, member, excuse) \
    put(rows, &n, (struct row){group, name, offsetof(struct coverage, member), excuse})

/* A set of up to 28 entries skips the buckets, and a removal of up to 740 cuts needs no more.
 */
static const char *excuse_of(const char *name)
{
    if (strcmp(name, "BUCKETS") == 0) return "needs more than 28 devices in a set";
    if (strcmp(name, "cutoff-extend") == 0) return "needs more than 740 chains to cut";
    if (strncmp(name, "PIECE", 5) == 0) return "unit/daemon/core/pieces plays them";
    if (strcmp(name, "MEND") == 0) return "unit/daemon/core/mends plays it";
    return NULL;
}

static size_t list_rows(struct row *rows)
{
    size_t n = 0;

    ROW("total", "seeds", seeds, "a total");
    ROW("total", "steps", steps, NULL);
    ROW("total", "operations", operations, NULL);
    ROW("total", "faults", faults, NULL);
    ROW("total", "acknowledged", acknowledged, NULL);
    ROW("total", "erased", erased, NULL);
    ROW("total", "tampered", tampered, NULL);
    ROW("total", "proofs", forks, NULL);
    ROW("total", "excused", excused, "seeds on which a statement chain forked; see README.md");
    ROW("total", "connections", opened, NULL);
#define X(number, NAME, name) ROW("message", #NAME, message[number], excuse_of(#NAME));
    WIRE_MESSAGES(X)
#undef X
#define X(NAME, number, text) ROW("statement", text, statement[number], excuse_of(text));
    STATEMENT_TABLE(X)
#undef X
#define X(name, weight, text) ROW("fault", #name, fault[FAULT_##name], NULL);
    FAULT_TABLE(X)
#undef X
#define X(name, member, text) ROW("command", #name, command[COMMAND_##name], excuse_of(#name));
    COMMAND_TABLE(X)
#undef X
#define X(name, member, text) ROW("done", #name, done[COMMAND_##name], excuse_of(#name));
    COMMAND_TABLE(X)
#undef X
#define X(name, blame, text) ROW("err", #name, err[ERR_##name], err_excuses[ERR_##name]);
    ERR_TABLE(X)
#undef X
    return n;
}

static uint64_t *count_of(struct coverage *coverage, const struct row *row)
{
    return (uint64_t *)(void *)((char *)coverage + row->at);
}

static uint64_t value_of(const struct coverage *coverage, const struct row *row)
{
    uint64_t value;

    memcpy(&value, (const char *)coverage + row->at, sizeof(value));
    return value;
}

/* ------------------------------------------------------------------------------------------ */

void coverage_add(struct coverage *to, const struct coverage *from)
{
    struct row rows[ROWS_MAX];
    size_t n = list_rows(rows);

    for (size_t i = 0; i < n; i++)
        *count_of(to, &rows[i]) += value_of(from, &rows[i]);
}

void coverage_write(const struct coverage *coverage, FILE *out)
{
    struct row rows[ROWS_MAX];
    size_t n = list_rows(rows);

    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s %s %" PRIu64 "\n", rows[i].group, rows[i].name,
                value_of(coverage, &rows[i]));
}

int coverage_read(struct coverage *coverage, FILE *in)
{
    struct row rows[ROWS_MAX];
    size_t n = list_rows(rows);
    char group[32], name[32];
    uint64_t value;

    for (size_t i = 0; i < n; i++) {
        if (fscanf(in, "%31s %31s %" SCNu64, group, name, &value) != 3) return 0;
        if (strcmp(group, rows[i].group) != 0 || strcmp(name, rows[i].name) != 0) return 0;
        *count_of(coverage, &rows[i]) += value;
    }
    return 1;
}

unsigned coverage_judge(const struct coverage *coverage, uint64_t floor, FILE *out)
{
    struct row rows[ROWS_MAX];
    size_t n = list_rows(rows);
    unsigned low = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t value = value_of(coverage, &rows[i]);
        if (value >= floor) continue;
        if (rows[i].excuse != NULL) {
            fprintf(out, "  %s %s: %" PRIu64 ", for %s\n", rows[i].group, rows[i].name, value,
                    rows[i].excuse);
            continue;
        }
        fprintf(out, "UNDER THE FLOOR: %s %s was met %" PRIu64 " times\n", rows[i].group,
                rows[i].name, value);
        low++;
    }
    return low;
}
