#include "proto/frontier/frontier.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/check.h"
#include "proto/crypto/hash.h"

/* Only the label tells beacons from statements: both have tag zero. */
static const char *const labels[] = {
    [FRONTIER_SPACE] = "kith/1 frontier",
    [FRONTIER_STATEMENTS] = "kith/1 frontier",
    [FRONTIER_BEACONS] = "kith/1 beacons",
};

void frontier_init(struct frontier *frontier, enum frontier_kind kind,
                   const struct space_tag *tag)
{
    *frontier = (struct frontier){.kind = kind, .stale = true};
    if (kind == FRONTIER_SPACE) frontier->tag = *tag;
}

void frontier_clear(struct frontier *frontier)
{
    for (size_t i = 0; i < FRONTIER_BUCKETS; i++) {
        free(frontier->bucket[i].entries);
        frontier->bucket[i] = (struct frontier_bucket){0};
    }
    frontier->n = 0;
    frontier->stale = true;
}

void frontier_fini(struct frontier *frontier)
{
    frontier_clear(frontier);
}

uint8_t frontier_bucket_of(const struct device_pk *device)
{
    /* The first byte of the 32-byte hash: BLAKE2b's length is a parameter, so not of a shorter.
     */
    uint8_t hash[32];
    crypto_generichash(hash, sizeof(hash), device->b, sizeof(device->b), NULL, 0);
    return hash[0];
}

/* Index of the first entry whose device is not before this one. */
static size_t lower_bound(const struct frontier_bucket *bucket, const struct device_pk *device)
{
    size_t from = 0, to = bucket->n;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (device_pk_cmp(&bucket->entries[mid].device, device) < 0) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return from;
}

static bool is_at(const struct frontier_bucket *bucket, size_t i,
                  const struct device_pk *device)
{
    return i < bucket->n && device_pk_eq(&bucket->entries[i].device, device);
}

static void touch(struct frontier *frontier, struct frontier_bucket *bucket)
{
    bucket->stale = true;
    frontier->stale = true;
}

bool frontier_set(struct frontier *frontier, const struct entry *entry)
{
    CHECK(entry->head.seq > 0);
    struct frontier_bucket *bucket = &frontier->bucket[frontier_bucket_of(&entry->device)];
    size_t i = lower_bound(bucket, &entry->device);
    if (is_at(bucket, i, &entry->device)) {
        struct place *head = &bucket->entries[i].head;
        if (head->seq == entry->head.seq && envelope_id_eq(&head->id, &entry->head.id)) {
            return false;
        }
        *head = entry->head;
    } else {
        MEM_RESERVE(bucket->entries, bucket->n, bucket->cap);
        memmove(bucket->entries + i + 1, bucket->entries + i,
                (bucket->n - i) * sizeof(*bucket->entries));
        bucket->entries[i] = *entry;
        bucket->n++;
        frontier->n++;
    }
    touch(frontier, bucket);
    return true;
}

bool frontier_remove(struct frontier *frontier, const struct device_pk *device)
{
    struct frontier_bucket *bucket = &frontier->bucket[frontier_bucket_of(device)];
    size_t i = lower_bound(bucket, device);
    if (!is_at(bucket, i, device)) return false;
    memmove(bucket->entries + i, bucket->entries + i + 1,
            (bucket->n - i - 1) * sizeof(*bucket->entries));
    bucket->n--;
    frontier->n--;
    touch(frontier, bucket);
    return true;
}

const struct entry *frontier_get(const struct frontier *frontier,
                                 const struct device_pk *device)
{
    const struct frontier_bucket *bucket = &frontier->bucket[frontier_bucket_of(device)];
    size_t i = lower_bound(bucket, device);
    return is_at(bucket, i, device) ? &bucket->entries[i] : NULL;
}

const struct entry *frontier_entries(const struct frontier *frontier, uint8_t bucket, size_t *n)
{
    *n = frontier->bucket[bucket].n;
    return frontier->bucket[bucket].entries;
}

/* *at is bucket << 32 | index in it. */
const struct entry *frontier_next(const struct frontier *frontier, uint64_t *at)
{
    uint64_t i = *at >> 32;
    size_t j = *at & UINT32_MAX;
    for (; i < FRONTIER_BUCKETS; i++, j = 0) {
        if (j < frontier->bucket[i].n) {
            *at = i << 32 | (j + 1);
            return &frontier->bucket[i].entries[j];
        }
    }
    *at = (uint64_t)FRONTIER_BUCKETS << 32;
    return NULL;
}

