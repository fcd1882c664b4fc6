/*
 * host.h: what the API asks of the program around it. daemon/app implements it over the
 * runtime, the view thread and the key file; the tests implement it with a script. All
 * functions are called on the loop, and every callback comes on the loop, exactly once,
 * *later*: never inside the call that started it. After api_stop has called back, none may come
 * any more.
 */
#ifndef API_HOST_H
#define API_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/core/command.h"
#include "daemon/view/view.h"
#include "proto/base/env.h"
#include "proto/record/schema.h"

struct node; /* daemon/core/node.h */
struct uv_loop_s;

/*
 * A network of this data folder, joined or not yet. The struct and its name stay where they are
 * until the API has stopped; the other fields may change between turns.
 */
struct api_network {
    const char *name; /* local: "main" */
    const struct node *node;
    struct school_id school;
    const char *school_name;
    struct device_pk device;
    const char *device_name;
    struct transport_pk transport;
};

/* A school's root, for one command. The host wipes its copy when the callback returns. */
struct api_root {
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
    struct school_id school; /* that these words began; after a rotation not the school's id */
};

struct api_init {
    const char *network;            /* local name; never NULL */
    const char *school_name;        /* never NULL */
    const char *device_name;        /* NULL: the host chooses (the machine's name) */
    const char *phrase;             /* NULL: make a new one */
    const struct school_id *school; /* of a device code; NULL: it follows from the phrase */
    const struct root_pk *root_pk;  /* of a device code: PHRASE when the words give another */
};

/* Of the command that was submitted. reply is borrowed until the function returns. */
typedef void (*api_reply_fn)(void *arg, const struct reply *reply);
/* words: only when they were made now; NULL otherwise. Borrowed. reason: a sentence or NULL. */
typedef void (*api_init_fn)(void *arg, enum err err, const char *reason, const char *words);
/* root is NULL unless err is OK; reason and words as above. */
typedef void (*api_root_fn)(void *arg, enum err err, const char *reason,
                            const struct api_root *root, const char *words);
typedef void (*api_done_fn)(void *arg, enum err err);
/* On the view thread, with a reader; it must not touch anything but arg. */
typedef enum err (*api_view_fn)(void *arg, struct view_reader *reader);
/* The pair is borrowed until the function returns. */
typedef void (*api_setting_fn)(void *arg, const char *key, struct slice value);

/* Long work that tells how far it is. of: 0 when it is not known. step: borrowed. */
typedef void (*api_progress_fn)(void *arg, const char *step, uint64_t done, uint64_t of);
/* result: JSON text (docs/API.md, doctor) when err is OK; else a sentence or NULL. Borrowed. */
typedef void (*api_result_fn)(void *arg, enum err err, const char *result);

struct api_host {
    void *ctx;
    struct uv_loop_s *loop;
    const struct env *env;
    const struct schema_set *schemas;
    /* Types of the school's own that do not hold: [{"file", "text"}]. NULL: none. */
    const json_t *types_refused;
    const char *version;
    const char *data_dir;
    const char *instance; /* letters and digits; the cookie is named after it */

    int64_t (*wall_s)(void *ctx); /* what the machine believes the date is */
    /* Is there a key file? Without one there are no networks. */
    bool (*initialised)(void *ctx);
    size_t (*networks)(void *ctx);
    const struct api_network *(*network)(void *ctx, size_t index);

    /* Makes the key file, the school and its first, empty network. EXISTS when it has one. */
    void (*init)(void *ctx, const struct api_init *init, api_init_fn fn, void *arg);
    /*
     * The keys of a phrase (Argon2id, on a worker thread). phrase NULL: a new one. PHRASE when
     * it is no phrase, or, for this school where that can be known, not its phrase. The
     * phrase is copied (and wiped by the host).
     */
    void (*root)(void *ctx, const struct api_network *network, const char *phrase,
                 api_root_fn fn, void *arg);
    /*
     * Hands a command to the node. It, and all that it points at, stays as it is until the
     * reply. The ticket is the host's to set.
     */
    void (*submit)(void *ctx, const struct api_network *network, struct command *command,
                   api_reply_fn fn, void *arg);
    /* Runs fn on the network's view thread, then done on the loop with what fn returned; a view
     * that cannot be opened gives its error without fn. Jobs of one network run in order, and
     * never in the middle of a view_step. */
    void (*view)(void *ctx, const struct api_network *network, api_view_fn fn, api_done_fn done,
                 void *arg);
    /* The log sequence that the view has applied, as the loop knows it. */
    uint64_t (*view_applied)(void *ctx, const struct api_network *network);

    /* Sealed settings ("draft/x", "app/names"); small, answered at once. NOT_FOUND. */
    enum err (*setting_get)(void *ctx, const struct api_network *network, const char *key,
                            struct buf *out);
    void (*setting_each)(void *ctx, const struct api_network *network, const char *prefix,
                         api_setting_fn fn, void *arg);
    /* Durable when done comes. value.p NULL: deletes. key and value are copied. */
    void (*setting_put)(void *ctx, const struct api_network *network, const char *key,
                        struct slice value, api_done_fn done, void *arg);

    /* host:port at which others can reach this device: at most max; returns how many. Borrowed
     * until the loop turns. */
    size_t (*addresses)(void *ctx, const struct api_network *network, const char **out,
                        size_t max);
    /* It is to be called by others, and cannot: its port is taken. */
    bool (*deaf)(void *ctx, const struct api_network *network);
    /* Verifies everything that is kept, in slices or on a thread. */
    void (*doctor)(void *ctx, const struct api_network *network, bool rebuild,
                   api_progress_fn progress, api_result_fn done, void *arg);
    /* Ends the daemon in order, after this turn. */
    void (*shutdown)(void *ctx);
    /* One line for the log. */
    void (*log)(void *ctx, const char *line);
    /* A request was answered: its route as in the table of routes, never what it named. code:
       of the error, or NULL. For the log. */
    void (*answered)(void *ctx, const char *method, const char *route, unsigned status,
                     const char *code, uint64_t ms);
};

#endif
