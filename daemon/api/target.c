#include "daemon/api/target.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool target_unescape(char *text)
{
    char *out = text;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '%') {
            int high = hex_digit(p[1]);
            int low = high < 0 ? -1 : hex_digit(p[2]);

            if (low < 0 || (high == 0 && low == 0)) return false;
            *out++ = (char)(high * 16 + low);
            p += 2;
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
    return true;
}

bool target_split(char *text, struct target_pair *pairs, size_t *n)
{
    char *query = strchr(text, '?');

    *n = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '#') return false;
    }
    if (strstr(text, "%00") != NULL) return false;
    if (query == NULL) return true;
    *query++ = '\0';
    for (char *pair = query, *next; pair != NULL && *pair != '\0'; pair = next) {
        char *equal;

        next = strchr(pair, '&');
        if (next != NULL) *next++ = '\0';
        if (*n == TARGET_PAIRS_MAX) return false;
        equal = strchr(pair, '=');
        if (equal != NULL) *equal++ = '\0';
        for (char *p = equal; p != NULL && *p != '\0'; p++) {
            if (*p == '+') *p = ' ';
        }
        if (!target_unescape(pair) || (equal != NULL && !target_unescape(equal))) return false;
        pairs[*n].name = pair;
        pairs[(*n)++].value = equal == NULL ? "" : equal;
    }
    return true;
}
