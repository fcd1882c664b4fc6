#include "proto/envelope/space.h"

#include <string.h>

#include "proto/crypto/hash.h"

static void derive(struct space_id *out, const struct network_id *network,
                   enum space_class space_class, const uint8_t x[32])
{
    struct hash hash;
    hash_init(&hash, sizeof(out->b), (struct slice){0}, "kith/1 space");
    hash_add(&hash, network->b, sizeof(network->b));
    hash_add(&hash, &(uint8_t){(uint8_t)space_class}, 1);
    hash_add(&hash, x, 32);
    hash_final(&hash, out->b);
}

void space_network(struct space_id *out, const struct network_id *network)
{
    derive(out, network, SPACE_NETWORK, (const uint8_t[32]){0});
}

void space_own(struct space_id *out, const struct network_id *network,
               const struct school_id *school)
{
    derive(out, network, SPACE_OWN, school->b);
}

void space_hub(struct space_id *out, const struct network_id *network,
               const struct school_id *school)
{
    derive(out, network, SPACE_HUB, school->b);
}

void space_group(struct space_id *out, const struct network_id *network,
                 const struct envelope_id *space_new)
{
    derive(out, network, SPACE_GROUP, space_new->b);
}

struct space_tag space_tag(const struct space_id *space)
{
    struct space_tag tag;
    memcpy(tag.b, space->b, sizeof(tag.b));
    return tag;
}

void space_key_id(struct key_id *out, const struct epoch_key *key, const struct space_id *space,
                  const struct envelope_id *parents, size_t n)
{
    struct hash hash;
    hash_init(&hash, sizeof(out->b), slice_of(key->b, sizeof(key->b)), "kith/1 epoch");
    hash_add(&hash, space->b, sizeof(space->b));
    for (size_t i = 0; i < n; i++)
        hash_add(&hash, parents[i].b, sizeof(parents[i].b));
    hash_final(&hash, out->b);
}
