#include "proto/member/grant.h"

#include "proto/base/check.h"
#include "proto/base/cursor.h"
#include "proto/crypto/aead.h"
#include "proto/crypto/hash.h"
#include "proto/crypto/hpke.h"

static const char info[] = "kith/1 grant"; /* with its NUL */

enum { AAD_BYTES = 32 + 32 + 32 };

static void bound(uint8_t out[AAD_BYTES], const struct space_id *space,
                  const struct key_id *key_id, const uint8_t last[32])
{
    memcpy(out, space->b, 32);
    memcpy(out + 32, key_id->b, 32);
    memcpy(out + 64, last, 32);
}

enum err grant_seal(struct statement_grant *out, const struct statement *epoch,
                    const uint8_t recipient[32], const struct epoch_key *key,
                    const struct env *env)
{
    uint8_t aad[AAD_BYTES], ephemeral[32];
    struct statement_grant grant;
    memcpy(grant.recipient, recipient, sizeof(grant.recipient));
    bound(aad, &epoch->u.space_epoch.space, &epoch->u.space_epoch.key_id, recipient);
    env_random(env, ephemeral, sizeof(ephemeral));
    enum err err =
        hpke_seal(grant.enc, grant.sealed, recipient, ephemeral, slice_of(info, sizeof(info)),
                  slice_of(aad, sizeof(aad)), slice_of(key->b, sizeof(key->b)));
    mem_wipe(ephemeral, sizeof(ephemeral));
    if (err == ERR_OK) *out = grant;
    return err;
}

enum err grant_open(struct epoch_key *out, const struct statement_grant *grant,
                    const struct statement *epoch, const uint8_t sk[32])
{
    uint8_t aad[AAD_BYTES];
    bound(aad, &epoch->u.space_epoch.space, &epoch->u.space_epoch.key_id, grant->recipient);
    return hpke_open(out->b, grant->enc, sk, slice_of(info, sizeof(info)),
                     slice_of(aad, sizeof(aad)),
                     slice_of(grant->sealed, sizeof(grant->sealed)));
}

static void parents_key(uint8_t out[32], const struct epoch_key *own,
                        const struct key_id *key_id)
{
    hash_bytes(out, 32, slice_of(own->b, sizeof(own->b)), "kith/1 epoch parents",
               slice_of(key_id->b, sizeof(key_id->b)), slice_of(NULL, 0));
}

/* The key is for this epoch alone, so a counter is nonce enough. */
static void parent_nonce(uint8_t out[AEAD_NONCE_BYTES], size_t i)
{
    memset(out, 0, AEAD_NONCE_BYTES);
    put_be64(out + 4, (uint64_t)i);
}

void grant_seal_parent(uint8_t out[STATEMENT_SEALED_BYTES], const struct space_id *space,
                       const struct key_id *key_id, const struct envelope_id *parent, size_t i,
                       const struct epoch_key *own, const struct epoch_key *parent_key)
{
    uint8_t aad[AAD_BYTES], key[32], nonce[AEAD_NONCE_BYTES];
    bound(aad, space, key_id, parent->b);
    parents_key(key, own, key_id);
    parent_nonce(nonce, i);
    aead_seal(out, slice_of(parent_key->b, sizeof(parent_key->b)), slice_of(aad, sizeof(aad)),
              nonce, key);
    mem_wipe(key, sizeof(key));
}

enum err grant_open_parent(struct epoch_key *out, const struct statement *epoch, size_t i,
                           const struct epoch_key *own)
{
    const struct statement_list *parents = &epoch->u.space_epoch.parents;
    CHECK(i < parents->n);
    uint8_t aad[AAD_BYTES], key[32], nonce[AEAD_NONCE_BYTES];
    const struct key_id *key_id = &epoch->u.space_epoch.key_id;
    bound(aad, &epoch->u.space_epoch.space, key_id, statement_id_at(parents, i)->b);
    parents_key(key, own, key_id);
    parent_nonce(nonce, i);
    const uint8_t *sealed = epoch->u.space_epoch.keys.items;
    enum err err =
        aead_open(out->b, slice_of(sealed + i * STATEMENT_SEALED_BYTES, STATEMENT_SEALED_BYTES),
                  slice_of(aad, sizeof(aad)), nonce, key);
    mem_wipe(key, sizeof(key));
    return err;
}
