/*
 * addresses.h: where others can call this device: what the operator said, else the address that
 * it listens on, else every address of this machine that is good beyond it.
 */
#ifndef APP_ADDRESSES_H
#define APP_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/net/address.h"

struct addresses {
    char text[LIMIT_ADDRESSES][ADDRESS_TEXT_BYTES];
    const char *list[LIMIT_ADDRESSES];
    size_t n;
};

/* port 0: nobody listens, so there is none but what was advertised. */
void addresses_find(struct addresses *out, const char *advertise, const char *listen,
                    unsigned port);
bool addresses_eq(const struct addresses *a, const struct addresses *b);

#endif
