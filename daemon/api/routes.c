#include "daemon/api/routes.h"

#include <string.h>

#include "daemon/core/filing.h"
#include "proto/base/check.h"
#include "proto/base/limits.h"

enum {
    ROUTES_JSON_BYTES = 64 * 1024,          /* a record of LIMIT_BODY_BYTES and its wrapping */
    ROUTES_IMPORT_BYTES = 64 * 1024 * 1024, /* docs/API.md */
    ROUTES_TABLE_BYTES = ROUTES_JSON_BYTES + 4 * 1024 * 1024, /* a line of JSON, CSV_BYTES_MAX */
    ROUTES_FILE_BYTES = FILING_BYTES_MAX,
    ROUTES_BUNDLE_BYTES = 256 * 1024 * 1024,
};

const struct route routes_all[] = {
#define X(method, path, handler, needs, face, body, query, summary) \
    {method, path, handler, NEEDS_##needs, FACE_##face, BODY_##body, query, summary},
    ROUTE_TABLE(X)
#undef X
};
const size_t routes_n = sizeof(routes_all) / sizeof(routes_all[0]);

/* One path against one pattern; {…} stands for one segment that is not empty. */
static bool match_path(const char *pattern, const char *path, struct routes_match *out)
{
    out->segments_n = 0;
    while (*pattern != '\0') {
        if (*pattern == '{') {
            size_t n = strcspn(path, "/");

            if (n == 0) return false;
            CHECK(out->segments_n <= CALL_SEGMENTS_MAX);
            out->segments[out->segments_n++] = (struct routes_segment){path, n};
            path += n;
            pattern = strchr(pattern, '}') + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

void routes_match(struct routes_match *out, const char *method, const char *path)
{
    struct routes_match match = {0};

    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < routes_n; i++) {
        /* An exact path stands before a pattern: /devices/code and /devices/{device}. */
        if (!match_path(routes_all[i].path, path, &match)) continue;
        out->known = true;
        if (strcmp(routes_all[i].method, method) != 0) continue;
        if (out->route != NULL && out->segments_n <= match.segments_n) continue;
        match.route = &routes_all[i];
        match.known = true;
        *out = match;
    }
}

bool routes_has_network(const struct route *route)
{
    return strncmp(route->path, N, sizeof(N) - 1) == 0;
}

size_t routes_body_max(const struct route *route)
{
    static const size_t max[] = {
        [BODY_NONE] = 0,
        [BODY_JSON] = ROUTES_JSON_BYTES,
        [BODY_BUNDLE] = ROUTES_BUNDLE_BYTES,
        [BODY_IMPORT] = ROUTES_IMPORT_BYTES,
        [BODY_TABLE] = ROUTES_TABLE_BYTES,
        [BODY_FILE] = ROUTES_FILE_BYTES,
    };

    return max[route->body];
}

const char *routes_needs_name(enum route_needs needs)
{
    static const char *const names[] = {"none", "initialised", "member"};

    return names[needs];
}

bool routes_query_known(const struct route *route, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = route->query; *p != '\0'; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");

        if (length == n && memcmp(p, name, n) == 0) return true;
        p += length;
    }
    return false;
}
