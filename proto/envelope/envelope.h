/*
 * envelope.h: a revision, a statement or a beacon, signed by its device: a header of 316 bytes
 * and a payload. The format is DESIGN 4.2; README.md has it as a table.
 *
 * Two sides, kept apart. *Admit* needs no key: any node, a carrier too, decodes the header,
 * checks signature and payload hash, stores and forwards. *Read* needs the epoch's key and is
 * the audience's alone. What does not read is still admitted, so that everybody agrees on the
 * chain; nothing in Admit may look at what only a reader can judge.
 *
 * A raw header travels as `const uint8_t header[ENVELOPE_HEADER_BYTES]`, because ids,
 * signatures and the associated data are taken over the bytes; `struct envelope` is its decoded
 * form.
 */
#ifndef ENVELOPE_ENVELOPE_H
#define ENVELOPE_ENVELOPE_H

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"

enum {
    ENVELOPE_HEADER_BYTES = 316,
    ENVELOPE_SIGNED_BYTES = 252, /* what the signature covers */
    ENVELOPE_AD_BYTES = 216,     /* the AEAD's associated data */
    ENVELOPE_KEYED_BYTES = 184,  /* what the message key is derived from */
    ENVELOPE_NONCE_BYTES = 24,
    ENVELOPE_COMMIT_BYTES = 32,
    ENVELOPE_SIGNATURE_BYTES = 64,
    ENVELOPE_PLAIN_BYTES_MAX =
        64511, /* padded and sealed it is the most under the payload cap */
};

/* A value of 4 to 255 with a space tag is an envelope of that chain "written by a newer Kith".
 */
enum envelope_kind { ENVELOPE_RECORD = 1, ENVELOPE_STATEMENT = 2, ENVELOPE_BEACON = 3 };

struct envelope {
    uint8_t kind;              /* enum envelope_kind, or a newer one */
    struct network_id network; /* zero in `found` alone */
    struct device_pk device;
    struct space_tag tag; /* zero in statements and beacons */
    uint64_t seq;         /* 1 … 2^63 - 1 */
    struct envelope_id prev;
    struct key_id key_id; /* this and the next two are zero in statements and beacons */
    uint8_t nonce[ENVELOPE_NONCE_BYTES];
    uint8_t commit[ENVELOPE_COMMIT_BYTES];
    struct digest payload_hash;
    uint32_t payload_len;
    uint8_t signature[ENVELOPE_SIGNATURE_BYTES];
};

/* ------------------------------------------------------------------ Admit: no key needed -- */

/*
 * Decodes a header that is exactly 316 bytes. Checks what the header alone can tell: constants,
 * the payload cap, seq, prev zero at seq 1 and nowhere else (always in a beacon), the fields
 * that its kind does not use zero. A zero network is accepted in a statement with seq 1 only.
 * MALFORMED, TOO_BIG (payload_len) or VERSION (suite, flags, a newer kind without a tag).
 */
MUST_USE enum err envelope_decode(struct envelope *out, struct slice header);
/* The inverse, byte for byte. */
void envelope_encode(uint8_t header[ENVELOPE_HEADER_BYTES], const struct envelope *envelope);

/* Id over all 316 bytes. Costs one BLAKE2b of 326 bytes. */
void envelope_id(struct envelope_id *out, const uint8_t header[ENVELOPE_HEADER_BYTES]);
void envelope_payload_hash(struct digest *out, struct slice payload);
/* The header's own signature, by the device it names. One Ed25519 check. */
MUST_USE bool envelope_verify_signature(const uint8_t header[ENVELOPE_HEADER_BYTES]);
/* HASH when the payload is not the one that the header names, by length or by hash. */
MUST_USE enum err envelope_check_payload(const struct envelope *envelope, struct slice payload);

/* The chain of an envelope that is in one (a record, a statement, a newer kind). */
struct chain envelope_chain(const struct envelope *envelope);

/* ----------------------------------------------------------------------------- Making one --
 */

/* Who signs. The network is zeros for `found`. */
struct envelope_signer {
    struct network_id network;
    const struct device_sk *sk;
};

/*
 * Each writes the header and appends the payload to *payload. `head` is the chain's last place
 * so far ({0} when there is none): the new envelope is head->seq + 1 with prev head->id.
 *
 * seal_record pads the revision, seals it under the epoch's key with a random nonce from env,
 * and signs. LIMIT when the plaintext exceeds ENVELOPE_PLAIN_BYTES_MAX.
 */
struct envelope_epoch {
    struct key_id id;
    const struct epoch_key *key;
};
MUST_USE enum err envelope_seal_record(uint8_t header[ENVELOPE_HEADER_BYTES],
                                       struct buf *payload,
                                       const struct envelope_signer *signer,
                                       const struct space_tag *tag, const struct place *head,
                                       const struct envelope_epoch *epoch,
                                       const struct env *env, struct slice revision);
/* The payload is the body itself, not copied. LIMIT when it is over LIMIT_PAYLOAD_BYTES. */
MUST_USE enum err envelope_make_statement(uint8_t header[ENVELOPE_HEADER_BYTES],
                                          const struct envelope_signer *signer,
                                          const struct place *head, struct slice body);
/* seq is the device's own counter of beacons, from 1. */
MUST_USE enum err envelope_make_beacon(uint8_t header[ENVELOPE_HEADER_BYTES],
                                       const struct envelope_signer *signer, uint64_t seq,
                                       struct slice body);
/* Signs a header whose other fields are set: for tests, and for who assembles by hand. */
void envelope_sign(struct envelope *envelope, const struct device_sk *sk);

/* ---------------------------------------------------- Read: the audience, with the key -- */

/*
 * Opens a record's payload with the key that its key_id names (a look-up of the caller's, never
 * a trial) and appends the revision to *plain. The payload has been admitted. DECRYPT when the
 * commitment or the seal does not hold, MALFORMED when the padding is not the one encoding (or
 * the envelope is no record). *plain is unchanged on failure.
 */
MUST_USE enum err envelope_open_record(struct buf *plain,
                                       const uint8_t header[ENVELOPE_HEADER_BYTES],
                                       const struct epoch_key *key, struct slice payload);

/*
 * Length of n bytes after padding: 0x80, then zeros, to a multiple of 256 while that is at most
 * 4,096, else to a multiple of 1,024.
 */
size_t envelope_padded_bytes(size_t n);

#endif
