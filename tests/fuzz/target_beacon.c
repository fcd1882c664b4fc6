/* The body of a beacon: what decodes encodes to the same bytes. */
#include "proto/wire/beacon.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = {0};
    struct beacon beacon;
    enum err err = beacon_decode(&beacon, &arena, slice_of(data, n));
    if (err == ERR_OK) {
        struct buf again = {0};
        FUZZ_CHECK(beacon.n_heads <= BEACON_HEADS_MAX && beacon.n_addresses <= LIMIT_ADDRESSES);
        beacon_encode(&again, &beacon);
        FUZZ_CHECK(slice_eq(buf_slice(&again), slice_of(data, n)));
        buf_fini(&again);
    } else {
        FUZZ_CHECK(err_blame(err) == BLAME_PEER);
    }
    arena_fini(&arena);
    return 0;
}

void fuzz_seeds(fuzz_put_fn put, void *ctx)
{
    static const char *const addresses[] = {"hub.example:7117", "[2001:db8::1]:7117",
                                            "10.0.0.7:7117", "a:1", "b:65535"};
    enum { HEADS = 8, ADDRESSES = sizeof(addresses) / sizeof(*addresses) };
    for (size_t heads = 0; heads < HEADS; heads++) {
        for (size_t n = 0; n <= ADDRESSES; n++) {
            struct beacon_head head[HEADS];
            struct beacon beacon = {.heads = head, .n_heads = heads, .n_addresses = n};
            memset(head, 0, sizeof(head));
            for (size_t i = 0; i < heads; i++) {
                fuzz_count(head[i].tag.b, 16, (uint8_t)i);
                head[i].head.seq = i + 1;
            }
            for (size_t i = 0; i < n; i++)
                beacon.addresses[i] = slice_of(addresses[i], strlen(addresses[i]));
            beacon.software = slice_of("kith 0.1.0", n * 2);
            struct buf body = {0};
            beacon_encode(&body, &beacon);
            put(ctx, buf_slice(&body));
            put(ctx, slice_of(body.data, body.len / 2)); /* cut short */
            body.data[heads * 7 % body.len] ^= (uint8_t)(1U << n);
            put(ctx, buf_slice(&body));
            buf_fini(&body);
        }
    }
}
