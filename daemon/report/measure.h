/*
 * measure.h: a measure and its numbers, as far as this node may read them: raw points (a
 * school's own; at the hub also those that schools gave it) and releases (what schools
 * publish). What charts, grids and releases are made of. All but `sections` lies in the
 * caller's arena, read in the caller's snapshot (reader_begin).
 */
#ifndef REPORT_MEASURE_H
#define REPORT_MEASURE_H

#include <jansson.h>

#include "daemon/measure/ratio.h"
#include "daemon/report/period.h"
#include "daemon/view/query.h"
#include "proto/record/revision.h"

/* n of small numbers, unless somebody says otherwise. */
enum { MEASURE_LEAST = 10 };

/* "": all students together. */
#define MEASURE_ALL ""

enum measure_unit { MEASURE_COUNT, MEASURE_PERCENT, MEASURE_RATE, MEASURE_MEAN };

/* What students are grouped by: a network's word, with the groups that have it. */
struct measure_factor {
    const char *name;
    bool two_valued, sums;
    const char **groups;
    size_t n;
};

struct measure {
    struct query_key key;
    char ref[REVISION_REF_CHARS + 1];
    const json_t *sections; /* the record's; until measure_close */
    const char *name;
    enum measure_unit unit;
    int64_t per; /* of a percentage 100, of a rate what the record says; else 1 */
    enum period_kind period;
    const char **groups; /* known: of the record, then of the network's words */
    size_t groups_n;
    const struct measure_factor *factors;
    size_t factors_n;
    struct arena *arena;
};

/*
 * The record that `id` names (as in query.h). NOT_FOUND; INVALID when it is no measure or not
 * unique, and then *out holds {"error": sentence}.
 */
MUST_USE enum err measure_open(struct view_reader *reader, const char *id, struct arena *arena,
                               struct measure *measure, struct buf *out);
/* Also after a measure_open that failed. */
void measure_close(struct measure *measure);

/* *out becomes {"error": text}; returns err. */
MUST_USE enum err measure_fail(struct buf *out, enum err err, const char *text);

enum measure_state {
    MEASURE_GIVEN,
    MEASURE_SUPPRESSED, /* hidden before it came here, or here */
    MEASURE_CLAMPED,    /* its numerator is only known to lie from lo to hi */
};

/* One number: of a school, a period, a group. */
struct measure_number {
    struct school_id school;
    const char *period, *group;
    enum measure_state state;
    bool counted; /* num of den (den alone when it is clamped) */
    int64_t num, den;
    int64_t lo, hi;
    bool valued; /* value_num / value_den, as it was typed */
    int64_t value_num, value_den;
    struct record_id record;
    struct edit_id edit; /* of a point: the one that it shows */
    uint64_t lamport;
    const char *note, *annotation, *cycle; /* cycle: a reference; "" where there is none */
};
struct measure_numbers {
    struct measure_number *list; /* by school, period, group */
    size_t n;
    size_t twice;  /* numbers that stand twice; the later one is in the list */
    size_t broken; /* records of the measure whose number or period is none */
};

/* The points of a school, or of all whose points are read here (NULL). One whose number was
 * taken away stands there without: neither counted nor valued. */
MUST_USE enum err measure_points(struct view_reader *reader, const struct measure *measure,
                                 const struct school_id *school, struct measure_numbers *out);
/* What schools published, the latest edition of each period; those of this school only where it has
 * shared them. What counts fewer than MEASURE_LEAST students, in a release that somebody wrote by
 * hand, is suppressed here. */
MUST_USE enum err measure_releases(struct view_reader *reader, const struct measure *measure,
                                   const struct school_id *school, struct measure_numbers *out);

/* The counts and the value of a point's head; what it does not have is false and 0. */
void measure_take(const struct measure *measure, struct measure_number *out,
                  const json_t *head);
/* What a number comes to in the measure's unit; false where it says nothing of itself. */
bool measure_value(const struct measure *measure, const struct measure_number *number,
                   struct ratio *out);
/* A JSON number as a decimal of at most twelve digits; false for others. */
bool measure_decimal(const json_t *number, int64_t *num, int64_t *den);
/* The known name of a group that somebody wrote in other letters; NULL when there is none. With
 * no groups known any name is one. */
const char *measure_group(const struct measure *measure, const char *text);

#endif
