/*
 * world.h: machines with nodes on them, the wires between them, one clock and one seed.
 *
 * Everything that will happen stands in one heap, ordered by time and then by number; the world
 * pops the earliest, and nothing else moves. Two worlds with one seed and the same calls do the
 * same, step for step. A rule that is broken stops the world: `broken` names the rule.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdio.h>

#include "daemon/core/node.h"
#include "proto/base/map.h"
#include "proto/base/rng.h"
#include "proto/crypto/phrase.h"
#include "tests/sim/coverage.h"
#include "tests/sim/ram_store.h"

enum {
    WORLD_MACHINES_MAX = 16,
    WORLD_SCHOOLS_MAX = 10,
    WORLD_CODES_MAX = 64,
    WORLD_GROUPS_MAX = 256,
    WORLD_ASKED_MAX = 2048,
    WORLD_BUSY_MAX = 100000,   /* steps in one minute */
    WORLD_WALL_S = 1750000000, /* the date when a world begins */
};

/* How bad the world is. All zero: a clean wire, no faults. */
struct faults {
    unsigned latency_min_ms, latency_mean_ms;
    unsigned sync_min_ms, sync_mean_ms; /* how long a commit takes */
    unsigned every_ms;                  /* a fault each so often in the mean; 0: none */
    unsigned weight[FAULT_COUNT];       /* how often which */
    unsigned partition_ms, crash_ms, disk_ms, hostile_ms; /* how long they last in the mean */
    unsigned clones_max, removals_max;
};

struct school {
    struct school_keys keys; /* of its current root */
    struct school_id id;
    struct network_id network; /* zero: not a member yet, as far as it was told */
    char name[24];
    bool ever_hub, removed;
};

/* A device: its disk, its node when the power is on, and what is kept about it outside. */
struct machine {
    struct world *world;
    unsigned index, school;
    unsigned original; /* whose disk this is a copy of; its own index for others */
    char address[16];
    char version[16];
    struct node_options options;
    struct node *node; /* NULL: off */
    struct ram_store *store;
    struct rng random;
    struct env env;
    unsigned boot;      /* which life: what was due for an earlier one is dropped */
    uint64_t tick;      /* number of the timer that counts */
    uint64_t commit_ms; /* when the last commit that waits is done */
    uint64_t seen_lseq; /* checked up to here */
    enum err disk;      /* how commits go */
    uint64_t disk_until_ms, hostile_until_ms;
    int64_t wall_skew_s;
    unsigned island;    /* machines on one island reach each other */
    bool clone, gone;   /* gone: never started again */
    bool forked;        /* its device runs, or ran, twice */
    enum fault hostile; /* WITHHOLD, RELAY or STRANGER until then; else FAULT_COUNT */
    char words[PHRASE_FOUR_BYTES]; /* of its join, as read out there */
    unsigned code;                 /* which invite it joins with */
    struct map enrolled;           /* devices that statements committed here brought in */
    struct map erases;             /* envelopes that erases committed here name */
    struct map revisions;          /* own revisions committed here */
    struct backoff {
        unsigned failures;
        uint64_t failed_ms;
    } backoff[WORLD_MACHINES_MAX];
};

/* One end of a connection, and the direction that leaves it. */
struct wire_end {
    unsigned machine, boot;
    uint64_t conn;
    bool open;         /* its node counts on it */
    bool dead;         /* what it sends gets lost */
    bool tampered;     /* what it sent was changed on the way */
    enum fault attack; /* the next chunk meets this; FAULT_COUNT: nothing */
    uint64_t last_ms;  /* when the last chunk arrives */
    uint64_t tampered_ms;
    size_t in_flight;
    uint64_t *sealed; /* digests of the messages that its node sealed, in order */
    size_t sealed_n, sealed_cap, sealed_at;
    bool withholding; /* in the middle of a run that is not sent */
};

struct wire_line {
    struct wire_end end[2]; /* 0 dialled */
};

enum due_kind {
    DUE_BYTES,
    DUE_CLOSED,
    DUE_DIALLED,
    DUE_COMMIT,
    DUE_READ,
    DUE_TICK,
    DUE_POWER,
    DUE_OPERATION,
    DUE_FAULT,
    DUE_HEAL,
    DUE_CALM
};

struct due {
    uint64_t at_ms, number;
    enum due_kind kind;
    unsigned machine, boot;
    uint64_t what; /* line * 2 + end, dial, tick … */
    struct buf bytes;
    struct read_request read;
    char address[16];
};

/* An envelope that some node really made. */
struct genuine {
    struct envelope_id id;
    struct chain chain;
    uint64_t seq;
    unsigned machine;
    uint64_t at_ms;
    bool sealed; /* a record: what follows is known */
    struct revision_id revision;
    struct record_id record;
    struct edit_id edit;
    enum audience_class class;
    unsigned school;       /* OWN, HUB: whose */
    struct space_id group; /* GROUP */
};

