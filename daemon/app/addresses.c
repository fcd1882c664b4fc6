#include "daemon/app/addresses.h"

#include <arpa/inet.h>
#include <string.h>
#include <uv.h>

static void add(struct addresses *out, const struct address *address)
{
    if (out->n >= LIMIT_ADDRESSES) return;
    address_text(out->text[out->n], address);
    out->list[out->n] = out->text[out->n];
    out->n++;
}

static void add_advertised(struct addresses *out, const char *advertise)
{
    struct address address;
    char part[ADDRESS_TEXT_BYTES];

    while (*advertise != '\0') {
        size_t n = strcspn(advertise, ", ");
        if (n > 0 && n < sizeof(part)) {
            memcpy(part, advertise, n);
            part[n] = '\0';
            if (address_parse(&address, part) == ERR_OK) add(out, &address);
        }
        advertise += n + (advertise[n] != '\0');
    }
}

/* Link-local addresses say nothing without an interface, and the next network has the same. */
static bool is_link_local(const struct sockaddr *sockaddr)
{
    if (sockaddr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sockaddr;
        return IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
    }
    const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sockaddr;
    return ntohl(in->sin_addr.s_addr) >> 16 == 0xa9fe;
}

static void add_interfaces(struct addresses *out, unsigned port)
{
    uv_interface_address_t *interfaces;
    int n;

    if (uv_interface_addresses(&interfaces, &n) != 0) return;
    for (int i = 0; i < n; i++) {
        const struct sockaddr *sockaddr = (const void *)&interfaces[i].address;
        struct address address;
        if (interfaces[i].is_internal || is_link_local(sockaddr)) continue;
        address_of(&address, sockaddr);
        address.port = port;
        add(out, &address);
    }
    uv_free_interface_addresses(interfaces, n);
}

void addresses_find(struct addresses *out, const char *advertise, const char *listen,
                    unsigned port)
{
    static const char *const any[] = {"*", "::", "0.0.0.0"};
    struct address address;
    bool everywhere = false;

    memset(out, 0, sizeof(*out));
    add_advertised(out, advertise);
    if (out->n > 0 || port == 0 || address_parse(&address, listen) != ERR_OK) return;
    for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
        everywhere = everywhere || strcmp(address.host, any[i]) == 0;
    if (everywhere) {
        add_interfaces(out, port);
        return;
    }
    address.port = port;
    add(out, &address);
}

bool addresses_eq(const struct addresses *a, const struct addresses *b)
{
    bool equal = a->n == b->n;

    for (size_t i = 0; equal && i < a->n; i++)
        equal = strcmp(a->text[i], b->text[i]) == 0;
    return equal;
}
