/*
 * samples.h: chains of real envelopes for the wire's tests, each test's own. All memory is in
 * the arena.
 */
#ifndef TESTS_WIRE_SAMPLES_H
#define TESTS_WIRE_SAMPLES_H

#include "proto/crypto/sign.h"
#include "proto/wire/run.h"
#include "tests/support/vectors.h"

struct samples {
    struct rng rng;
    struct env env;
    struct arena arena;
    struct device_sk sk;
    struct envelope_signer signer;
    struct space_tag tag;
    struct epoch_key keys[2];
    struct key_id key_ids[2];
};

static inline void samples_init(struct samples *s, uint64_t seed)
{
    *s = (struct samples){.rng = {seed}};
    s->env = tests_env(&s->rng);
    struct device_pk pk;
    uint8_t device_seed[SIGN_SEED_BYTES];
    vectors_count(device_seed, sizeof(device_seed), 0);
    sign_device_keypair(&pk, &s->sk, device_seed);
    vectors_count(s->signer.network.b, 32, 0x20);
    s->signer.sk = &s->sk;
    vectors_count(s->tag.b, 16, 0x40);
    for (uint8_t i = 0; i < 2; i++) {
        vectors_count(s->keys[i].b, 32, (uint8_t)(0x50 + i));
        vectors_count(s->key_ids[i].b, 32, (uint8_t)(0x70 + i));
    }
}

static inline void samples_fini(struct samples *s)
{
    arena_fini(&s->arena);
}

static inline struct slice samples_bytes(struct samples *s, size_t n)
{
    uint8_t *bytes = arena_alloc(&s->arena, n + 1);
    env_random(&s->env, bytes, n);
    return slice_of(bytes, n);
}

/* Where the next envelope of a chain goes. */
static inline struct place samples_head(const struct run_item *items, size_t n)
{
    struct place head = {0};
    if (n > 0) {
        struct envelope e;
        assert_ok(envelope_decode(&e, slice_of(items[n - 1].header, ENVELOPE_HEADER_BYTES)));
        head = (struct place){.seq = e.seq, .id = items[n - 1].id};
    }
    return head;
}

/* items[n] becomes the next record, of `bytes` random bytes under epoch 0 or 1. */
static inline void samples_record(struct samples *s, struct run_item *items, size_t n,
                                  size_t bytes, unsigned epoch)
{
    struct buf payload = {0};
    struct place head = samples_head(items, n);
    struct envelope_epoch under = {.id = s->key_ids[epoch], .key = &s->keys[epoch]};
    items[n] = (struct run_item){.erased = false};
    assert_ok(envelope_seal_record(items[n].header, &payload, &s->signer, &s->tag, &head,
                                   &under, &s->env, samples_bytes(s, bytes)));
    envelope_id(&items[n].id, items[n].header);
    items[n].payload = slice_of(arena_dup(&s->arena, payload.data, payload.len), payload.len);
    buf_fini(&payload);
}

/* items[n] becomes the next statement; the first one is `found` when asked. */
static inline void samples_statement(struct samples *s, struct run_item *items, size_t n,
                                     size_t bytes, bool is_found)
{
    struct place head = samples_head(items, n);
    struct envelope_signer founder = {.sk = &s->sk};
    items[n] = (struct run_item){.payload = samples_bytes(s, bytes)};
    assert_ok(envelope_make_statement(items[n].header, is_found ? &founder : &s->signer, &head,
                                      items[n].payload));
    envelope_id(&items[n].id, items[n].header);
}

/* A chain of n records of that size. */
static inline struct run_item *samples_chain(struct samples *s, size_t n, size_t bytes)
{
    struct run_item *items = arena_alloc(&s->arena, (n + 1) * sizeof(*items));
    for (size_t i = 0; i < n; i++)
        samples_record(s, items, i, bytes, 0);
    return items;
}

/* Signs item i anew after a change of its header by hand. */
static inline void samples_resign(struct samples *s, struct run_item *item,
                                  const struct envelope *changed, bool is_good)
{
    struct envelope e = *changed;
    envelope_sign(&e, &s->sk);
    if (!is_good) e.signature[0] ^= 1;
    envelope_encode(item->header, &e);
    envelope_id(&item->id, item->header);
}

#endif
