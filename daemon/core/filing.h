/*
 * filing.h: a file and its pieces, for who puts one into a record or takes one out. Pure; the
 * formats are proto/envelope/piece.h's. What comes from a record is a peer's word: sizes and
 * counts are checked by filing_fits, bytes by opening them and by the hash of the whole.
 */
#ifndef CORE_FILING_H
#define CORE_FILING_H

#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"

enum {
    FILING_BYTES_MAX = 16 * 1024 * 1024, /* what an old PC and a poor line carry */
    FILING_PART_BYTES = 65520,           /* of the file, in one piece */
    FILING_PIECE_BYTES = 65536,          /* sealed */
    FILING_PIECES_MAX = 257,
    FILING_KEY_BYTES = 32,
};

/* How many pieces a file of that size has. */
size_t filing_count(uint64_t size);
/* A size that may be, and as many pieces as it has. */
bool filing_fits(uint64_t size, uint64_t part, size_t pieces);

/* Seals the index-th part of the file (below filing_count) into out, of FILING_PIECE_BYTES; names
 * it; returns its length. key: random, for this file alone. */
size_t filing_seal(uint8_t *out, struct piece_id *id, struct slice file, size_t index,
                   const uint8_t key[FILING_KEY_BYTES]);
/* Appends the part that was sealed there. DECRYPT when it is no such piece. */
MUST_USE enum err filing_open(struct buf *file, struct slice piece, size_t index,
                              const uint8_t key[FILING_KEY_BYTES]);

/* The hash of the whole. Takes up to 20 ms: not on the loop. */
void filing_hash(uint8_t out[32], struct slice file);

#endif
