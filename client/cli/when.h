/*
 * when.h: times and dates for people. `now` is given, so that a test can fix it.
 */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdbool.h>
#include <stdint.h>

enum { WHEN_MAX = 48 };

/* "just now", "5 minutes ago", "yesterday", "in 3 days", and beyond 4 weeks "12 Mar 2026". */
char *when_ago(char out[WHEN_MAX], int64_t then_s, int64_t now_s);
/* "12 Mar 2026, 14:05" in local time. */
char *when_full(char out[WHEN_MAX], int64_t then_s);
/* "640 ms", "12 s", "3 min", "2 days". */
char *when_span(char out[WHEN_MAX], int64_t ms);
/* A date as people type it: 2026-03-12, today, tomorrow, "+14" (days). Writes YYYY-MM-DD. */
bool when_date(char out[WHEN_MAX], const char *text, int64_t now_s);

#endif
