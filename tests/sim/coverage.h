/*
 * coverage.h: what a run of seeds has met: every message, statement, fault, command and error
 * row, counted. A suite that never met something has not tested it, so sim_coverage fails when
 * a row stands under its floor; rows that cannot be met here are listed with their reason.
 */
#ifndef SIM_COVERAGE_H
#define SIM_COVERAGE_H

#include <stdint.h>
#include <stdio.h>

#include "daemon/core/command.h"
#include "proto/base/err.h"
#include "proto/member/statement.h"
#include "proto/wire/wire.h"

/* X(NAME, weight in a thousand draws, "what happens") */
#define FAULT_TABLE(X)                                                                        \
    X(CUT, 160, "a connection breaks, with bytes in flight")                                  \
    X(HALF_OPEN, 50, "a connection goes dead and nobody is told")                             \
    X(MUTATE, 110, "an attacker on the wire changes a byte")                                  \
    X(DUPLICATE, 60, "an attacker repeats bytes")                                             \
    X(REORDER, 60, "an attacker swaps bytes")                                                 \
    X(PARTITION, 60, "machines are parted from the others")                                   \
    X(CRASH, 160, "the power goes; what was not synced is lost")                              \
    X(DISK, 70, "commits fail")                                                               \
    X(CLOCK, 80, "the date jumps")                                                            \
    X(CLONE, 15, "a disk is copied and the copy is started beside it")                        \
    X(WITHHOLD, 70, "a member drops chosen runs that it should forward")                      \
    X(RELAY, 70, "a member changes what it forwards")                                         \
    X(STRANGER, 60, "a member forwards well-signed records of a device that nobody admitted") \
    X(BACKDATE, 35, "a school is removed while it is cut off, and goes on acting")

enum fault {
#define X(name, weight, text) FAULT_##name,
    FAULT_TABLE(X)
#undef X
        FAULT_COUNT
};

const char *fault_name(enum fault fault);

struct coverage {
    uint64_t seeds, steps, operations, faults;
    uint64_t message[WIRE_PIECE + 1]; /* sealed by a node */
    uint64_t statement[STATEMENT_TYPES];    /* committed somewhere */
    uint64_t fault[FAULT_COUNT];            /* took place */
    uint64_t command[COMMAND_COUNT];        /* answered */
    uint64_t done[COMMAND_COUNT];           /* answered with OK */
    uint64_t err[ERR_COUNT];                /* in an answer or a trace */
    uint64_t acknowledged, erased, tampered, forks, opened, excused;
};

void coverage_add(struct coverage *to, const struct coverage *from);
/* One row a line: "group NAME count". */
void coverage_write(const struct coverage *coverage, FILE *out);
/* Adds the rows of a file that coverage_write made. False when it is not one. */
int coverage_read(struct coverage *coverage, FILE *in);
/* Prints each row under the floor that has no stated reason; returns how many there are. */
unsigned coverage_judge(const struct coverage *coverage, uint64_t floor, FILE *out);

#endif
