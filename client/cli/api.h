/*
 * api.h: the daemon, asked. Every call returns an exit code; when it is not CLI_DONE the person
 * has been told why and what to do next (with --json: the error object, on stderr).
 */
#ifndef CLI_API_H
#define CLI_API_H

#include <jansson.h>

#include "client/cli/cli.h"
#include "client/cli/http.h"

/* "/v1/networks/NAME/a/b" of the segments up to NULL, each escaped. free() it. */
__attribute__((sentinel)) char *api_path(const struct cli *cli, ...);
/* target with "key=value" appended to its query; nothing when value is NULL. Takes target. */
char *api_with(char *target, const char *key, const char *value);

/* GET. Takes target. On CLI_DONE the caller owns *out; else it is NULL. */
enum cli_exit api_get(struct cli *cli, char *target, json_t **out);
/* Another method. Takes target and body (NULL: none). out may be NULL. */
enum cli_exit api_send(struct cli *cli, const char *method, char *target, json_t *body,
                       json_t **out);
/* Before a person is asked for much: CLI_UNREACHABLE, said, when there is nobody to take it. */
enum cli_exit api_reachable(struct cli *cli);
/* As api_get, but without a word when there is no such thing: CLI_NOT_FOUND, *out NULL. */
enum cli_exit api_try(struct cli *cli, char *target, json_t **out);
/* Streams: request->target is borrowed. Says errors as the others do. */
enum cli_exit api_stream(struct cli *cli, const struct http_request *request,
                         struct http_answer *answer);

/* The exit code of an error code of the API ("NOT_FOUND"). */
enum cli_exit api_exit(const char *code);

/* Says an error of our own: what, and what to do next (may be NULL). Returns code. */
enum cli_exit api_fail(struct cli *cli, enum cli_exit code, const char *hint,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What a write warns of ("warnings"), a line each. */
void api_warnings(struct cli *cli, const json_t *answer);

/* With --json writes value to out and returns true. */
bool api_json(struct cli *cli, const json_t *value);

/* Members of an answer; "", 0, false, an empty list when absent. Borrowed. */
const char *api_str(const json_t *object, const char *key);
int64_t api_int(const json_t *object, const char *key); /* numbers and numbers as strings */
bool api_bool(const json_t *object, const char *key);
json_t *api_list(const json_t *object, const char *key);
/*
 * object[key]["name"], as schools and devices have it. Where nobody has said a name yet: "this
 * school", or the first digits of the id, which hold until the fourth call after this one.
 */
const char *api_name(const json_t *object, const char *key);
/* A time ("2026-03-01T09:30:00Z") as seconds; 0 when it is none. */
int64_t api_time(const json_t *object, const char *key);
/* The first 6 digits of an id, as records have them in "short". */
const char *api_short(char out[9], const char *id);

#endif
