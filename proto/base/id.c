#include "proto/base/id.h"

int chain_cmp(const struct chain *x, const struct chain *y)
{
    int order = device_pk_cmp(&x->device, &y->device);
    return order != 0 ? order : space_tag_cmp(&x->tag, &y->tag);
}

bool chain_eq(const struct chain *x, const struct chain *y)
{
    return chain_cmp(x, y) == 0;
}
