#include <stdlib.h>

#include "proto/base/check.h"
#include "proto/member/grant.h"
#include "proto/member/keyring.h"
#include "proto/member/make_parts.h"

/* Epochs and grants. */

static int compare_ids(const void *a, const void *b)
{
    return envelope_id_cmp(a, b);
}

/*
 * Every tip and then every loose epoch whose key is known, ascending, at most
 * LIMIT_EPOCH_PARENTS.
 */
static size_t parents_of(const struct make *make, const struct keyring *ring,
                         const struct space_tag *tag,
                         struct envelope_id out[LIMIT_EPOCH_PARENTS])
{
    struct fold_epoch epoch;
    size_t n = 0;
    for (unsigned loose = 0; loose <= 1; loose++) {
        for (size_t i = 0; fold_epoch_at(make->fold, tag, i, &epoch); i++) {
            if (n == LIMIT_EPOCH_PARENTS || !(loose ? epoch.loose : epoch.tip)) continue;
            if (keyring_find(ring, &epoch.key_id) != NULL) out[n++] = epoch.id;
        }
    }
    qsort(out, n, sizeof(*out), compare_ids);
    return n;
}

static void seal_parents(uint8_t *keys, const struct make *make, const struct keyring *ring,
                         const struct statement *st, const struct epoch_key *key)
{
    const struct statement_list *parents = &st->u.space_epoch.parents;
    for (size_t i = 0; i < parents->n; i++) {
        struct fold_epoch parent;
        CHECK(fold_epoch(make->fold, statement_id_at(parents, i), &parent));
        grant_seal_parent(keys + i * STATEMENT_SEALED_BYTES, &st->u.space_epoch.space,
                          &st->u.space_epoch.key_id, &parent.id, i, key,
                          keyring_find(ring, &parent.key_id));
    }
}

/* Chains of those who are members no more, and whose chain here nothing has cut yet. */
static void cut_the_gone(struct make_parts_cuts *cuts, const struct make *make,
                         const struct space_tag *tag, const struct make_frontier *frontier)
{
    struct fold_device device;
    for (size_t i = 0; fold_device_at(make->fold, i, &device); i++) {
        struct chain chain = {.device = device.id, .tag = *tag};
        bool gone = device.status != FOLD_LIVE ||
                    fold_part(make->fold, tag, &device.school) != FOLD_MEMBER;
        if (gone && fold_limit(make->fold, &chain).limit == FOLD_OPEN) {
            make_parts_cut(cuts, frontier, &chain);
        }
    }
}

enum err make_space_epoch(struct buf *out, struct make *make, const struct space_tag *tag,
                          const struct keyring *ring, const struct make_frontier *frontier,
                          struct epoch_key *key)
{
    struct fold_space space;
    if (!fold_space(make->fold, tag, &space)) return ERR_NOT_FOUND;
    struct statement st = {.type = STATEMENT_SPACE_EPOCH};
    struct envelope_id parents[LIMIT_EPOCH_PARENTS];
    uint8_t keys[LIMIT_EPOCH_PARENTS * STATEMENT_SEALED_BYTES];
    struct epoch_key fresh;
    struct make_parts_cuts cuts = {0};
    env_random(make->env, fresh.b, sizeof(fresh.b));
    size_t n = parents_of(make, ring, tag, parents);
    st.u.space_epoch.space = space.id;
    st.u.space_epoch.parents = (struct statement_list){.items = parents, .n = n};
    st.u.space_epoch.keys = (struct statement_list){.items = keys, .n = n};
    space_key_id(&st.u.space_epoch.key_id, &fresh, &space.id, parents, n);
    seal_parents(keys, make, ring, &st, &fresh);
    cut_the_gone(&cuts, make, tag, frontier);
    (void)make_parts_lists(&cuts, 0, NULL, &st.u.space_epoch.cuts);
    enum err err = make_parts_finish(out, make, &st, NULL, false);
    if (err == ERR_OK) *key = fresh;
    KEY_WIPE(&fresh);
    make_parts_cuts_fini(&cuts);
    return err;
}

/*
 * Of more recipients than a slice takes, the maker's own device is among the first: its key
 * must be there when the epoch is. The list stays ascending.
 */
static void own_too(const struct make *make, const struct envelope_id *epoch,
                    struct fold_recipient *to, size_t n, size_t missing)
{
    struct fold_recipient *all = mem_zalloc(missing * sizeof(*all));
    missing = fold_grants_missing(make->fold, epoch, all, missing);
    for (size_t i = n; i < missing; i++) {
        if (device_pk_eq(&all[i].device, &make->device)) to[n - 1] = all[i];
    }
    free(all);
}

enum err make_space_grant(struct buf *out, struct make *make, const struct envelope_id *epoch,
                          const struct keyring *ring, size_t max, size_t *left)
{
    struct statement st = {.type = STATEMENT_SPACE_GRANT};
    struct fold_epoch of;
    struct fold_recipient to[MAKE_GRANTS_SLICE];
    struct statement_grant grants[MAKE_GRANTS_SLICE];
    if (!fold_epoch(make->fold, epoch, &of)) return ERR_NOT_FOUND;
    const struct epoch_key *key = keyring_find(ring, &of.key_id);
    if (key == NULL) return ERR_NO_KEY;
    if (max > MAKE_GRANTS_SLICE) max = MAKE_GRANTS_SLICE;
    size_t missing = fold_grants_missing(make->fold, epoch, to, max);
    if (missing == 0) return ERR_NOT_FOUND;
    size_t n = missing < max ? missing : max;
    if (n < missing) own_too(make, epoch, to, n, missing);
    for (size_t i = 0; i < n; i++) {
        if (grant_seal(&grants[i], of.statement, to[i].key, key, make->env) == ERR_OK) continue;
        /* A key of small order cannot be sealed to: its owner gets zeros, and nobody tries on.
         */
        memset(&grants[i], 0, sizeof(grants[i]));
        memcpy(grants[i].recipient, to[i].key, sizeof(grants[i].recipient));
    }
    st.u.space_grant.epoch = *epoch;
    st.u.space_grant.grants = (struct statement_list){.items = grants, .n = n};
    enum err err = make_parts_finish(out, make, &st, NULL, false);
    if (err == ERR_OK) *left = missing - n;
    mem_wipe(grants, sizeof(grants));
    return err;
}
