/*
 * bundles.h: what others lack, as a file for a USB stick, and back. Statements come first, in
 * causal order, then the spaces' chains, then beacons; a file is read in slices, and what does
 * not attach is counted, not stored.
 */
#ifndef CORE_BUNDLES_H
#define CORE_BUNDLES_H

#include "daemon/core/command.h"
#include "daemon/core/event.h"
#include "proto/wire/bundle.h"
#include "proto/wire/run.h"

struct node;

enum {
    BUNDLES_BYTES_MAX = 512 * 1024 * 1024, /* one file; it is built in memory */
    BUNDLES_SLICE_BYTES = 256 * 1024,      /* of a file taken in per step */
};

/* One run to write: a chain and where it starts. */
struct bundles_part {
    struct chain chain;
    uint64_t seq, last;
};

struct bundles {
    /* writing */
    uint64_t write_ticket; /* of the command, 0: none */
    uint64_t read_ticket;
    struct bundle_writer writer;
    struct buf file;
    struct bundles_part *parts;
    size_t parts_n, parts_cap, part_at;
    size_t written;
    /* reading */
    uint64_t take_ticket; /* of the command, 0: none */
    struct buf bytes;
    size_t bytes_at;
    struct bundle_reader reader;
    struct run_unpacker unpacker;
    bool running;
    size_t taken, unattached;
};

void bundles_fini(struct bundles *bundles);
void bundles_write(struct node *node, const struct command *command);
void bundles_read(struct node *node, const struct command *command);
bool bundles_on_read(struct node *node, const struct event_read *read);
/* Takes in the next slice. Returns when it wants to be called again. */
uint64_t bundles_tick(struct node *node);

#endif
