#include "proto/base/err.h"

#include "proto/base/check.h"

static const struct {
    const char *name;
    const char *text;
    enum blame blame;
} rows[] = {
#define X(name, blame, text) {#name, text, BLAME_##blame},
    ERR_TABLE(X)
#undef X
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == ERR_COUNT, "one row a code");

const char *err_name(enum err err)
{
    CHECK(err >= 0 && err < ERR_COUNT);
    return rows[err].name;
}

const char *err_text(enum err err)
{
    CHECK(err >= 0 && err < ERR_COUNT);
    return rows[err].text;
}

enum blame err_blame(enum err err)
{
    CHECK(err >= 0 && err < ERR_COUNT);
    return rows[err].blame;
}
