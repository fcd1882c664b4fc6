/*
 * kith-vectors: a filter that drives Kith's pure code with cases from outside. Reads one JSON
 * object a line, answers one a line, in order. See README.md.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/record/ijson.h"
#include "tests/tools/ops.h"

/* What one line may hold: a fold of some thousand statements. */
enum { LINE_BYTES_MAX = 64 * 1024 * 1024 };

static const struct {
    const char *name;
    op_fn run;
} ops[] = {
#define X(name, function) {name, function},
    OPS_TABLE(X)
#undef X
};

static json_t *answer_to(const char *line, size_t n)
{
    json_error_t error;
    json_t *request = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    struct ask ask = {.request = request, .answer = json_object()};
    const char *name = json_string_value(json_object_get(request, "op"));
    if (request == NULL) {
        ask_fail(&ask, NULL, error.text);
    } else if (!json_is_object(request)) {
        ask_fail(&ask, NULL, "a request is a JSON object");
    } else if (name == NULL) {
        ask_fail(&ask, "op", "is missing");
    } else {
        size_t i = 0;
        while (i < sizeof(ops) / sizeof(*ops) && strcmp(ops[i].name, name) != 0)
            i++;
        if (i == sizeof(ops) / sizeof(*ops)) {
            ask_fail(&ask, "op", "names no op");
        } else {
            ops[i].run(&ask);
        }
    }
    if (ask.failed) {
        json_object_clear(ask.answer);
        json_object_set_new(ask.answer, "error", json_string(ask.why));
    }
    /* Whoever sends cases without waiting tells the answers apart by an id of his own. */
    json_t *id = json_object_get(request, "id");
    if (id != NULL) json_object_set(ask.answer, "id", id);
    arena_fini(&ask.arena);
    json_decref(request);
    return ask.answer;
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        fprintf(stderr, "usage: %s <requests >answers (one JSON object a line; ops:", argv[0]);
        for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
            fprintf(stderr, " %s", ops[i].name);
        }
        fprintf(stderr, ")\n");
        return 2;
    }
    if (sodium_init() < 0) return 1;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        if (n == 0) continue;
        json_t *answer;
        if (n > LINE_BYTES_MAX) {
            answer = json_pack("{s:s}", "error", "the line is too long");
        } else {
            answer = answer_to(line, (size_t)n);
        }
        json_dumpf(answer, stdout, JSON_COMPACT | JSON_SORT_KEYS);
        putchar('\n');
        fflush(stdout);
        json_decref(answer);
    }
    free(line);
    return 0;
}
