#include "client/cli/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, WEEK = 7 * DAY };

static const struct {
    int64_t up_to, unit;
    const char *name;
} steps[] = {
    {HOUR, MINUTE, "minute"},
    {DAY, HOUR, "hour"},
    {2 * WEEK, DAY, "day"},
    {4 * WEEK, WEEK, "week"},
};

enum form { FORM_DAY, FORM_MINUTE, FORM_ISO };

static void format_time(char out[WHEN_MAX], enum form form, int64_t at)
{
    time_t when = (time_t)at;
    struct tm parts;
    size_t n = 0;
    if (localtime_r(&when, &parts) != NULL) {
        if (form == FORM_ISO) n = strftime(out, WHEN_MAX, "%Y-%m-%d", &parts);
        if (form == FORM_DAY) n = strftime(out, WHEN_MAX, "%e %b %Y", &parts);
        if (form == FORM_MINUTE) n = strftime(out, WHEN_MAX, "%e %b %Y, %H:%M", &parts);
    }
    if (n == 0) snprintf(out, WHEN_MAX, "some time");
    if (out[0] == ' ') memmove(out, out + 1, strlen(out)); /* %e pads the day */
}

char *when_ago(char out[WHEN_MAX], int64_t then_s, int64_t now_s)
{
    bool past = then_s <= now_s;
    int64_t span = past ? now_s - then_s : then_s - now_s;
    if (span < MINUTE) { /* two clocks differ by that much */
        snprintf(out, WHEN_MAX, "just now");
        return out;
    }
    if (!past) span += MINUTE - 1; /* what ends in 6 days, 23 hours and 59 minutes ends in 7 */
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (span >= steps[i].up_to) continue;
        long long count = (long long)(span / steps[i].unit);
        snprintf(out, WHEN_MAX, "%s%lld %s%s%s", past ? "" : "in ", count, steps[i].name,
                 count == 1 ? "" : "s", past ? " ago" : "");
        return out;
    }
    format_time(out, FORM_DAY, then_s);
    return out;
}

char *when_full(char out[WHEN_MAX], int64_t then_s)
{
    format_time(out, FORM_MINUTE, then_s);
    return out;
}

char *when_span(char out[WHEN_MAX], int64_t ms)
{
    int64_t s = ms / 1000;
    if (ms < 1000) {
        snprintf(out, WHEN_MAX, "%lld ms", (long long)ms);
    } else if (s < 2 * MINUTE) {
        snprintf(out, WHEN_MAX, "%lld s", (long long)s);
    } else if (s < 2 * HOUR) {
        snprintf(out, WHEN_MAX, "%lld min", (long long)(s / MINUTE));
    } else if (s < 2 * DAY) {
        snprintf(out, WHEN_MAX, "%lld hours", (long long)(s / HOUR));
    } else {
        snprintf(out, WHEN_MAX, "%lld days", (long long)(s / DAY));
    }
    return out;
}

bool when_date(char out[WHEN_MAX], const char *text, int64_t now_s)
{
    int64_t days = -1;
    if (strcmp(text, "today") == 0) days = 0;
    if (strcmp(text, "tomorrow") == 0) days = 1;
    if (text[0] == '+' && strspn(text + 1, "0123456789") == strlen(text + 1) &&
        strlen(text) > 1 && strlen(text) < 6) {
        days = strtol(text + 1, NULL, 10);
    }
    if (days >= 0) {
        format_time(out, FORM_ISO, now_s + days * DAY);
        return true;
    }
    int year, month, day, n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &n) != 3 || n != 10 ||
        text[n] != '\0' || month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    snprintf(out, WHEN_MAX, "%s", text);
    return true;
}