/* A command that waits for its answer. */
struct asked {
    uint64_t ticket, at_ms;
    unsigned machine, boot;
    enum command_kind kind;
    struct revision_id revision[4];
    unsigned revisions_n;
    struct envelope_id erased;
    struct school_keys keys;
    unsigned other; /* school or machine that it speaks of */
    struct space_id space;
};

struct code {
    char *text;
    unsigned machine;
    bool used;
};

struct group {
    struct space_id space;
    unsigned schools[2];
};

/* A write that a person was told is safe. */
struct acknowledged {
    unsigned machine;
    struct revision_id revision;
};

/* What people of a world do more often than the table in operate.c says, that many times. */
enum { PROFILE_TIMES = 8 };
struct profile {
    const char *name;
    bool wary; /* stewards deny as readily as they approve */
    struct {
        enum command_kind kind;
        unsigned times;
    } more[PROFILE_TIMES];
};

struct world {
    uint64_t seed, now_ms, number, tickets, conns, steps, busy, hash;
    struct rng rng;
    struct faults faults;
    const struct profile *profile; /* what people are like here */
    bool calm; /* faults are over */
    struct machine *machines[WORLD_MACHINES_MAX];
    unsigned machines_n;
    struct school schools[WORLD_SCHOOLS_MAX];
    unsigned schools_n;
    struct machine *current; /* whose step runs */
    struct wire_line **lines;
    size_t lines_n, lines_cap;
    struct due **heap;
    size_t heap_n, heap_cap;

    struct genuine *genuine;
    size_t genuine_n, genuine_cap;
    struct map genuine_by_id; /* envelope id -> index */
    struct map audience_of;   /* revision id -> index in texts */
    struct genuine *texts;    /* what was written, before it has an envelope */
    size_t texts_n, texts_cap;
    struct acknowledged *acknowledged;
    size_t acknowledged_n, acknowledged_cap;
    struct envelope_id *erased;
    size_t erased_n, erased_cap;
    struct asked asked[WORLD_ASKED_MAX];
    unsigned asked_n;
    struct code codes[WORLD_CODES_MAX];
    unsigned codes_n;
    struct group groups[WORLD_GROUPS_MAX];
    unsigned groups_n;
    unsigned clones, removals;
    bool statements_forked; /* README.md says what is not asked for then */
    struct buf bundle;      /* the stick that is passed around */
    unsigned operations_left, operations_done, faults_done;

    struct coverage coverage;
    char broken[64]; /* the rule; "" while all is well */
    char because[640];
    FILE *trace;   /* NULL: silent */
    bool wire_tap; /* every message sealed is a line of the trace, too */
    bool brief;    /* stories: times in seconds, no numbers that only a machine wants */
};

struct world *world_new(uint64_t seed, const struct faults *faults);
void world_free(struct world *world);

/* A school with fresh keys; a device of it, switched on, with an empty disk. */
unsigned world_add_school(struct world *world);
struct machine *world_add_machine(struct world *world, unsigned school);
/* A second machine on a copy of the first one's disk, with all its keys. */
struct machine *world_clone(struct world *world, struct machine *machine);
void world_power(struct world *world, struct machine *machine, bool on);

/* Makes a moment in the future. The caller fills in what the kind needs. */
struct due *world_due(struct world *world, uint64_t in_ms, enum due_kind kind,
                      const struct machine *machine);
/* Goes on to the next moment; false when nothing is due or a rule is broken. */
bool world_next(struct world *world);
/* Goes on for that long. */
void world_run(struct world *world, uint64_t ms);

void world_event(struct world *world, struct machine *machine, struct event *event);
/* Gives a command; asked is remembered until the answer. Returns its ticket. */
uint64_t world_command(struct world *world, struct machine *machine, struct command *command,
                       const struct asked *asked);

/* Stops the world: the first rule that is broken stays. */
__attribute__((format(printf, 3, 4))) void world_break(struct world *world, const char *rule,
                                                       const char *format, ...);
/* A line of the trace. */
__attribute__((format(printf, 3, 4))) void world_say(struct world *world,
                                                     const struct machine *machine,
                                                     const char *format, ...);
static inline bool world_is_broken(const struct world *world)
{
    return world->broken[0] != '\0';
}
/* min + an exponential draw around mean - min. */
uint64_t world_wait(struct world *world, unsigned min_ms, unsigned mean_ms);
struct machine *world_machine_of(struct world *world, const struct device_pk *device);
unsigned world_school_of(const struct world *world, const struct school_id *id);

#endif
