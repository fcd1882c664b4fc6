/*
 * call.h: one request on its way through a handler. A handler starts work (a command, a job on
 * the view thread, a root key, a setting, a wait) and names the function that goes on; when the
 * work failed the call is answered with the error and the function is not called. A call ends
 * with exactly one call_reply or call_fail (or a stream).
 *
 * If the client leaves, what was begun is finished all the same (a write is a write); the
 * answer then goes nowhere. A call is freed when the client is gone and nothing is owed to it.
 */
#ifndef API_CALL_H
#define API_CALL_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/api/host.h"
#include "daemon/api/http.h"
#include "daemon/view/compose.h"
#include "proto/base/err.h"
#include "proto/base/mem.h"

struct api;
struct call;
struct route;

enum { CALL_SEGMENTS_MAX = 2, CALL_LIST_LIMIT_MAX = 1000 };

/* A device that was removed, or whose school left, writes nothing more: its keys are dead. */
#define CALL_HINT_ENDED                                                                       \
    "kith export FILE keeps what is here; in an empty data folder kith init SCHOOL --known, " \
    "kith import FILE and kith join CODE go on with it"

typedef void (*call_fn)(struct call *call);
typedef void (*call_reply_fn)(struct call *call, const struct reply *reply);
typedef enum err (*call_job_fn)(struct call *call, struct view_reader *reader);

struct call {
    struct api *api;
    const struct api_host *host;
    struct http_request *http; /* NULL once the client is gone */
    const struct route *route;
    const struct api_network *network; /* NULL where the path has none */
    char *segments[CALL_SEGMENTS_MAX]; /* what the path's {…} are, without the network; owned */
    bool answered;
    unsigned owed; /* callbacks to come */
    struct call *next, **link;

    struct arena arena;
    json_t *body; /* owned; NULL where the route has none */
    struct command command;
    struct api_root root; /* wiped with the call */
    struct compose compose;
    struct query_key key;
    struct buf out;         /* what a view job answers */
    const char *done_draft; /* to delete when the write is durable */
    uint64_t lseq;          /* of the write so far */
    void *state;            /* the handler's own, in the arena */
    int64_t wall_s;         /* when it came, as the machine believes */
    uint64_t came_ms;       /* … and on the loop's clock */
    const char *refused; /* what to do when the node refuses the command; NULL: the default */

    call_fn then;
    call_reply_fn then_reply;
    call_job_fn job, read_job;
    call_fn read_then;
    uint64_t wait_lseq, wait_until_ms; /* while it waits for the projection */
    bool waiting, behind;
    char archive[11]; /* what the view job leaves out of lists: before that day */
};

/* ---- what it asks ---- */

/* Copied into the arena: the request may go while a job reads it. NULL when absent. */
const char *call_query(struct call *call, const char *name);
/* A query's number, or `absent`; answers INVALID and returns false when it is none or > max. */
bool call_query_number(struct call *call, const char *name, uint64_t absent, uint64_t max,
                       uint64_t *out);
bool call_query_flag(struct call *call, const char *name);

/* A body's fields. What is not in the list is refused. */
enum call_kind { CALL_TEXT, CALL_BOOL, CALL_INTEGER, CALL_OBJECT, CALL_LIST, CALL_ANY };
struct call_field {
    const char *name;
    enum call_kind kind;
    bool required;
};
/* Answers INVALID, with the path, and returns false when the body is not of that shape. */
bool call_body(struct call *call, const struct call_field *fields, size_t n);
/* Of a body that was checked: NULL or false when absent. */
const char *call_text(const struct call *call, const char *name);
bool call_bool(const struct call *call, const char *name);

/* ---- its answer ---- */

/* It has its answer now: once, by all that answer here, or by who answers otherwise. code: of
 * the error, or NULL. */
void call_finish(struct call *call, unsigned status, const char *code);
/* Takes the reference. */
void call_reply(struct call *call, unsigned status, json_t *json);
/* A JSON object as text, from the view: "behind" is added. */
void call_reply_view(struct call *call);
/* As the text of err when message is NULL. hint and path may be NULL. */
void call_fail(struct call *call, enum err err, const char *message, const char *hint,
               const char *path);
/* With a code that is not an err: SIGN_IN, ORIGIN, METHOD, HOST, NOT_INITIALISED. */
void call_fail_code(struct call *call, unsigned status, const char *code, const char *message,
                    const char *hint, const char *path);
/* INVALID: "$.name: message". */
void call_fail_field(struct call *call, const char *name, const char *message);
/* {"lseq": …} for done and, with the statement, for an act. New reference. */
json_t *call_done_json(const struct call *call);
json_t *call_act_json(const struct call *call, const struct reply *reply);
/* A call_reply_fn: answers 200 with the act, or with done. */
void call_reply_act(struct call *call, const struct reply *reply);
void call_reply_done(struct call *call, const struct reply *reply);
unsigned call_status(enum err err);
/* What to do next about it, when nobody knows better. */
const char *call_hint(enum err err);

/* ---- work ---- */

/* Submits call->command. */
void call_submit(struct call *call, enum command_kind kind, call_reply_fn then);
/* Notes that everything up to lseq was answered: reads will wait for it. */
void call_written(struct call *call, uint64_t lseq);
/* Runs a job on the view thread; call->out and call->compose are for it. */
void call_view(struct call *call, call_job_fn job, call_fn then);
/* Waits for the projection first (?after, or all that was answered), then as call_view. */
void call_read(struct call *call, call_job_fn job, call_fn then);
/* Waits until the projection shows lseq, at most 5 s (then call->behind). */
void call_wait(struct call *call, uint64_t lseq, call_fn then);
/* The last lseq that was answered to anybody in this network. */
uint64_t call_seen(const struct call *call);
/* The keys of the phrase in the body (required there) into call->root. */
void call_root(struct call *call, call_fn then);
void call_put(struct call *call, const char *key, struct slice value, call_fn then);
/* The revisions of call->compose as WRITE; then: on the loop, call->lseq is set. */
void call_write(struct call *call, call_fn then);
/* Answers the compose's record: {"record","edit","warnings","lseq"}. New reference. */
json_t *call_written_json(const struct call *call);
/* Fills who writes: the body's person, else the setting. */
struct compose_who call_who(struct call *call);
/* A one-line text in the arena. */
const char *call_format(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
