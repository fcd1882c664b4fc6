#include "client/postgres/base.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

static PGconn *of(const struct base *base)
{
    return base->connection;
}

/* libpq's words in one line. */
static void say(struct base *base, const char *words)
{
    size_t n = 0;

    for (; *words != '\0' && n + 1 < sizeof(base->why); words++) {
        if (*words != '\n' && *words != '\r') {
            base->why[n++] = *words;
        } else if (n > 0 && words[1] != '\0') {
            base->why[n++] = ' ';
        }
    }
    while (n > 0 && base->why[n - 1] == ' ')
        n--;
    base->why[n] = '\0';
}

static enum err failed(struct base *base, const char *words)
{
    say(base, words);
    return PQstatus(of(base)) == CONNECTION_OK ? ERR_REFUSED : ERR_CLOSED;
}

/* What the server had to say besides (IF NOT EXISTS was already there) is nobody's business. */
static void on_notice(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

enum err base_open(struct base *base, const char *url)
{
    *base = (struct base){.connection = PQconnectdb(url)};
    if (PQstatus(of(base)) != CONNECTION_OK) {
        say(base, PQerrorMessage(of(base)));
        base_close(base);
        return ERR_CLOSED;
    }
    PQsetNoticeProcessor(of(base), on_notice, NULL);
    /* The planner takes each list for a hundred entries long, and would compile for a second
     * what runs for a millisecond. */
    return base_run(base, "SET client_encoding = 'UTF8'; SET TIME ZONE 'UTC'; SET jit = off;"
                          " SET application_name = 'kith-export'");
}

void base_close(struct base *base)
{
    if (base->connection != NULL) PQfinish(of(base));
    base->connection = NULL;
}

static enum err check(struct base *base, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return ERR_OK;
    return failed(base, PQerrorMessage(of(base)));
}

enum err base_run(struct base *base, const char *sql)
{
    PGresult *result = PQexec(of(base), sql);
    enum err err = check(base, result);

    PQclear(result);
    return err;
}

static PGresult *run(struct base *base, const char *sql, const char *const *params, size_t n)
{
    return PQexecParams(of(base), sql, (int)n, NULL, params, NULL, NULL, 0);
}

enum err base_change(struct base *base, const char *sql, const char *const *params, size_t n,
                     uint64_t *rows)
{
    PGresult *result = run(base, sql, params, n);
    enum err err = check(base, result);

    if (err == ERR_OK && rows != NULL) {
        unsigned long long changed = 0;

        (void)sscanf(PQcmdTuples(result), "%llu", &changed);
        *rows = changed;
    }
    PQclear(result);
    return err;
}

enum err base_select(struct base *base, const char *sql, const char *const *params, size_t n,
                     base_row_fn fn, void *arg)
{
    PGresult *result = run(base, sql, params, n);
    enum err err = check(base, result);
    const char *cells[BASE_PARAMS_MAX];
    int columns = PQnfields(result);

    for (int row = 0; err == ERR_OK && row < PQntuples(result); row++) {
        for (int c = 0; c < columns && c < BASE_PARAMS_MAX; c++)
            cells[c] = PQgetisnull(result, row, c) ? NULL : PQgetvalue(result, row, c);
        fn(arg, cells, (size_t)columns);
    }
    PQclear(result);
    return err;
}

static void on_lock(void *arg, const char *const *cells, size_t n)
{
    bool *locked = arg;

    *locked = n > 0 && cells[0] != NULL && strcmp(cells[0], "t") == 0;
}

enum err base_lock(struct base *base, const char *schema)
{
    bool locked = false;
    const char *const params[] = {schema};
    enum err err = base_select(base,
                               "SELECT pg_try_advisory_lock(hashtextextended('kith export ' ||"
                               " $1, 0))",
                               params, 1, on_lock, &locked);

    if (err == ERR_OK && !locked) {
        say(base, "another kith export writes into this schema");
        return ERR_EXISTS;
    }
    return err;
}
