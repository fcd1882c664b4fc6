#include "daemon/sheet/cell_date.h"

#include <string.h>

#include "proto/base/plain.h"
#include "proto/record/date.h"

/* Days from 1899-12-30, as spreadsheets count: 1954 to 2119 is told from other numbers. */
enum { SERIAL_LEAST = 20000, SERIAL_MOST = 80000, SERIAL_EPOCH = 25569 };
enum { DATE_CHARS_MAX = 64 }; /* longer is prose */

static const char *const months[12] = {
    "january jan enero ene",
    "february feb febrero",
    "march mar marzo",
    "april apr abril abr",
    "may mayo",
    "june jun junio",
    "july jul julio",
    "august aug agosto ago",
    "september sep sept septiembre setiembre",
    "october oct octubre",
    "november nov noviembre",
    "december dec diciembre dic",
};

static const char skipped[] = "week wk of the on day st nd rd th monday tuesday wednesday "
                              "thursday friday saturday sunday "
                              "mon tue tues wed thu thur thurs fri sat sun semana del de el al "
                              "dia lunes martes miercoles "
                              "jueves viernes sabado domingo starting beginning";

static bool among(const char *words, const char *word, size_t n)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");

        if (len == n && strncmp(words, word, n) == 0) return true;
        words += len + (words[len] == ' ');
    }
    return false;
}

/* What a text is made of: at most three numbers and a month's name. */
struct parts {
    long numbers[3];
    size_t digits[3];
    size_t n;
    int month;       /* 1 … 12; 0: none */
    size_t month_at; /* how many numbers stand before it */
    bool good;
};

static void take_word(struct parts *parts, const char *word, size_t n)
{
    for (int m = 0; m < 12; m++) {
        if (!among(months[m], word, n)) continue;
        parts->good = parts->good && parts->month == 0;
        parts->month = m + 1;
        parts->month_at = parts->n;
        return;
    }
    parts->good = parts->good && among(skipped, word, n);
}

static size_t take_number(struct parts *parts, const char *at)
{
    size_t n = strspn(at, "0123456789");
    long value = 0;

    if (parts->n == 3 || n > 6) {
        parts->good = false;
        return n;
    }
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (at[i] - '0');
    parts->digits[parts->n] = n;
    parts->numbers[parts->n++] = value;
    return n;
}

/* A time of day behind the date says nothing: "2026-03-02 00:00:00", "…T08:30Z". */
static size_t date_end(const char *text)
{
    const char *colon = strchr(text, ':');

    if (colon == NULL) return strlen(text);
    while (colon > text && colon[-1] >= '0' && colon[-1] <= '9')
        colon--;
    return (size_t)(colon - text);
}

static struct parts parts_of(const char *text)
{
    struct parts parts = {.good = true};
    struct buf plain = {0};
    size_t n = strlen(text) <= DATE_CHARS_MAX ? date_end(text) : 0;

    parts.good = n > 0;
    if (n > 0 && (text[n - 1] == 'T' || text[n - 1] == 't')) n--;
    plain_words(&plain, text, n);
    buf_put_u8(&plain, 0);
    for (const char *at = (const char *)plain.data; *at != '\0' && parts.good;) {
        size_t len = strspn(at, "0123456789");

        if (*at == ' ') {
            at++;
        } else if (len > 0) {
            at += take_number(&parts, at);
        } else {
            len = strcspn(at, " 0123456789");
            take_word(&parts, at, len);
            at += len;
        }
    }
    buf_fini(&plain);
    return parts;
}

static long full_year(long year, size_t digits)
{
    return digits == 4 ? year : digits != 2 ? 0 : year < 70 ? 2000 + year : 1900 + year;
}

static void put_digits(char *out, long value, size_t n)
{
    while (n-- > 0) {
        out[n] = (char)('0' + value % 10);
        value /= 10;
    }
}

static enum cell_date day_is(long year, long month, long day, char out[11])
{
    if (year < 1900 || year > 2199 || month < 1 || month > 12 || day < 1 || day > 31) {
        return CELL_DATE_NONE;
    }
    memcpy(out, "0000-00-00", 11);
    put_digits(out, year, 4);
    put_digits(out + 5, month, 2);
    put_digits(out + 8, day, 2);
    return date_is(out) ? CELL_DATE_GOOD : CELL_DATE_NONE;
}

