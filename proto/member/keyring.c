#include "proto/member/keyring.h"

#include <stdlib.h>

#include "proto/base/map.h"
#include "proto/crypto/hash.h"
#include "proto/member/grant.h"

/* A key that opens grants: the device's box key, or a recovery key for a while. */
struct opener {
    uint8_t pk[32], sk[32];
    bool recovery;
};

struct keyring {
    struct opener *openers;
    size_t openers_n;
    struct epoch_key *keys;
    struct key_id *ids; /* of keys[i] */
    size_t n, keys_cap;
    struct map by_id;  /* key id -> index */
    struct map failed; /* BLAKE2b of a grant that did not open -> 1 */
};

struct keyring *keyring_new(void)
{
    struct keyring *ring = mem_zalloc(sizeof(*ring));
    map_init(&ring->by_id, sizeof(struct key_id), 0);
    map_init(&ring->failed, 32, 0);
    return ring;
}

void keyring_free(struct keyring *ring)
{
    if (ring == NULL) return;
    if (ring->openers != NULL) {
        mem_wipe(ring->openers, ring->openers_n * sizeof(*ring->openers));
    }
    if (ring->keys != NULL) mem_wipe(ring->keys, ring->n * sizeof(*ring->keys));
    free(ring->openers);
    free(ring->keys);
    free(ring->ids);
    map_fini(&ring->by_id);
    map_fini(&ring->failed);
    free(ring);
}

/* Growing by copy leaves no old copy of a secret behind. */
static void add_opener(struct keyring *ring, const uint8_t pk[32], const uint8_t sk[32],
                       bool recovery)
{
    struct opener *grown = mem_zalloc((ring->openers_n + 1) * sizeof(*grown));
    if (ring->openers_n > 0) {
        memcpy(grown, ring->openers, ring->openers_n * sizeof(*grown));
        mem_wipe(ring->openers, ring->openers_n * sizeof(*grown));
    }
    free(ring->openers);
    ring->openers = grown;
    struct opener *opener = &ring->openers[ring->openers_n++];
    memcpy(opener->pk, pk, 32);
    memcpy(opener->sk, sk, 32);
    opener->recovery = recovery;
}

void keyring_add_box(struct keyring *ring, const struct box_pk *pk, const struct box_sk *sk)
{
    add_opener(ring, pk->b, sk->b, false);
}

void keyring_add_recovery(struct keyring *ring, const struct recovery_pk *pk,
                          const struct recovery_sk *sk)
{
    add_opener(ring, pk->b, sk->b, true);
}

void keyring_drop_recovery(struct keyring *ring)
{
    size_t kept = 0;
    for (size_t i = 0; i < ring->openers_n; i++) {
        if (!ring->openers[i].recovery) ring->openers[kept++] = ring->openers[i];
    }
    mem_wipe(ring->openers + kept, (ring->openers_n - kept) * sizeof(*ring->openers));
    ring->openers_n = kept;
}

const struct epoch_key *keyring_find(const struct keyring *ring, const struct key_id *id)
{
    const uint64_t *at = map_get(&ring->by_id, id->b);
    return at == NULL ? NULL : &ring->keys[*at];
}

/* The key is in if the epoch's statement names it. */
static enum err take_key(struct keyring *ring, const struct fold_epoch *epoch,
                         const struct epoch_key *key)
{
    struct key_id id;
    const struct statement_list *parents = &epoch->statement->u.space_epoch.parents;
    space_key_id(&id, key, &epoch->statement->u.space_epoch.space, parents->items, parents->n);
    if (!key_id_eq(&id, &epoch->key_id)) return ERR_HASH;
    if (keyring_find(ring, &id) != NULL) return ERR_OK;
    if (ring->n >= ring->keys_cap) {
        size_t cap = ring->keys_cap == 0 ? 16 : ring->keys_cap * 2;
        struct epoch_key *grown = mem_zalloc(cap * sizeof(*grown));
        if (ring->n > 0) {
            memcpy(grown, ring->keys, ring->n * sizeof(*grown));
            mem_wipe(ring->keys, ring->n * sizeof(*grown));
        }
        free(ring->keys);
        ring->keys = grown;
        ring->keys_cap = cap;
        ring->ids = mem_realloc(ring->ids, cap, sizeof(*ring->ids));
    }
    ring->keys[ring->n] = *key;
    ring->ids[ring->n] = id;
    map_put(&ring->by_id, id.b, ring->n++);
    return ERR_OK;
}

