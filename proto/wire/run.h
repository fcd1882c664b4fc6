/*
 * run.h: consecutive envelopes of one chain on their way: RUN, ITEMS …, RUN_END. All that a
 * receiver can derive is left out: constants, network, device, tag, seq, prev, payload hash,
 * and key_id while it stays the same. A record costs 141 bytes beyond its padded body (flags 1,
 * nonce 24, commit 32, signature 64, length 4, AEAD tag 16).
 *
 * Each `prev` is rebuilt from the envelope before, so one good signature at the end covers all
 * of them (DESIGN 4.2): a run costs one Ed25519 check, and a hash an envelope.
 */
#ifndef WIRE_RUN_H
#define WIRE_RUN_H

#include "proto/wire/wire.h"

/* An envelope as stored and sent. */
struct run_item {
    uint8_t header[ENVELOPE_HEADER_BYTES];
    struct envelope_id id;
    struct slice payload; /* empty when erased */
    bool erased;          /* the payload is gone by an erase */
};

/* --------------------------------------------------------------------------------- Sending */

/*
 * How many of the first n items make one run: consecutive places of one chain, at most
 * LIMIT_RUN_ENVELOPES and LIMIT_RUN_BYTES. At least 1 when n is. Whose signatures are good is
 * the caller's to see to: a run must end on one that it has verified.
 */
size_t run_fit(const struct run_item *items, size_t n);

/* All zero, then init. Borrows the items until the last message was made. */
struct run_packer {
    const struct run_item *items;
    size_t n;
    size_t at; /* the next to pack */
    enum { RUN_PACKER_RUN, RUN_PACKER_ITEMS, RUN_PACKER_END, RUN_PACKER_DONE } state;
    uint8_t kind;
    struct key_id key_id;
};

/*
 * Starts a run of all n items. Their ids are taken as given, their headers are well formed:
 * they come from the own store. LIMIT past a bound, ORDER when they do not hang together.
 */
MUST_USE enum err run_packer_init(struct run_packer *packer, const struct run_item *items,
                                  size_t n);
/*
 * Appends the run's next message, each fit for one channel frame where an envelope allows;
 * false (nothing appended) when all were made. Only ITEMS messages use credit.
 */
bool run_packer_next(struct run_packer *packer, struct buf *message);
/* No more items: the next message is RUN_END with the count packed so far. */
void run_packer_stop(struct run_packer *packer);

/* ------------------------------------------------------------------------------- Receiving */

struct run_unpacker {
    struct network_id network;
    struct wire_run run;
    struct run_item *items;
    size_t n;
    size_t cap;
    size_t good;  /* set by finish */
    size_t bytes; /* counted as in RUN */
    struct buf payloads;
    uint8_t kind;
    struct key_id key_id;
    struct envelope_id head; /* of the last item, or the run's prev */
};

/* All zero is an idle unpacker. fini frees what it holds; it may be begun again. */
void run_unpacker_fini(struct run_unpacker *unpacker);
/*
 * A RUN came (decoded, so within its bounds). Forgets the run before. Whether it attaches to
 * the own head, and whether the device may write there, the caller has judged.
 */
void run_unpacker_begin(struct run_unpacker *unpacker, const struct network_id *network,
                        const struct wire_run *run);
/*
 * ITEMS came: rebuilds headers and ids, copies payloads. TOO_BIG past the announced count or
 * bytes, MALFORMED when an item is not the one encoding or its header not well formed. After an
 * error what came before it is still there: finish with RUN_CUT.
 */
MUST_USE enum err run_unpacker_items(struct run_unpacker *unpacker,
                                     const struct wire_items *items);
/*
 * The end. Verifies the last signature; if it is bad, finds by halving (at most nine more
 * checks) a last good one. run_unpacker_good says how many from the start may be kept: all that
 * are valid by the last good signature found.
 *   RUN_COMPLETE  RUN_END came with `count`: MALFORMED when that is not what arrived
 *   RUN_CUT       the session ended or an error came in the middle
 * SIGNATURE when not all are good. good is valid after any answer.
 */
enum run_ending { RUN_COMPLETE, RUN_CUT };
MUST_USE enum err run_unpacker_finish(struct run_unpacker *unpacker, enum run_ending ending,
                                      uint16_t count);
size_t run_unpacker_good(const struct run_unpacker *unpacker);
/* Item i < n; borrowed until the next begin or fini. An erased one's payload is empty: accept
 * it only with an erase in hand. Valid after finish (payloads move while they arrive). */
const struct run_item *run_unpacker_item(const struct run_unpacker *unpacker, size_t i);

#endif
