/*
 * merge.h: the inner half of fold.h: which write of each key shows, which are superseded and
 * which are "also written". For fold.c only; the rules stand in fold.h.
 */
#ifndef RECORD_MERGE_H
#define RECORD_MERGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/record/revision.h"

/* A revision that counts, in ascending precedence; parents come before it. */
struct merge_node {
    const struct revision *revision; /* NULL: no sections (erased, void) */
    uint64_t lamport;
    const size_t *parents; /* places in the array of nodes */
    size_t n_parents;
    bool after_all; /* descends from every node with a smaller lamport (erased) */
};

/* Fills three values that the caller has made: {}, {} and []. See fold_state. */
void merge_sections(const struct merge_node *nodes, size_t n, json_t *sections, json_t *written,
                    json_t *also);

#endif