enum err keyring_add_epoch(struct keyring *ring, const struct fold *fold,
                           const struct envelope_id *id, const struct epoch_key *key)
{
    struct fold_epoch epoch;
    if (!fold_epoch(fold, id, &epoch)) return ERR_NOT_FOUND;
    return take_key(ring, &epoch, key);
}

/* ------------------------------------------------------------------------------------ slices
 */

/* The parents' keys out of an epoch whose key is known: cheap, no X25519. */
static size_t open_parents(struct keyring *ring, const struct fold *fold,
                           const struct fold_epoch *epoch)
{
    const struct statement *st = epoch->statement;
    const struct statement_list *parents = &st->u.space_epoch.parents;
    size_t gained = 0;
    for (size_t i = 0; i < parents->n; i++) {
        struct fold_epoch parent;
        struct epoch_key key;
        if (!fold_epoch(fold, statement_id_at(parents, i), &parent) ||
            keyring_find(ring, &parent.key_id) != NULL) {
            continue;
        }
        const struct epoch_key *own = keyring_find(ring, &epoch->key_id);
        if (grant_open_parent(&key, st, i, own) == ERR_OK &&
            take_key(ring, &parent, &key) == ERR_OK) {
            gained++;
        }
        KEY_WIPE(&key);
    }
    return gained;
}

static void name_of(uint8_t out[32], const struct envelope_id *epoch,
                    const struct statement_grant *grant)
{
    hash_bytes(out, 32, slice_of(NULL, 0), "kith/1 failed grant", slice_of(epoch->b, 32),
               slice_of(grant, sizeof(*grant)));
}

/* Tries the grants of one epoch; spends of *opens. */
static bool open_grants(struct keyring *ring, const struct fold *fold,
                        const struct fold_epoch *epoch, size_t *opens, bool *more)
{
    for (size_t o = 0; o < ring->openers_n; o++) {
        struct statement_grant grant;
        for (size_t i = 0; fold_grant_at(fold, &epoch->id, ring->openers[o].pk, i, &grant);
             i++) {
            uint8_t name[32];
            name_of(name, &epoch->id, &grant);
            if (map_get(&ring->failed, name) != NULL) continue;
            if (*opens == 0) {
                *more = true;
                return false;
            }
            --*opens;
            struct epoch_key key;
            enum err err = grant_open(&key, &grant, epoch->statement, ring->openers[o].sk);
            if (err == ERR_OK) err = take_key(ring, epoch, &key);
            KEY_WIPE(&key);
            if (err == ERR_OK) return true;
            map_put(&ring->failed, name, 1);
        }
    }
    return false;
}

size_t keyring_step(struct keyring *ring, const struct fold *fold, size_t opens_max, bool *more)
{
    size_t gained = 0, opens = opens_max;
    struct fold_space space;
    struct fold_epoch epoch;
    *more = false;
    for (size_t s = 0; fold_space_at(fold, s, &space); s++) {
        /* Newest first: its key brings those of its parents without any X25519. */
        for (size_t i = 0; fold_epoch_at(fold, &space.tag, i, &epoch); i++) {
            if (keyring_find(ring, &epoch.key_id) == NULL &&
                open_grants(ring, fold, &epoch, &opens, more)) {
                gained++;
            }
            if (keyring_find(ring, &epoch.key_id) != NULL) {
                gained += open_parents(ring, fold, &epoch);
            }
        }
    }
    return gained;
}

enum err keyring_write_key(const struct keyring *ring, const struct fold *fold,
                           const struct space_tag *tag, struct key_id *id,
                           const struct epoch_key **key)
{
    struct fold_epoch epoch;
    if (!fold_write_epoch(fold, tag, &epoch)) return ERR_NOT_FOUND;
    const struct epoch_key *found = keyring_find(ring, &epoch.key_id);
    if (found == NULL) return ERR_NO_KEY;
    *id = epoch.key_id;
    *key = found;
    return ERR_OK;
}

size_t keyring_count(const struct keyring *ring)
{
    return ring->n;
}

size_t keyring_failed(const struct keyring *ring)
{
    return ring->failed.count;
}
