#include "daemon/api/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/base/mem.h"

enum { LISTEN_BACKLOG = 64, LISTEN_GROUPS_MAX = 256 };

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static enum err listen_fail(enum err err, char **why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum err listen_fail(enum err err, char **why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(why, format, args) < 0) *why = mem_strdup(err_text(err));
    va_end(args);
    return err;
}

static bool somebody_answers(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool answers;

    if (fd < 0) return false;
    answers = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    close(fd);
    return answers;
}

static bool group_find(const char *name, gid_t *out)
{
    struct group *group = getgrnam(name);

    if (group == NULL) return false;
    *out = group->gr_gid;
    return true;
}

enum err listen_unix(const char *path, const char *group, int *out, char **why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    gid_t gid = 0;
    mode_t mask;
    int fd, bound;

    if (strlen(path) >= sizeof(address.sun_path)) {
        return listen_fail(ERR_INVALID, why,
                           "the path of the socket, %s, is longer than %zu bytes: choose a "
                           "data folder with a shorter path",
                           path, sizeof(address.sun_path) - 1);
    }
    if (group != NULL && !group_find(group, &gid)) {
        return listen_fail(ERR_NOT_FOUND, why, "there is no group %s on this machine", group);
    }
    strcpy(address.sun_path, path);
    if (somebody_answers(&address)) {
        return listen_fail(ERR_LOCKED, why, "another kithd answers at %s", path);
    }
    unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return listen_fail(ERR_SYSTEM, why, "no socket: %s", strerror(errno));
    /* Never open to others, not even between bind and chmod. */
    mask = umask(0177);
    bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (bound != 0 || listen(fd, LISTEN_BACKLOG) != 0 ||
        (group != NULL && (chown(path, (uid_t)-1, gid) != 0 || chmod(path, 0660) != 0))) {
        int saved = errno;

        close(fd);
        return listen_fail(ERR_SYSTEM, why, "cannot listen at %s: %s", path, strerror(saved));
    }
    *out = fd;
    return ERR_OK;
}

enum err listen_loopback(bool six, int *port, int *out, char **why)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)*port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)*port)};
    struct sockaddr *address = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t length = six ? sizeof(v6) : sizeof(v4);
    int on = 1;
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) return listen_fail(ERR_SYSTEM, why, "no socket: %s", strerror(errno));
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    if (six) (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, address, length) != 0 || listen(fd, LISTEN_BACKLOG) != 0 ||
        getsockname(fd, address, &length) != 0) {
        int saved = errno;

        close(fd);
        return listen_fail(saved == EADDRINUSE ? ERR_LOCKED : ERR_SYSTEM, why,
                           "cannot listen on port %d of %s: %s", *port,
                           six ? "::1" : "127.0.0.1", strerror(saved));
    }
    *port = ntohs(six ? v6.sin6_port : v4.sin_port);
    *out = fd;
    return ERR_OK;
}

bool listen_peer_allowed(int fd, const char *group)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);
    gid_t gid, groups[LISTEN_GROUPS_MAX];

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
    if (peer.uid == geteuid() || peer.uid == 0) return true;
    if (group == NULL || !group_find(group, &gid)) return false;
    if (peer.gid == gid) return true;
    length = sizeof(groups);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0) return false;
    for (size_t i = 0; i < length / sizeof(gid_t); i++) {
        if (groups[i] == gid) return true;
    }
    return false;
}
