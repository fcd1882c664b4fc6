/*
 * project.h: one batch of the log into the tables: statements first, then what the membership
 * changed about older entries, then the new entries, then every record that any of it touched.
 */
#ifndef VIEW_PROJECT_H
#define VIEW_PROJECT_H

#include "daemon/view/reading.h"
#include "daemon/view/shape.h"

struct project {
    struct db *db;
    struct members *members;
    const struct schema_set *schemas;
    const struct log_reader *log;
    uint64_t applied;
    bool wiped; /* readable text went away since this was last set to false */
};

/* Within a transaction that the caller begins and ends. *taken: entries; the failure stays in
 * db->err, or is returned when it is the log's. */
MUST_USE enum err project_batch(struct project *project, size_t max, size_t *taken);
/* Likewise: makes anew at most max records of those in `stale` (types.h). *taken: how many. */
void project_stale(struct project *project, size_t max, size_t *taken);

#endif
