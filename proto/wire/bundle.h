/*
 * bundle.h: the file on a USB stick: session messages (RUN, ITEMS, RUN_END, BEACON), sealed to
 * the network's epoch key or to one device. Bytes in, bytes out; README.md has the format.
 *
 * A header of BUNDLE_HEADER_BYTES, then chunks of at most 64 KiB, each sealed with its number
 * and whether it is the last, so that nothing can be cut, repeated or reordered unseen.
 */
#ifndef WIRE_BUNDLE_H
#define WIRE_BUNDLE_H

#include <stdbool.h>

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"

enum {
    BUNDLE_HEADER_BYTES = 216,
    BUNDLE_CHUNK_BYTES = 64 * 1024, /* plaintext of a chunk; all but the last are full */
};

/* To whom a bundle is sealed. */
enum bundle_mode {
    BUNDLE_NETWORK = 1, /* to who holds the network space's epoch key */
    BUNDLE_DEVICE = 2,  /* to one device's box key */
};

/* What the header says in the clear: enough to look the key up. */
struct bundle_header {
    enum bundle_mode mode;
    struct network_id network;
    struct key_id key_id;    /* BUNDLE_NETWORK */
    struct box_pk recipient; /* BUNDLE_DEVICE */
};

/* ----------------------------------------------------------------------------- Writing one */

/* Holds the file's key and what has not filled a chunk yet. */
struct bundle_writer {
    uint8_t key[32];
    uint64_t chunk;
    struct buf plain;
};

/*
 * Starts a bundle and appends its header to out. key: the epoch's for BUNDLE_NETWORK; NULL for
 * BUNDLE_DEVICE. HANDSHAKE when the recipient's key is a small-order point.
 */
MUST_USE enum err bundle_writer_init(struct bundle_writer *writer, struct buf *out,
                                     const struct bundle_header *header,
                                     const struct epoch_key *key, const struct env *env);
/* Adds one encoded message (1 … LIMIT_MESSAGE_BYTES); appends the chunks that became full. */
void bundle_writer_add(struct bundle_writer *writer, struct buf *out, struct slice message);
/* Appends the last chunk. A file without it does not read as whole. */
void bundle_writer_finish(struct bundle_writer *writer, struct buf *out);
void bundle_writer_fini(struct bundle_writer *writer);

/* ----------------------------------------------------------------------------- Reading one */

/* The first BUNDLE_HEADER_BYTES of a file. MALFORMED: this is no bundle; VERSION: a newer one.
 */
MUST_USE enum err bundle_header_decode(struct bundle_header *out, struct slice bytes);

struct bundle_reader {
    uint8_t key[32];
    uint64_t chunk;
    bool last_seen;
    enum err failed;
    struct buf sealed; /* bytes of the file not opened yet */
    struct buf plain;  /* opened, not given out yet */
    size_t taken;      /* of plain, by the message given out last */
};

/*
 * Starts reading behind the header. Give the key that the header asks for: epoch (by key_id) or
 * box (the recipient's secret). DECRYPT when it is not that key or the header was changed.
 */
MUST_USE enum err bundle_reader_init(struct bundle_reader *reader, struct slice header,
                                     const struct epoch_key *epoch, const struct box_sk *box);
/* Hands over the file's next bytes; they are copied. About a chunk at a time, then next. */
void bundle_reader_feed(struct bundle_reader *reader, struct slice bytes);
/*
 * The next message: borrowed until the next call. Empty when more bytes are needed. DECRYPT for
 * a chunk that was changed, moved or repeated; MALFORMED for a length that cannot be or bytes
 * after the last chunk. An error is final; messages given before it are good.
 */
MUST_USE enum err bundle_reader_next(struct bundle_reader *reader, struct slice *message);
/* At the end of the file: MALFORMED when its last chunk or the end of a message is missing. */
MUST_USE enum err bundle_reader_finish(struct bundle_reader *reader);
void bundle_reader_fini(struct bundle_reader *reader);

#endif
