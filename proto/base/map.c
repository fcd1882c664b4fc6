#include "proto/base/map.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/base/mem.h"

enum { SLOT_FREE, SLOT_USED, SLOT_DELETED };

void map_init(struct map *map, size_t key_bytes, uint64_t seed)
{
    CHECK(key_bytes > 0);
    *map = (struct map){.key_bytes = key_bytes, .seed = seed};
}

void map_fini(struct map *map)
{
    free(map->keys);
    free(map->values);
    free(map->state);
    *map = (struct map){.key_bytes = map->key_bytes, .seed = map->seed};
}

/* FNV-1a over the key, started from the seed, with a final mix so that low bits are good. */
static uint64_t hash(const struct map *map, const void *key)
{
    const uint8_t *p = key;
    uint64_t h = map->seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < map->key_bytes; i++) h = (h ^ p[i]) * 0x100000001b3u;
    h ^= h >> 29;
    return h * 0xbf58476d1ce4e5b9u >> 7;
}

/* The slot that holds the key, or the slot where it would go. */
static size_t slot_of(const struct map *map, const void *key, bool *found)
{
    size_t mask = map->cap - 1;
    size_t put_at = SIZE_MAX;
    size_t i = hash(map, key) & mask;
    for (;; i = (i + 1) & mask) {
        if (map->state[i] == SLOT_FREE) break;
        if (map->state[i] == SLOT_DELETED) {
            if (put_at == SIZE_MAX) put_at = i;
        } else if (memcmp(map->keys + i * map->key_bytes, key, map->key_bytes) == 0) {
            *found = true;
            return i;
        }
    }
    *found = false;
    return put_at == SIZE_MAX ? i : put_at;
}

static void grow(struct map *map)
{
    struct map old = *map;
    map->cap = old.count * 2 < 8 ? 16 : old.count * 4;
    size_t cap = 16;
    while (cap < map->cap) cap *= 2;
    map->cap = cap;
    map->keys = mem_realloc(NULL, cap, map->key_bytes);
    map->values = mem_realloc(NULL, cap, sizeof(*map->values));
    map->state = mem_zalloc(cap);
    map->count = map->filled = 0;
    for (size_t i = 0; i < old.cap; i++) {
        if (old.state[i] == SLOT_USED) map_put(map, old.keys + i * old.key_bytes, old.values[i]);
    }
    free(old.keys);
    free(old.values);
    free(old.state);
}

uint64_t *map_get(const struct map *map, const void *key)
{
    if (map->cap == 0) return NULL;
    bool found;
    size_t i = slot_of(map, key, &found);
    return found ? &map->values[i] : NULL;
}

void map_put(struct map *map, const void *key, uint64_t value)
{
    if (map->cap == 0 || map->filled * 4 >= map->cap * 3) grow(map);
    bool found;
    size_t i = slot_of(map, key, &found);
    if (!found) {
        if (map->state[i] == SLOT_FREE) map->filled++;
        map->state[i] = SLOT_USED;
        memcpy(map->keys + i * map->key_bytes, key, map->key_bytes);
        map->count++;
    }
    map->values[i] = value;
}

bool map_delete(struct map *map, const void *key)
{
    if (map->cap == 0) return false;
    bool found;
    size_t i = slot_of(map, key, &found);
    if (!found) return false;
    map->state[i] = SLOT_DELETED;
    map->count--;
    return true;
}

bool map_next(const struct map *map, size_t *at, const void **key, uint64_t *value)
{
    while (*at < map->cap && map->state[*at] != SLOT_USED) (*at)++;
    if (*at >= map->cap) return false;
    *key = map->keys + *at * map->key_bytes;
    *value = map->values[*at];
    (*at)++;
    return true;
}
