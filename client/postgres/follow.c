#include "client/postgres/follow.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/postgres/copy.h"

enum { FOLLOW_WAIT_MAX_S = 30, FOLLOW_DONE = 0, FOLLOW_UNREACHABLE = 4, FOLLOW_REFUSED = 5 };

struct follow {
    const struct options *options;
    struct base base;
    struct daemon daemon;
    struct copy copy;
    enum err err; /* of the last run */
};

static void tell(const struct copy *copy)
{
    fprintf(stderr, "kith export: %llu written, %llu taken out; complete up to %s\n",
            (unsigned long long)copy->written, (unsigned long long)copy->gone,
            copy->since[0] == '\0' ? "0" : copy->since);
}

static bool run(struct follow *follow, bool quiet)
{
    follow->err = copy_run(&follow->copy);
    if (follow->err == ERR_OK && (!quiet || follow->copy.written + follow->copy.gone > 0)) {
        tell(&follow->copy);
    }
    return follow->err == ERR_OK;
}

static bool on_changed(void *arg)
{
    return run(arg, true);
}

/* Opens both ends and copies; with --follow it comes back when one of the ends is gone. */
static enum err session(struct follow *follow)
{
    const struct options *options = follow->options;
    char event[24];
    enum err err;

    follow->daemon = (struct daemon){
        .socket = options->socket, .network = options->network, .mine = options->mine};
    err = base_open(&follow->base, options->to);
    if (err != ERR_OK) {
        snprintf(follow->copy.why, sizeof(follow->copy.why), "the database: %s",
                 follow->base.why);
        return err;
    }
    follow->copy = (struct copy){.base = &follow->base,
                                 .daemon = &follow->daemon,
                                 .schema = options->schema,
                                 .page = options->page};
    err = copy_open(&follow->copy);
    if (err == ERR_OK && follow->copy.through[0] != '\0') {
        fprintf(stderr, "kith export: goes on where it stopped\n");
    }
    if (err == ERR_OK) err = daemon_event(&follow->daemon, event);
    if (err == ERR_OK && !run(follow, false)) err = follow->err;
    if (err == ERR_OK && options->follow) {
        err = daemon_follow(&follow->daemon, event, on_changed, follow);
        if (err == ERR_OK) err = follow->err; /* a run failed, and ended it */
        if (err == ERR_CLOSED && follow->copy.why[0] == '\0') {
            snprintf(follow->copy.why, sizeof(follow->copy.why), "%s",
                     follow->daemon.why[0] == '\0' ? "kithd closed the stream"
                                                   : follow->daemon.why);
        }
    }
    if (err != ERR_OK && follow->copy.why[0] == '\0') {
        snprintf(follow->copy.why, sizeof(follow->copy.why), "%s", follow->daemon.why);
    }
    copy_close(&follow->copy);
    base_close(&follow->base);
    return err;
}

int follow_run(const struct options *options)
{
    unsigned wait_s = 1;

    for (;;) {
        struct follow follow = {.options = options};
        enum err err = session(&follow);

        if (err == ERR_OK) return FOLLOW_DONE;
        fprintf(stderr, "kith export: %s\n", follow.copy.why);
        if (err != ERR_CLOSED) return FOLLOW_REFUSED;
        if (!options->follow) {
            fprintf(stderr, "kith export: run it again: it goes on where it stopped\n");
            return FOLLOW_UNREACHABLE;
        }
        if (follow.copy.written > 0) wait_s = 1; /* it worked before */
        sleep(wait_s);
        wait_s = wait_s * 2 > FOLLOW_WAIT_MAX_S ? FOLLOW_WAIT_MAX_S : wait_s * 2;
    }
}
