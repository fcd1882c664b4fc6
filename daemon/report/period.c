#include "daemon/report/period.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/record/date.h"

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

enum period_kind period_kind_of(const char *frequency)
{
    static const char *const names[] = {"", "day", "week", "month", "term"};
    for (int i = 0; i < 5; i++) {
        if (strcmp(names[i], frequency) == 0) return (enum period_kind)i;
    }
    return PERIOD_FREE;
}

/* The day so many days after 1970-01-01, by walking back from a day that is at or past it. */
static void date_of(int64_t days, char out[PERIOD_CHARS + 1])
{
    int64_t year = 1970 + days / 366, at = 0;
    char text[32];
    for (;; year++) {
        (void)snprintf(text, sizeof(text), "%04d-01-01", (int)(year + 1));
        if (!date_days(text, &at) || at > days) break;
    }
    int month = 12;
    for (;; month--) {
        (void)snprintf(text, sizeof(text), "%04d-%02d-01", (int)year, month);
        if (!date_days(text, &at) || at <= days || month == 1) break;
    }
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", (int)year, month,
                   (int)(days - at + 1));
    memcpy(out, text, PERIOD_CHARS);
    out[PERIOD_CHARS] = '\0';
}

/* 1970-01-01 was a Thursday. */
static int64_t monday_of(int64_t days)
{
    int64_t weekday = (days + 3) % 7;
    return days - (weekday < 0 ? weekday + 7 : weekday);
}

/* "September 2026", "Sep 2026" into "2026-09-01". */
static bool named_month(const char *text, char out[PERIOD_CHARS + 1])
{
    size_t n = 0;
    while (isalpha((unsigned char)text[n]))
        n++;
    size_t year = n + strspn(text + n, " .");
    if (n < 3 || year == n || strlen(text + year) != 4 ||
        strspn(text + year, "0123456789") != 4) {
        return false;
    }
    for (unsigned i = 0; i < 12; i++) {
        if (n <= strlen(months[i]) && strncasecmp(text, months[i], n) == 0) {
            (void)snprintf(out, PERIOD_CHARS + 1, "%.4s-%02u-01", text + year, i + 1);
            return true;
        }
    }
    return false;
}

/* "2026-W38" into its Monday: the week of ISO 8601, whose first has the year's first Thursday.
 */
static bool numbered_week(const char *text, char out[PERIOD_CHARS + 1])
{
    char january[PERIOD_CHARS + 1];
    int64_t days;
    if (strlen(text) != 8 || strspn(text, "0123456789") != 4 || text[4] != '-' ||
        toupper((unsigned char)text[5]) != 'W' || strspn(text + 6, "0123456789") != 2) {
        return false;
    }
    long week = strtol(text + 6, NULL, 10);
    (void)snprintf(january, sizeof(january), "%.4s-01-04", text);
    if (week < 1 || week > 53 || !date_days(january, &days)) return false;
    date_of(monday_of(days) + 7 * (week - 1), out);
    return true;
}

static bool any_form(const char *text, char out[PERIOD_CHARS + 1])
{
    if (date_is(text)) {
        memcpy(out, text, PERIOD_CHARS + 1);
        return true;
    }
    if (strlen(text) == 7 && strspn(text, "0123456789-") == 7) {
        (void)snprintf(out, PERIOD_CHARS + 1, "%s-01", text);
        return date_is(out);
    }
    return numbered_week(text, out) || named_month(text, out);
}

enum err period_parse(enum period_kind kind, const char *text, char out[PERIOD_CHARS + 1])
{
    char period[PERIOD_CHARS + 1];
    int64_t days;
    if (!any_form(text, period) || !date_days(period, &days)) return ERR_MALFORMED;
    if (kind == PERIOD_WEEK) date_of(monday_of(days), period);
    if (kind == PERIOD_MONTH) memcpy(period + 8, "01", 2);
    memcpy(out, period, sizeof(period));
    return ERR_OK;
}

bool period_next(enum period_kind kind, const char *period, char out[PERIOD_CHARS + 1])
{
    int64_t days;
    char day[2];
    if (!date_days(period, &days)) return false;
    memcpy(day, period + 8, 2); /* out may be the period itself */
    switch (kind) {
    case PERIOD_DAY:
        date_of(days + 1, out);
        return true;
    case PERIOD_WEEK:
        date_of(days + 7, out);
        return true;
    case PERIOD_MONTH:
        date_of(days + 31 - (strtol(period + 8, NULL, 10) - 1), out);
        memcpy(out + 8, day, 2);
        return date_is(out);
    case PERIOD_FREE:
    case PERIOD_TERM:
        break;
    }
    return false;
}

char *period_label(enum period_kind kind, const char *period, char out[PERIOD_LABEL_BYTES])
{
    long month = date_is(period) ? strtol(period + 5, NULL, 10) : 0;
    if (month == 0) {
        (void)snprintf(out, PERIOD_LABEL_BYTES, "%.20s", period);
    } else if (kind == PERIOD_MONTH) {
        (void)snprintf(out, PERIOD_LABEL_BYTES, "%.3s %.4s", months[month - 1], period);
    } else {
        (void)snprintf(out, PERIOD_LABEL_BYTES, "%ld %.3s %.4s", strtol(period + 8, NULL, 10),
                       months[month - 1], period);
    }
    return out;
}
