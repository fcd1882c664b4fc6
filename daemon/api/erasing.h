/*
 * erasing.h: how long a school keeps what it wrote, by its own choice.
 */
#ifndef API_ERASING_H
#define API_ERASING_H

#include "daemon/api/call.h"

enum { ERASING_YEARS_MAX = 99 };

/* The years that the school keeps (setting app/retention), and the day before which what nobody
 * changed since is older. False: it keeps everything. */
bool erasing_kept(const struct call *call, unsigned *years, char before[11]);

#endif
