/*
 * listen.h: the sockets that the server listens on, and who is at the other end of one.
 */
#ifndef API_LISTEN_H
#define API_LISTEN_H

#include <stdbool.h>

#include "proto/base/err.h"

/*
 * A listening, non-blocking unix socket at path: 0600, or 0660 and of that group. A file that
 * is left over (nobody answers) is replaced. LOCKED when somebody answers, NOT_FOUND for the
 * group, INVALID for a path that is too long, else SYSTEM; *why is a sentence, to free().
 */
MUST_USE enum err listen_unix(const char *path, const char *group, int *fd, char **why);
/* 127.0.0.1 or (six) ::1; *port 0 becomes the one that was chosen. */
MUST_USE enum err listen_loopback(bool six, int *port, int *fd, char **why);
/* This user, root, or (with a group) a member of it: SO_PEERCRED, SO_PEERGROUPS. */
bool listen_peer_allowed(int fd, const char *group);

#endif
