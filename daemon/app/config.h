/*
 * config.h: everything that can be set, in one table: its name in kith.conf ("log-level =
 * debug"), in the environment (KITH_LOG_LEVEL) and on the command line (--log-level debug); one
 * parser and one printer a type, so that what is printed can be read. Later wins: default,
 * file, environment, flag.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/app/log.h"
#include "proto/base/err.h"
#include "proto/base/mem.h"

enum { CONFIG_TEXT_BYTES = 1024, CONFIG_LINE_BYTES = 2048 };

/* Where a row may be set. The place of the data cannot stand inside the data. */
enum config_where { CONFIG_ANYWHERE, CONFIG_OUTSIDE };

/* X(member, NAME, type, default, where, argument, help) */
#define CONFIG_TABLE(X)                                                                       \
    X(data, "data", TEXT, "", OUTSIDE, "DIR",                                                 \
      "the data folder ($KITH_DATA, else ~/.local/share/kith)")                               \
    X(listen, "listen", ADDRESS, "*:7447", ANYWHERE, "HOST:PORT",                             \
      "where members can call this device; port 0 is any, \"none\" only calls out")           \
    X(advertise, "advertise", ADDRESSES, "", ANYWHERE, "HOST:PORT,…",                         \
      "what others are told to call; empty: this machine's addresses")                        \
    X(network, "network", NAME, "main", ANYWHERE, "NAME", "local name of the first network")  \
    X(schemas, "schemas", TEXT, "schemas", ANYWHERE, "DIR",                                   \
      "record types of one's own, TYPE.json; a name without / lies in the data folder")       \
    X(log_level, "log-level", LEVEL, "info", ANYWHERE, "LEVEL", "error, warn, info or debug") \
    X(log_groups, "log-groups", GROUPS, "all", ANYWHERE, "GROUP,…",                           \
      "all, or some of: app store node net view api")                                         \
    X(log_file, "log-file", TEXT, "-", ANYWHERE, "FILE",                                      \
      "- is standard error; a name without / lies in the data folder")                        \
    X(page_port, "page-port", PORT, "0", ANYWHERE, "PORT",                                    \
      "loopback port of the page; 0 is any, \"none\" for no page")                            \
    X(socket, "socket", TEXT, "kithd.sock", ANYWHERE, "FILE",                                 \
      "the API's unix socket; a name without / lies in the data folder")                      \
    X(socket_group, "socket-group", TEXT, "", ANYWHERE, "GROUP",                              \
      "group that may use the socket; empty: the owner alone")                                \
    X(ready_fd, "ready-fd", NUMBER, "-1", OUTSIDE, "FD",                                      \
      "write a line to this file descriptor when everything answers")                         \
    X(clock_offset, "clock-offset", NUMBER, "0", ANYWHERE, "SECONDS",                         \
      "added to the machine's date; to try what a wrong clock does")

/* Kinds of values; each has a check in config.c. All are kept as text. */
enum config_type {
    CONFIG_TEXT,
    CONFIG_NAME,      /* a to z, 0 to 9, hyphen; at most 32 */
    CONFIG_ADDRESS,   /* host:port or "none" */
    CONFIG_ADDRESSES, /* commas between; may be empty */
    CONFIG_LEVEL,
    CONFIG_GROUPS,
    CONFIG_PORT, /* 0 … 65535 or "none" */
    CONFIG_NUMBER,
};

struct config {
#define X(member, name, type, init, where, argument, help) char member[CONFIG_TEXT_BYTES];
    CONFIG_TABLE(X)
#undef X
};

/* All defaults. */
void config_init(struct config *config);
/*
 * INVALID with a sentence in *why, which the caller frees, when a row is unknown, misplaced or
 * has a wrong value. The file may be missing; the environment is `environ`.
 */
MUST_USE enum err config_file(struct config *config, const char *path, char **why);
MUST_USE enum err config_environment(struct config *config, char **why);
enum config_ask { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION, CONFIG_PRINT };
MUST_USE enum err config_flags(struct config *config, int argc, char **argv,
                               enum config_ask *ask, char **why);

/* The whole, as a kith.conf. */
void config_print(const struct config *config, struct buf *out);
/* The table as help for people. */
void config_help(struct buf *out);

/* Values as what they mean. They were checked on the way in. */
long config_number(const char *value);
/* -1 for "none". */
int config_port(const char *value);
enum log_level config_level(const char *value);
/* A bit for each group. */
unsigned config_groups(const char *value);

#endif
