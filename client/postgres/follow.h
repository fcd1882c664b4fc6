/*
 * follow.h: the export as a whole: once, or staying. While it follows, a daemon or a database
 * that goes away is waited for (1 to 30 s between tries) and met where it was left.
 */
#ifndef POSTGRES_FOLLOW_H
#define POSTGRES_FOLLOW_H

#include "client/postgres/options.h"

/* The exit code, as kith has them: 0 done, 1 failed, 4 nobody answers, 5 refused. */
int follow_run(const struct options *options);

#endif
