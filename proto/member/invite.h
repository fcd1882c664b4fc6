/*
 * invite.h: the code that brings a school in, and what the joiner sends when it dials.
 *
 * A code is network id, up to three stewards (transport key and addresses), a 32-byte secret,
 * an expiry and a checksum; as text it is Crockford base32 in groups of five after "KITH-", and
 * the decoder forgives case, spaces, line ends, hyphens and O, I, L. It is a secret until used.
 */
#ifndef MEMBER_INVITE_H
#define MEMBER_INVITE_H

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/base/mem.h"
#include "proto/crypto/key.h"
#include "proto/member/statement.h"

enum { INVITE_STEWARD_ADDRESSES = 3, INVITE_CHECKSUM_BYTES = 4 };

struct invite_steward {
    struct transport_pk transport;
    size_t addresses_n;
    char address[INVITE_STEWARD_ADDRESSES][LIMIT_ADDRESS_BYTES + 1]; /* host:port, NUL-ended */
};

struct invite {
    struct network_id network;
    struct invite_secret secret;
    uint64_t expires_ms; /* Unix time */
    size_t stewards_n;   /* 1 … LIMIT_INVITE_STEWARDS */
    struct invite_steward stewards[LIMIT_INVITE_STEWARDS];
};

/* The code's bytes with their checksum (for a file or a QR picture), and back. MALFORMED. */
void invite_encode(struct buf *out, const struct invite *invite);
MUST_USE enum err invite_decode(struct invite *out, struct slice bytes);
/* The code as text, NUL-ended: "KITH-XXXXX-XXXXX-…". Appends; the NUL is not counted in len. */
void invite_to_text(struct buf *out, const struct invite *invite);
/* MALFORMED when a character was lost or mistyped (the checksum says so). */
MUST_USE enum err invite_from_text(struct invite *out, const char *text);

/* BLAKE2b-128("kith/1 invite id\0" || secret). */
void invite_id(struct invite_id *out, const struct invite_secret *secret);
/* BLAKE2b-256(key = secret, "kith/1 invite\0" || network). */
void invite_psk(struct psk *out, const struct invite_secret *secret,
                const struct network_id *network);
/* Seals the psk to a steward's device: HPKE, info "kith/1 invite\0", aad invite id || box. */
MUST_USE enum err invite_seal(struct statement_grant *out, const struct invite_id *invite,
                              const struct box_pk *box, const struct psk *psk,
                              const struct env *env);
/* NOT_FOUND when none of the seals is for this box key; DECRYPT when it does not open. */
MUST_USE enum err invite_open(struct psk *out, const struct statement_list *seals,
                              const struct invite_id *invite, const struct box_pk *box,
                              const struct box_sk *sk);

/* -------------------------------------------------------------------- the joiner's request --
 */

/* What `admit` will carry. The signature is the joiner's root's, over
 * "kith/1 join\0" || network || invite id || school … device as encoded. */
struct invite_request {
    struct invite_id invite;
    struct school_id school;
    struct statement_text school_name;
    struct root_pk root_pk;
    struct recovery_pk recovery_pk;
    struct statement_device device;
    uint8_t signature[STATEMENT_SIGNATURE_BYTES];
};

/* Fills request->signature. */
void invite_request_sign(struct invite_request *request, const struct network_id *network,
                         const struct root_sk *sk);
MUST_USE bool invite_request_verify(const struct invite_request *request,
                                    const struct network_id *network);
void invite_request_encode(struct buf *out, const struct invite_request *request);
/* Texts borrow bytes. MALFORMED. Does not verify the signature. */
MUST_USE enum err invite_request_decode(struct invite_request *out, struct slice bytes);

#endif
