/*
 * address.h: "host:port" as people and beacons write it: a name or an IPv4 address and a port,
 * an IPv6 address in brackets; "*" for every address of this machine.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "proto/base/err.h"
#include "proto/base/limits.h"

enum { ADDRESS_TEXT_BYTES = LIMIT_ADDRESS_BYTES + 1 };

struct address {
    char host[ADDRESS_TEXT_BYTES]; /* without brackets */
    unsigned port;                 /* 0 … 65535 */
};

/* INVALID when it is not of that form: then nothing could be called or listened on. */
MUST_USE enum err address_parse(struct address *out, const char *text);
/* The inverse; brackets where they are needed. */
void address_text(char out[ADDRESS_TEXT_BYTES], const struct address *address);
/* A socket's address as text; "?" when the family is unknown. */
void address_of(struct address *out, const struct sockaddr *sockaddr);
/* True when the host is an IP address, which then stands in *out with the port. */
bool address_is_ip(const struct address *address, struct sockaddr_storage *out);

#endif
