/*
 * frontier.h: what a node holds of one space, as a set of entries (a chain's device and head),
 * and the digests by which two nodes find where they differ (DESIGN 5, Digests). What is an
 * entry (clipping, rights) is decided by who sets it; here it is a set.
 *
 * Entries stand in 256 buckets by the first byte of BLAKE2b-256(device_pk), in each by device.
 * set and remove cost one hash and one insertion; digests are computed when asked for, only of
 * the buckets that changed: with 100 chains as with 10,000 a change costs about 10 us.
 */
#ifndef FRONTIER_FRONTIER_H
#define FRONTIER_FRONTIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/id.h"

enum {
    FRONTIER_BUCKETS = 256,
    FRONTIER_ENTRY_BYTES = 32 + 8 + 32, /* device, seq, head id */
    FRONTIER_ABBREV_BYTES = 16,         /* a space's digest on the wire */
    FRONTIER_ABBREV_BUCKET_BYTES = 8,
};

/* What the entries are of. Statements and beacons have tag zero; beacons a label of their own.
 */
enum frontier_kind { FRONTIER_SPACE = 0, FRONTIER_STATEMENTS = 1, FRONTIER_BEACONS = 2 };

struct frontier_bucket {
    struct entry *entries; /* ascending by device */
    size_t n;
    size_t cap;
    struct digest digest; /* zeros when empty; true when !stale */
    bool stale;
};

struct frontier {
    enum frontier_kind kind;
    struct space_tag tag;
    size_t n; /* entries in all */
    struct frontier_bucket bucket[FRONTIER_BUCKETS];
    struct digest digest;
    bool stale;
};

/* An empty frontier. tag is ignored (zero) for statements and beacons; NULL is fine then. */
void frontier_init(struct frontier *frontier, enum frontier_kind kind,
                   const struct space_tag *tag);
void frontier_fini(struct frontier *frontier);
void frontier_clear(struct frontier *frontier);

/* Sets the entry of its device, adding it if it is new. False when nothing changed. seq >= 1.
 */
bool frontier_set(struct frontier *frontier, const struct entry *entry);
/* False when there was none. */
bool frontier_remove(struct frontier *frontier, const struct device_pk *device);
/* The device's entry or NULL; valid until the next set or remove. */
const struct entry *frontier_get(const struct frontier *frontier,
                                 const struct device_pk *device);

/* The bucket of a device. */
uint8_t frontier_bucket_of(const struct device_pk *device);
/* A bucket's entries, ascending by device; valid until the next set or remove. */
const struct entry *frontier_entries(const struct frontier *frontier, uint8_t bucket,
                                     size_t *n);
/* Walks all entries, by bucket, then device: start with *at = 0; NULL at the end. */
const struct entry *frontier_next(const struct frontier *frontier, uint64_t *at);

/*
 * The digests. A bucket: BLAKE2b-256("kith/1 bucket\0" || entries), zeros when empty. The
 * whole: BLAKE2b-256("kith/1 frontier\0" || tag || the 256 bucket digests), under "kith/1
 * beacons\0" for beacons. Not const: they refresh what is stale.
 */
const struct digest *frontier_bucket_digest(struct frontier *frontier, uint8_t bucket);
const struct digest *frontier_digest(struct frontier *frontier);

/*
 * Digests on the wire are abbreviated under the session's handshake hash, so that they mean
 * nothing in another session: BLAKE2b-128(key = handshake_hash, "kith/1 abbrev\0" || tag ||
 * digest); a bucket's is the first 8 bytes of that. An empty bucket's is not sent.
 */
void frontier_abbrev(uint8_t out[FRONTIER_ABBREV_BYTES], const uint8_t handshake_hash[32],
                     const struct space_tag *tag, const struct digest *digest);
/* The frontier's own, and one bucket's. */
void frontier_abbrev_digest(struct frontier *frontier, uint8_t out[FRONTIER_ABBREV_BYTES],
                            const uint8_t handshake_hash[32]);
void frontier_abbrev_bucket(struct frontier *frontier, uint8_t bucket,
                            uint8_t out[FRONTIER_ABBREV_BUCKET_BYTES],
                            const uint8_t handshake_hash[32]);

/*
 * Compares two lists, each ascending by device without repeats (a bucket's entries here, a
 * peer's there), and reports each device on which they differ:
 *   MINE_LACKS    theirs goes on after mine (mine may be seq 0): ask or wait for it
 *   THEIRS_LACKS  the other way round
 *   CONFLICT      equal seq, different id: a fork (of two beacons, the greater id is newer)
 * An absent entry shows as head {0, zeros}.
 */
enum frontier_difference { FRONTIER_MINE_LACKS, FRONTIER_THEIRS_LACKS, FRONTIER_CONFLICT };
typedef void (*frontier_diff_fn)(void *ctx, enum frontier_difference difference,
                                 const struct device_pk *device, const struct place *mine,
                                 const struct place *theirs);
void frontier_diff(const struct entry *mine, size_t n_mine, const struct entry *theirs,
                   size_t n_theirs, frontier_diff_fn on_difference, void *ctx);

#endif
