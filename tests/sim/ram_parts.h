/*
 * ram_parts.h: the insides of ram_store, shared by ram_store.c (writes) and ram_reads.c
 * (reads).
 */
#ifndef SIM_RAM_PARTS_H
#define SIM_RAM_PARTS_H

#include "proto/base/map.h"
#include "proto/envelope/envelope.h"
#include "tests/sim/ram_store.h"

enum { PLACE_BYTES = 56, KEY_BYTES_MAX = 500, ID_BYTES = 32 };

/* A log entry; `gone` for a hole. The index in the log is its lseq - 1. */
struct item {
    enum log_kind kind;
    bool gone;
    bool erased;
    bool vouched;
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope_id id; /* or the revision id of a local */
    uint8_t *payload;
    size_t payload_n;
};

struct head {
    struct chain chain;
    struct place place;
};

struct beacon {
    struct device_pk device;
    struct buf bytes; /* header, payload */
};

struct keyed {
    struct buf key, value;
};

/* Ascending by key. */
struct keyeds {
    struct keyed *v;
    size_t n, cap;
};

struct waiting {
    uint64_t batch;
    enum err doomed; /* a batch before it failed */
    struct arena arena;
    struct write *writes;
    size_t n;
};

struct ram_store {
    struct item *items;
    size_t items_n, items_cap;
    struct head *heads; /* ascending by chain, as LMDB has them */
    size_t heads_n, heads_cap;
    struct beacon *beacons; /* ascending by device */
    size_t beacons_n, beacons_cap;
    struct keyeds settings;
    struct keyeds pieces;
    struct map ids;    /* envelope or revision id -> lseq */
    struct map places; /* chain and seq -> lseq */
    struct waiting *waiting;
    size_t waiting_n, waiting_cap;
    struct store_reader reader;
    struct log_reader log;
    struct read_entry *entries; /* of the latest read */
    size_t entries_cap;
};

/* The key of a place in `places`. */
void ram_reads_place(uint8_t out[PLACE_BYTES], const struct chain *chain, uint64_t seq);
/* The item at a place, or NULL. */
struct item *ram_reads_item(const struct ram_store *store, const struct chain *chain,
                            uint64_t seq, uint64_t *lseq);
/* Where a key stands or would; found tells whether it does. */
size_t ram_reads_pair(const struct keyeds *pairs, struct slice key, bool *found);
/* ram_store_read. */
MUST_USE enum err ram_reads_request(struct ram_store *store, const struct read_request *request,
                                    const struct read_entry **entries, size_t *n, bool *more);
/* Fills reader and log. */
void ram_reads_init(struct ram_store *store);

#endif