static enum cell_date with_month(const struct parts *parts, const char *text, char out[11])
{
    long first = parts->numbers[0], second = parts->numbers[1];

    if (parts->n == 2 && parts->digits[0] == 4) {
        return day_is(first, parts->month, second, out);
    }
    if (parts->n == 2) {
        return day_is(full_year(second, parts->digits[1]), parts->month, first, out);
    }
    if (parts->n != 1) return CELL_DATE_NONE;
    if (parts->digits[0] == 4) return day_is(first, parts->month, 1, out);
    /* "Mar-26" is how spreadsheets write a month; "March 26" and "26-Mar" are days. */
    if (parts->digits[0] == 2 && parts->month_at == 0 && strpbrk(text, "-'/") != NULL) {
        return day_is(full_year(first, 2), parts->month, 1, out);
    }
    return CELL_DATE_NO_YEAR;
}

/* From a count of days; the civil calendar, by whole 400-year eras. */
static enum cell_date from_serial(long serial, char out[11])
{
    long z = serial - SERIAL_EPOCH + 719468;
    long era = z / 146097, doe = z - era * 146097;
    long yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    long doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    long mp = (5 * doy + 2) / 153;
    long month = mp < 10 ? mp + 3 : mp - 9;

    return day_is(yoe + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1, out);
}

static enum cell_date in_digits(const struct parts *parts, enum cell_dates order, char out[11])
{
    const long *n = parts->numbers;
    long year = full_year(n[2], parts->digits[2]);
    char other[11];

    if (parts->digits[0] == 4) return day_is(n[0], n[1], n[2], out);
    switch (order) {
    case CELL_DATES_DMY:
        if (day_is(year, n[1], n[0], out) == CELL_DATE_GOOD) return CELL_DATE_GOOD;
        return day_is(year, n[0], n[1], other) == CELL_DATE_GOOD ? CELL_DATE_AGAINST
                                                                 : CELL_DATE_NONE;
    case CELL_DATES_MDY:
        if (day_is(year, n[0], n[1], out) == CELL_DATE_GOOD) return CELL_DATE_GOOD;
        return day_is(year, n[1], n[0], other) == CELL_DATE_GOOD ? CELL_DATE_AGAINST
                                                                 : CELL_DATE_NONE;
    case CELL_DATES_UNKNOWN:
        break;
    }
    if (day_is(year, n[1], n[0], out) == CELL_DATE_GOOD) {
        return n[0] != n[1] && day_is(year, n[0], n[1], other) == CELL_DATE_GOOD
                   ? CELL_DATE_UNCLEAR
                   : CELL_DATE_GOOD;
    }
    return day_is(year, n[0], n[1], out);
}

enum cell_date cell_date_read(const char *text, enum cell_dates order, char out[11])
{
    struct parts parts = parts_of(text);

    if (!parts.good || parts.n == 0) return CELL_DATE_NONE;
    if (parts.month != 0) return with_month(&parts, text, out);
    if (parts.n == 3) return in_digits(&parts, order, out);
    if (parts.n == 2 && parts.digits[0] == 4) {
        return day_is(parts.numbers[0], parts.numbers[1], 1, out);
    }
    if (parts.n == 2 && parts.digits[1] == 4) {
        return day_is(parts.numbers[1], parts.numbers[0], 1, out);
    }
    if (parts.n == 1 && parts.digits[0] == 5 && parts.numbers[0] >= SERIAL_LEAST &&
        parts.numbers[0] <= SERIAL_MOST) {
        return from_serial(parts.numbers[0], out);
    }
    return parts.n == 2 ? CELL_DATE_NO_YEAR : CELL_DATE_NONE;
}

unsigned cell_date_orders(const char *text)
{
    char out[11];
    bool dmy = cell_date_read(text, CELL_DATES_DMY, out) == CELL_DATE_GOOD;
    bool mdy = cell_date_read(text, CELL_DATES_MDY, out) == CELL_DATE_GOOD;
    enum cell_date open = cell_date_read(text, CELL_DATES_UNKNOWN, out);

    if (dmy && mdy && open == CELL_DATE_GOOD) return 0; /* it is one day either way */
    return (dmy ? CELL_CAN_DMY : 0) | (mdy ? CELL_CAN_MDY : 0);
}
