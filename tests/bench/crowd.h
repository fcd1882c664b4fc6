/*
 * crowd.h: schools with data folders on the disk and their nodes in this process: a hub that is
 * always on, and one school at a time that is connected to it. Everything goes through
 * node_step and the LMDB store, so a folder that is made here is one that kithd itself could
 * have made; only the clock is virtual, so nobody waits for a timer.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include <stdio.h>

#include "daemon/app/keyfile.h"
#include "daemon/app/seal.h"
#include "daemon/core/node.h"
#include "daemon/store/store.h"
#include "proto/base/rng.h"
#include "proto/crypto/phrase.h"

enum { CROWD_PATH_BYTES = 512, CROWD_TEXT_BYTES = 4096, CROWD_HUB = 0 };

struct crowd_school {
    struct keyfile keyfile;
    struct school_keys keys;
    struct store *store; /* NULL: off */
    struct seal seal;
    struct seal_reader reader; /* the store's, with its settings opened */
    struct node *node;
    uint64_t wake_ms;
    bool replied;
    enum err err;                /* of the last reply */
    char text[CROWD_TEXT_BYTES]; /* its text */
};

struct crowd {
    char dir[CROWD_PATH_BYTES];
    const char *hub_address; /* as the schools dial it */
    struct env env;
    struct rng rng; /* for texts, never for keys */
    FILE *bodies;   /* dir/bodies: every body written, one after the other */
    uint64_t now_ms, tickets, lines;
    bool connected; /* the hub and `live` are */
    unsigned live;  /* which school is on besides the hub */
    struct crowd_school *schools;
    unsigned n;
    struct crowd_due *due, **due_tail;
};

/* n schools with fresh keys in dir/school-0 (the hub, switched on) … dir/school-<n-1>. Any
 * failure ends the program with a line that says what. */
void crowd_init(struct crowd *crowd, const char *dir, unsigned n, const char *hub_address);
void crowd_fini(struct crowd *crowd);

/* Founds the network, then lets one school after the other be admitted by the hub. */
void crowd_found(struct crowd *crowd);
void crowd_admit(struct crowd *crowd, unsigned school);
/* Switches a school on, connected to the hub; off again once both hold the same, or once the
 * hub holds so many records in all (the school need not have waited for those of others). */
void crowd_on(struct crowd *crowd, unsigned school);
void crowd_off_when_equal(struct crowd *crowd);
void crowd_off_when_held(struct crowd *crowd, uint64_t records);
/* Takes the folder of a school that is off away: a thousand of them fill the disk. */
void crowd_forget(struct crowd *crowd, unsigned school);
/* Gives a command and goes on until it is answered. */
void crowd_do(struct crowd *crowd, unsigned school, struct command *command);
/*
 * count records for the whole network, numbered from first, by a school that is on: ideas whose
 * bodies are exactly `bytes` long, with words of the phrases' list. The title of each holds
 * "mark<number>", which no other record holds.
 */
void crowd_write(struct crowd *crowd, unsigned school, unsigned first, unsigned count,
                 unsigned bytes);

/*
 * count records for the whole network as schools write them over three years: cycles, feedback,
 * ideas, what they publish of the hub's measures, bright spots, with links between schools.
 */
void crowd_write_year(struct crowd *crowd, unsigned school, unsigned count);

#endif
