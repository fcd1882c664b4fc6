/*
 * api.h: the HTTP+JSON face of the daemon (docs/API.md), on a unix socket and on loopback.
 */
#ifndef API_API_H
#define API_API_H

#include <stdint.h>

#include "daemon/api/host.h"
#include "proto/base/err.h"

struct api;

struct api_options {
    const char *socket_path;  /* NULL: none. A socket file that is left over is replaced */
    const char *socket_group; /* NULL: mode 0600; else 0660 with this group */
    int page_port;            /* loopback; 0: any free one, -1: none */
    unsigned deadline_ms;     /* for a whole request; 0: 5000 */
};

/* host must outlive the api. Copied: options. Listens when it returns. SYSTEM, LOCKED (a socket
 * that answers is there already) or NOT_FOUND (no such group); *why is a sentence to free(). */
MUST_USE enum err api_start(struct api **out, const struct api_host *host,
                            const struct api_options *options, char **why);
/* The loopback port, or -1. */
int api_page_port(const struct api *api);

/*
 * What the runtime tells: notices of enum update_notice, after an update of the network's node;
 * and that the view has applied more (api_host.view_applied says how much).
 */
void api_on_notice(struct api *api, const char *network, unsigned notices);
void api_on_applied(struct api *api, const char *network);

/* Answers what is open with BUSY, ends all streams, closes the sockets, frees api, then calls
 * done, later. Callbacks that the host still owes are awaited first. */
void api_stop(struct api *api, void (*done)(void *arg), void *arg);

#endif
