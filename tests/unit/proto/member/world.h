/*
 * world.h: a small network for the tests of membership: schools with keys from a seed, one
 * fold, and every statement that was posted, in order. To make concurrent statements: post, go
 * back with world_rewind, post from another device, then world_all.
 */
#ifndef TESTS_MEMBER_WORLD_H
#define TESTS_MEMBER_WORLD_H

#include <stdlib.h>

#include "tests/support/tests.h"

#include "proto/crypto/dh.h"
#include "proto/crypto/phrase.h"
#include "proto/crypto/sign.h"
#include "proto/envelope/envelope.h"
#include "proto/member/fold.h"
#include "proto/member/keyring.h"
#include "proto/member/make.h"

#define UNUSED __attribute__((unused))

enum { WORLD_SCHOOLS = 8, WORLD_DEVICES = 3, WORLD_ITEMS = 4096 };

struct world_device {
    struct device_pk pk;
    struct device_sk sk;
    struct box_pk box;
    struct box_sk box_sk;
    struct statement_device keys;
    char name[16];
    struct keyring *ring;
};

struct world_school {
    struct school_id id;
    struct root_pk root_pk;
    struct root_sk root_sk;
    struct recovery_pk recovery_pk;
    struct recovery_sk recovery_sk;
    char name[16];
    struct world_device devices[WORLD_DEVICES];
};

struct world {
    struct rng rng;
    struct env env;
    struct network_id network;
    struct fold *fold;
    struct world_school schools[WORLD_SCHOOLS];
    struct fold_item items[WORLD_ITEMS];
    uint8_t headers[WORLD_ITEMS][ENVELOPE_HEADER_BYTES];
    size_t n;
    enum fold_verdict why; /* of the last refusal */
    /* What WORLD_POST gives to the maker that it calls. */
    struct make make;
    struct buf body;
    struct make_frontier frontier;
    size_t left;
    /* What removals are told about record chains: each chain's head, as the test sets it. */
    struct statement_cut known[64];
    size_t known_n;
};

static inline bool world_head(void *ctx, const struct chain *chain, struct place *out)
{
    const struct world *w = ctx;
    for (size_t i = 0; i < w->known_n; i++) {
        if (!chain_eq(&w->known[i].chain, chain)) continue;
        *out = (struct place){.seq = w->known[i].seq, .id = w->known[i].id};
        return true;
    }
    return false;
}

static inline struct make_frontier world_frontier(struct world *w)
{
    return (struct make_frontier){.ctx = w, .head = world_head};
}

/* From now on the frontier says that this device wrote up to seq in the space. */
UNUSED static void world_wrote(struct world *w, const struct device_pk *device,
                               const struct space_tag *tag, uint64_t seq)
{
    struct statement_cut *cut = &w->known[w->known_n++];
    cut->chain = (struct chain){.device = *device, .tag = *tag};
    cut->seq = seq;
    memset(cut->id.b, (int)(seq + 1), sizeof(cut->id.b));
}

static inline struct make world_make(struct world *w, int school, int device, bool root)
{
    struct world_school *s = &w->schools[school];
    struct make make = {.fold = w->fold, .device = s->devices[device].pk, .env = &w->env};
    if (w->fold != NULL) make.head = fold_head(w->fold, &make.device);
    if (root) {
        make.root = &s->root_sk;
        make.root_pk = &s->root_pk;
    }
    return make;
}

/* Signs and adds; returns its id. */
static inline struct envelope_id world_put(struct world *w, int school, int device,
                                           struct slice body, bool found)
{
    struct world_device *d = &w->schools[school].devices[device];
    struct envelope_signer signer = {.sk = &d->sk};
    struct place head = {0};
    if (!found) {
        signer.network = w->network;
        head = fold_head(w->fold, &d->pk);
    }
    struct fold_item *item = &w->items[w->n];
    assert_ok(envelope_make_statement(w->headers[w->n], &signer, &head, body));
    envelope_id(&item->id, w->headers[w->n]);
    item->device = d->pk;
    item->seq = head.seq + 1;
    item->prev = head.id;
    item->body = slice_of(mem_dup(body.p, body.n), body.n);
    if (found) {
        memcpy(w->network.b, item->id.b, 32);
        w->fold = fold_new(&w->network);
    }
    enum fold_added added = fold_add(w->fold, item);
    struct envelope_id id = item->id;
    if (added == FOLD_KNOWN) {
        /* After a rewind the same words at the same place are the same statement. */
        void *again = NULL;
        memcpy(&again, &item->body.p, sizeof(again));
        free(again);
        return id;
    }
    assert_int_equal(added, FOLD_ADDED);
    w->n++;
    fold_refresh(w->fold);
    return id;
}

