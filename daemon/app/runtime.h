/*
 * runtime.h: what makes a node live: it turns facts (connections, bytes, completions, time,
 * commands) into events, steps the node, and carries out the update in the order that update.h
 * fixes. One runtime a network; an application holds a list of them. Everything here belongs to
 * the loop's thread.
 */
#ifndef APP_RUNTIME_H
#define APP_RUNTIME_H

#include <uv.h>

#include "daemon/app/keyfile.h"
#include "daemon/app/settings.h"
#include "daemon/app/viewer.h"
#include "daemon/core/node.h"
#include "daemon/net/net.h"
#include "daemon/store/storage.h"

struct runtime;

enum {
    RUNTIME_TURN_MS = 10, /* then other work of the loop has its turn */
};

typedef void (*runtime_reply_fn)(void *arg, const struct reply *reply);

struct runtime_options {
    uv_loop_t *loop;
    const char *name;                 /* of the network, here; copied */
    const char *dir;                  /* DATA/networks/NAME */
    const struct keyfile *keyfile;    /* outlives the runtime */
    const struct env *env;            /* likewise */
    const struct schema_set *schemas; /* likewise, and not changed meanwhile */
    const char *version;
    const char *listen;    /* host:port; "none" */
    const char *advertise; /* host:port, commas between; "" for this machine's addresses */
    int64_t clock_offset_s;
    store_fault_fn fault; /* NULL in production */
    void *fault_ctx;
    /* On the loop, never inside a call of this header. */
    void (*notice)(void *ctx, struct runtime *runtime, unsigned notices);
    void (*applied)(void *ctx, struct runtime *runtime);
    void *ctx;
};

/* Opens the store and starts everything; listens when it returns. A port that is taken is said
 * in the log, and the runtime calls out only. LOCKED, VERSION, CORRUPT, NO_SPACE, IO, SYSTEM.
 */
MUST_USE enum err runtime_open(struct runtime **out, const struct runtime_options *options);
/* Answers CLOSED to every command that waits, and takes no more: the end is near. */
void runtime_cancel(struct runtime *runtime);
/*
 * Ends connections and threads; what was queued for the disk is written. Nothing is called back
 * any more but done, later, when the runtime is freed.
 */
void runtime_stop(struct runtime *runtime, void (*done)(void *ctx), void *ctx);

const char *runtime_name(const struct runtime *runtime);
const struct node *runtime_node(const struct runtime *runtime);
struct viewer *runtime_viewer(struct runtime *runtime);
struct store *runtime_store(struct runtime *runtime);
/* The port that it listens on; 0 when it does not. */
unsigned runtime_port(const struct runtime *runtime);
int64_t runtime_wall_s(const struct runtime *runtime);
/* What others are told to call, newest. Borrowed. */
size_t runtime_addresses(struct runtime *runtime, const char **out, size_t max);

/*
 * Hands a command to the node in one of the next turns; fn gets the reply. The command, and all
 * that it points at, stays as it is until then. Sets its ticket. BUSY past
 * LIMIT_COMMANDS_PENDING.
 */
void runtime_command(struct runtime *runtime, struct command *command, runtime_reply_fn fn,
                     void *arg);

/* Sealed settings. NOT_FOUND, CORRUPT. */
MUST_USE enum err runtime_setting(struct runtime *runtime, const char *key, struct buf *out);
void runtime_each_setting(struct runtime *runtime, const char *prefix, settings_fn fn,
                          void *arg);
/* Durable when done comes with OK. value.p NULL deletes. */
void runtime_set(struct runtime *runtime, const char *key, struct slice value,
                 settings_done_fn done, void *arg);

#endif