const struct digest *frontier_bucket_digest(struct frontier *frontier, uint8_t number)
{
    struct frontier_bucket *bucket = &frontier->bucket[number];
    if (!bucket->stale) return &bucket->digest;
    bucket->stale = false;
    if (bucket->n == 0) {
        bucket->digest = (struct digest){0};
        return &bucket->digest;
    }
    struct hash hash;
    hash_init(&hash, sizeof(bucket->digest.b), (struct slice){0}, "kith/1 bucket");
    for (size_t i = 0; i < bucket->n; i++) {
        const struct entry *entry = &bucket->entries[i];
        hash_add(&hash, entry->device.b, sizeof(entry->device.b));
        hash_add_u64(&hash, entry->head.seq);
        hash_add(&hash, entry->head.id.b, sizeof(entry->head.id.b));
    }
    hash_final(&hash, bucket->digest.b);
    return &bucket->digest;
}

const struct digest *frontier_digest(struct frontier *frontier)
{
    if (!frontier->stale) return &frontier->digest;
    frontier->stale = false;
    struct hash hash;
    hash_init(&hash, sizeof(frontier->digest.b), (struct slice){0}, labels[frontier->kind]);
    hash_add(&hash, frontier->tag.b, sizeof(frontier->tag.b));
    for (unsigned i = 0; i < FRONTIER_BUCKETS; i++) {
        const struct digest *digest = frontier_bucket_digest(frontier, (uint8_t)i);
        hash_add(&hash, digest->b, sizeof(digest->b));
    }
    hash_final(&hash, frontier->digest.b);
    return &frontier->digest;
}

void frontier_abbrev(uint8_t out[FRONTIER_ABBREV_BYTES], const uint8_t handshake_hash[32],
                     const struct space_tag *tag, const struct digest *digest)
{
    hash_bytes(out, FRONTIER_ABBREV_BYTES, slice_of(handshake_hash, 32), "kith/1 abbrev",
               slice_of(tag->b, sizeof(tag->b)), slice_of(digest->b, sizeof(digest->b)));
}

void frontier_abbrev_digest(struct frontier *frontier, uint8_t out[FRONTIER_ABBREV_BYTES],
                            const uint8_t handshake_hash[32])
{
    frontier_abbrev(out, handshake_hash, &frontier->tag, frontier_digest(frontier));
}

void frontier_abbrev_bucket(struct frontier *frontier, uint8_t bucket,
                            uint8_t out[FRONTIER_ABBREV_BUCKET_BYTES],
                            const uint8_t handshake_hash[32])
{
    uint8_t whole[FRONTIER_ABBREV_BYTES];
    frontier_abbrev(whole, handshake_hash, &frontier->tag,
                    frontier_bucket_digest(frontier, bucket));
    memcpy(out, whole, FRONTIER_ABBREV_BUCKET_BYTES);
}

void frontier_diff(const struct entry *mine, size_t n_mine, const struct entry *theirs,
                   size_t n_theirs, frontier_diff_fn on_difference, void *ctx)
{
    static const struct place none;
    size_t i = 0, j = 0;
    while (i < n_mine || j < n_theirs) {
        int order = i == n_mine     ? 1
                    : j == n_theirs ? -1
                                    : device_pk_cmp(&mine[i].device, &theirs[j].device);
        const struct place *a = order <= 0 ? &mine[i].head : &none;
        const struct place *b = order >= 0 ? &theirs[j].head : &none;
        const struct device_pk *device = order <= 0 ? &mine[i].device : &theirs[j].device;
        if (order <= 0) i++;
        if (order >= 0) j++;
        if (a->seq < b->seq) {
            on_difference(ctx, FRONTIER_MINE_LACKS, device, a, b);
        } else if (a->seq > b->seq) {
            on_difference(ctx, FRONTIER_THEIRS_LACKS, device, a, b);
        } else if (!envelope_id_eq(&a->id, &b->id)) {
            on_difference(ctx, FRONTIER_CONFLICT, device, a, b);
        }
    }
}
