/*
 * grant.h: an epoch's key on its way to somebody: sealed to a recipient (a grant), or a
 * parent's key sealed under its child's.
 */
#ifndef MEMBER_GRANT_H
#define MEMBER_GRANT_H

#include "proto/base/env.h"
#include "proto/base/err.h"
#include "proto/crypto/key.h"
#include "proto/member/statement.h"

/* HPKE base, info "kith/1 grant\0", aad space_id || key_id || recipient key. epoch: the
 * space-epoch statement. HANDSHAKE for a recipient key of small order. */
MUST_USE enum err grant_seal(struct statement_grant *out, const struct statement *epoch,
                             const uint8_t recipient[32], const struct epoch_key *key,
                             const struct env *env);
/* DECRYPT when it does not open. The caller recomputes the key_id from what comes out. */
MUST_USE enum err grant_open(struct epoch_key *out, const struct statement_grant *grant,
                             const struct statement *epoch, const uint8_t sk[32]);

/*
 * Key of the i-th parent under the epoch's own: ChaCha20-Poly1305, key = BLAKE2b-256(key =
 * epoch key, "kith/1 epoch parents\0" || key_id), nonce 4 zeros || i as 64 bits, associated
 * data space_id || key_id || parent id.
 */
void grant_seal_parent(uint8_t out[STATEMENT_SEALED_BYTES], const struct space_id *space,
                       const struct key_id *key_id, const struct envelope_id *parent, size_t i,
                       const struct epoch_key *own, const struct epoch_key *parent_key);
MUST_USE enum err grant_open_parent(struct epoch_key *out, const struct statement *epoch,
                                    size_t i, const struct epoch_key *own);

#endif