static inline void world_begin(struct world *w, int school, int device, bool root)
{
    w->make = world_make(w, school, device, root);
    w->frontier = world_frontier(w);
}

/* The outcome of a maker: posts on OK; the id is zero when it refused (w->why says why). */
static inline struct envelope_id world_end(struct world *w, int school, int device,
                                           enum err err)
{
    struct envelope_id id = {0};
    w->why = FOLD_VERDICT_STANDS;
    if (err == ERR_OK) {
        id = world_put(w, school, device, buf_slice(&w->body), false);
    } else {
        assert_err(ERR_REFUSED, err);
        w->why = w->make.why;
    }
    buf_fini(&w->body);
    return id;
}

/* WORLD_POST(w, school, device, root, make_hide(&w->body, &w->make, …)) */
#define WORLD_POST(w, school, device, root, call) \
    (world_begin((w), (school), (device), (root)), world_end((w), (school), (device), (call)))

static inline void world_keys(struct world *w, int s)
{
    struct world_school *school = &w->schools[s];
    uint8_t seed[32];
    env_random(&w->env, seed, sizeof(seed));
    sign_root_keypair(&school->root_pk, &school->root_sk, seed);
    env_random(&w->env, school->recovery_sk.b, 32);
    dh_public(school->recovery_pk.b, school->recovery_sk.b);
    phrase_school_id(&school->id, &school->root_pk);
    memcpy(school->name, "School A", 9);
    school->name[7] = (char)('A' + s);
    for (int d = 0; d < WORLD_DEVICES; d++) {
        struct world_device *device = &school->devices[d];
        env_random(&w->env, seed, sizeof(seed));
        sign_device_keypair(&device->pk, &device->sk, seed);
        env_random(&w->env, device->box_sk.b, 32);
        dh_public(device->box.b, device->box_sk.b);
        memcpy(device->name, "PC A1", 6);
        device->name[3] = (char)('A' + s);
        device->name[4] = (char)('1' + d);
        device->keys.device = device->pk;
        device->keys.box = device->box;
        env_random(&w->env, device->keys.transport.b, 32);
        device->keys.name = statement_text(device->name);
        device->ring = keyring_new();
        keyring_add_box(device->ring, &device->box, &device->box_sk);
    }
}

/* School 0 founds: hub and only steward. */
UNUSED static struct world *world_new(uint64_t seed)
{
    struct world *w = mem_zalloc(sizeof(*w));
    w->rng.state = seed;
    w->env = tests_env(&w->rng);
    for (int s = 0; s < WORLD_SCHOOLS; s++)
        world_keys(w, s);
    struct make make = world_make(w, 0, 0, true);
    struct buf body = {0};
    struct make_school hub = {.name = w->schools[0].name,
                              .root_pk = w->schools[0].root_pk,
                              .recovery_pk = w->schools[0].recovery_pk,
                              .device = w->schools[0].devices[0].keys};
    assert_ok(make_found(&body, &make, "Example Network", &hub));
    world_put(w, 0, 0, buf_slice(&body), true);
    buf_fini(&body);
    return w;
}

UNUSED static void world_free(struct world *w)
{
    for (size_t i = 0; i < w->n; i++) {
        void *body = NULL;
        memcpy(&body, &w->items[i].body.p, sizeof(body));
        free(body);
    }
    for (int s = 0; s < WORLD_SCHOOLS; s++) {
        for (int d = 0; d < WORLD_DEVICES; d++)
            keyring_free(w->schools[s].devices[d].ring);
    }
    fold_free(w->fold);
    free(w);
}

