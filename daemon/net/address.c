#include "daemon/net/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static enum err parse_port(unsigned *out, const char *text)
{
    unsigned long port = 0;
    size_t n = strlen(text);

    if (n == 0 || n > 5 || strspn(text, "0123456789") != n) return ERR_INVALID;
    port = strtoul(text, NULL, 10);
    if (port > 65535) return ERR_INVALID;
    *out = (unsigned)port;
    return ERR_OK;
}

enum err address_parse(struct address *out, const char *text)
{
    struct address address = {.port = 0};
    const char *host = text, *end, *colon = strrchr(text, ':');

    if (colon == NULL || parse_port(&address.port, colon + 1) != ERR_OK) return ERR_INVALID;
    end = colon;
    if (text[0] == '[') {
        host++;
        if (end == host || end[-1] != ']') return ERR_INVALID;
        end--;
    } else if (memchr(text, ':', (size_t)(colon - text)) != NULL) {
        return ERR_INVALID; /* an IPv6 address without brackets: where would the port begin? */
    }
    size_t n = (size_t)(end - host);
    if (n == 0 || strlen(text) > LIMIT_ADDRESS_BYTES) return ERR_INVALID;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)host[i] <= ' ' || (unsigned char)host[i] >= 127) return ERR_INVALID;
    }
    memcpy(address.host, host, n);
    *out = address;
    return ERR_OK;
}

void address_text(char out[ADDRESS_TEXT_BYTES], const struct address *address)
{
    bool brackets = strchr(address->host, ':') != NULL;

    (void)snprintf(out, ADDRESS_TEXT_BYTES, brackets ? "[%.240s]:%u" : "%.248s:%u",
                   address->host, address->port);
}

void address_of(struct address *out, const struct sockaddr *sockaddr)
{
    struct sockaddr_storage storage = {0};
    struct address address = {.host = "?"};

    if (sockaddr->sa_family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)&storage;
        memcpy(in, sockaddr, sizeof(*in));
        uv_ip4_name(in, address.host, sizeof(address.host));
        address.port = ntohs(in->sin_port);
    } else if (sockaddr->sa_family == AF_INET6) {
        struct sockaddr_in6 *in = (struct sockaddr_in6 *)&storage;
        memcpy(in, sockaddr, sizeof(*in));
        uv_ip6_name(in, address.host, sizeof(address.host));
        address.port = ntohs(in->sin6_port);
        /* A v4 peer on a dual-stack socket is a v4 peer. */
        if (strncmp(address.host, "::ffff:", 7) == 0 && strchr(address.host, '.') != NULL)
            memmove(address.host, address.host + 7, strlen(address.host + 7) + 1);
    }
    *out = address;
}

bool address_is_ip(const struct address *address, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof(*out));
    return uv_ip4_addr(address->host, (int)address->port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(address->host, (int)address->port, (struct sockaddr_in6 *)out) == 0;
}
