#include "proto/record/date.h"

#include <stddef.h>
#include <string.h>

static bool digits(const char *p, size_t n, int *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return false;
        *out = *out * 10 + (p[i] - '0');
    }
    return true;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool date_days(const char *text, int64_t *days)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    int year, month, day;
    if (text == NULL || strnlen(text, 10) < 10 || text[4] != '-' || text[7] != '-')
        return false;
    if (text[10] != '\0' && text[10] != 'T') return false;
    if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day)) {
        return false;
    }
    if (month < 1 || month > 12 || day < 1) return false;
    int length = before[month] - before[month - 1] + (month == 2 && leap(year));
    if (day > length) return false;
    /* Leap days of the years before this one, from year 0 (itself one). */
    int64_t leaps = year == 0 ? 0 : (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1;
    int64_t since_0 =
        365 * (int64_t)year + leaps + before[month - 1] + (day - 1) + (month > 2 && leap(year));
    *days = since_0 - 719528; /* 1970-01-01 */
    return true;
}

bool date_is(const char *text)
{
    int64_t days;
    return date_days(text, &days) && text[10] == '\0';
}
