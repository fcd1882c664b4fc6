/*
 * rng.h: a small seeded generator (SplitMix64) for jitter, choice and tests. Never for keys or
 * nonces: those come from env.h.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

uint64_t rng_next(struct rng *rng);
/* Uniform in 0 … bound-1; bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);
/* True in `per_mille` of 1000. */
bool rng_chance(struct rng *rng, unsigned per_mille);

#endif
