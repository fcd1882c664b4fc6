/*
 * map.h: a hash map from keys of one fixed size to a 64-bit value (a number, an index, a pointer
 * cast through uintptr_t). Open addressing, grows by doubling. Iteration order depends only on
 * the seed and the history of calls, never on addresses, so a simulation repeats exactly.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
    uint8_t *keys;
    uint64_t *values;
    uint8_t *state; /* 0 free, 1 used, 2 deleted */
    size_t count;
    size_t filled; /* used and deleted */
    size_t cap;    /* a power of two, or 0 */
    size_t key_bytes;
    uint64_t seed;
};

/* The seed keeps a peer who chooses keys from choosing collisions. */
void map_init(struct map *map, size_t key_bytes, uint64_t seed);
void map_fini(struct map *map);
/* Pointer to the value, or NULL. Valid until the next put or delete. */
uint64_t *map_get(const struct map *map, const void *key);
/* Sets the value, adding the key if it is new. */
void map_put(struct map *map, const void *key, uint64_t value);
bool map_delete(struct map *map, const void *key);
/* Walks: start with *at = 0; false at the end. No put or delete between. */
bool map_next(const struct map *map, size_t *at, const void **key, uint64_t *value);

#endif