/* A fold of these of the items, in this order. */
UNUSED static struct fold *world_fold(const struct world *w, const size_t *order, size_t n)
{
    struct fold *fold = fold_new(&w->network);
    for (size_t i = 0; i < n; i++) {
        (void)fold_add(fold, &w->items[order == NULL ? i : order[i]]);
    }
    fold_refresh(fold);
    return fold;
}

/* Back to the first n items: what is posted now is concurrent with the later ones. */
UNUSED static void world_rewind(struct world *w, size_t n)
{
    fold_free(w->fold);
    w->fold = world_fold(w, NULL, n);
}

UNUSED static void world_all(struct world *w)
{
    world_rewind(w, w->n);
}

/* The request that a school sends to join by this secret. */
UNUSED static struct invite_request world_request(struct world *w, int school, int device,
                                                  const struct invite_secret *secret)
{
    struct world_school *s = &w->schools[school];
    struct invite_request request = {.school = s->id,
                                     .school_name = statement_text(s->name),
                                     .root_pk = s->root_pk,
                                     .recovery_pk = s->recovery_pk,
                                     .device = s->devices[device].keys};
    invite_id(&request.invite, secret);
    invite_request_sign(&request, &w->network, &s->root_sk);
    return request;
}

/* Invites and admits a school's device 0 by a steward's device. */
UNUSED static struct envelope_id world_admit_device(struct world *w, int steward, int school,
                                                    int device)
{
    struct invite_secret secret;
    env_random(&w->env, secret.b, sizeof(secret.b));
    struct envelope_id invite =
        WORLD_POST(w, steward, 0, false, make_invite(&w->body, &w->make, &secret, 1000));
    if (envelope_id_is_zero(&invite)) return invite;
    struct invite_request request = world_request(w, school, device, &secret);
    return WORLD_POST(w, steward, 0, false, make_admit(&w->body, &w->make, &request));
}

UNUSED static struct envelope_id world_admit(struct world *w, int steward, int school)
{
    return world_admit_device(w, steward, school, 0);
}

UNUSED static struct envelope_id world_add_device(struct world *w, int school, int device)
{
    return WORLD_POST(w, school, device, true,
                      make_device_add(&w->body, &w->make, &w->schools[school].id,
                                      &w->schools[school].devices[device].keys));
}

/* Makes a school a steward by the hub's root, with the assent of `helper` unless it is -1. */
UNUSED static struct envelope_id world_steward(struct world *w, int school, int helper)
{
    struct envelope_id id = WORLD_POST(w, 0, 0, true,
                                       make_role(&w->body, &w->make, &w->schools[school].id,
                                                 STATEMENT_STEWARD, true, &w->frontier));
    assert_false(envelope_id_is_zero(&id));
    if (helper >= 0) WORLD_POST(w, helper, 0, false, make_assent(&w->body, &w->make, &id));
    return id;
}

UNUSED static struct fold_school world_school(const struct world *w, int school)
{
    struct fold_school out = {0};
    (void)fold_school(w->fold, &w->schools[school].id, &out);
    return out;
}

UNUSED static enum fold_status world_device_status(const struct world *w, int school,
                                                   int device)
{
    struct fold_device out = {0};
    (void)fold_device(w->fold, &w->schools[school].devices[device].pk, &out);
    return out.status;
}

UNUSED static struct space_tag world_tag(const struct world *w, enum space_class class,
                                         int school)
{
    struct space_id id;
    if (class == SPACE_NETWORK) space_network(&id, &w->network);
    if (class == SPACE_OWN) space_own(&id, &w->network, &w->schools[school].id);
    if (class == SPACE_HUB) space_hub(&id, &w->network, &w->schools[school].id);
    return space_tag(&id);
}

UNUSED static struct space_tag world_group_tag(const struct world *w,
                                               const struct envelope_id *space_new)
{
    struct space_id id;
    space_group(&id, &w->network, space_new);
    return space_tag(&id);
}

UNUSED static void world_assert_verdict(const struct world *w, const struct envelope_id *id,
                                        enum fold_verdict expected)
{
    enum fold_verdict got = fold_verdict(w->fold, id);
    if (got != expected) {
        fail_msg("verdict %s, expected %s", fold_verdict_name(got),
                 fold_verdict_name(expected));
    }
}

#endif
